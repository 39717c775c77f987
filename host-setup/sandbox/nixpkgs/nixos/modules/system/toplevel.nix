# The system closure: what a generation is, and what nixos-rebuild puts into the profile.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  failed = map (a: a.message) (lib.filter (a: !a.assertion) config.assertions);
  checked =
    value:
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else
      lib.showWarnings config.warnings value;

  # Run with the new system and the action before anything changes.
  preSwitchChecks = pkgs.writeShellScript "pre-switch-checks" (
    lib.concatStrings (
      lib.mapAttrsToList (name: text: ''
        ${pkgs.writeShellScript "pre-switch-check-${name}" text} "$1" "$2" || {
          status=$?
          echo ${lib.escapeShellArg "Pre-switch check '${name}' failed"} >&2
          exit "$status"
        }
      '') config.system.preSwitchChecks
    )
  );

  toplevel = builtins.derivation {
    name = "nixos-system-${config.system.name}-${config.system.nixos.label}";
    inherit (pkgs) system;
    builder = pkgs.buildShell;
    PATH = "/usr/bin";
    etc = config.system.build.etc;
    sw = config.system.path;
    activationScript = config.system.build.activationScript;
    inherit (config.system.build) dryActivationScript;
    passAsFile = [
      "activationScript"
      "dryActivationScript"
    ];
    inherit (config.system.nixos) label;
    systemName = pkgs.system;
    # the marker by which a switch notices that only a reboot can change this
    initInterfaceVersion = "2";
    switchToConfiguration = ../../switch-to-configuration;
    init = ./init.sh;
    inherit preSwitchChecks;
    inherit (config.system) extraDependencies checks;
    # Nobody hands them to a kernel here. They say, as on NixOS, whether only a reboot would bring all of a new system.
    kernelParams = toString config.boot.kernelParams;
    switchInhibitors = builtins.toJSON config.system.switch.inhibitors;
    preferLocalBuild = true;
    allowSubstitutes = false;
    args = [ "-eu" ./make-toplevel.sh ];
  };
in
{
  options.system.path = mkOption {
    type = types.package;
    internal = true;
    description = "The packages you want in the boot environment.";
  };

  config.system.build.toplevel = checked (
    toplevel
    // {
      meta.mainProgram = "switch-to-configuration";
    }
  );
}
