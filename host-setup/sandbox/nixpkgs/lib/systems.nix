# Platforms, as far as a configuration asks about them.
{ lib }:
{
  flakeExposed = [ "x86_64-linux" "aarch64-linux" ];
  elaborate =
    arg:
    let
      system = if builtins.isString arg then arg else arg.system;
      cpu = lib.head (lib.splitString "-" system);
      kernel = lib.last (lib.splitString "-" system);
    in
    {
      inherit system;
      config = "${cpu}-unknown-${kernel}-gnu";
      parsed.cpu.name = cpu;
      isLinux = kernel == "linux";
      isDarwin = kernel == "darwin";
      isx86_64 = cpu == "x86_64";
      isx86 = cpu == "x86_64";
      isAarch64 = cpu == "aarch64";
      isAarch = cpu == "aarch64";
      is64bit = true;
      isMusl = false;
      isStatic = false;
      isEfi = true;
      linuxArch = if cpu == "aarch64" then "arm64" else cpu;
      qemuArch = cpu;
      extensions = {
        executable = "";
        sharedLibrary = ".so";
        library = ".so";
      };
      canExecute = _: true;
    };
}
