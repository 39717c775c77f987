# environment.systemPackages → /run/current-system/sw, and the login environment that finds it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.environment;
  exports = lib.concatStrings (
    lib.mapAttrsToList (
      name: value:
      lib.optionalString (value != null) "export ${name}=${
        lib.escapeShellArg (lib.concatMapStringsSep ":" toString (lib.toList value))
      }\n"
    ) (cfg.variables // cfg.sessionVariables)
  );
in
{
  environment.pathsToLink = [ "/bin" "/etc/xdg" "/lib" "/share" "/sbin" ];

  system.path = pkgs.buildEnv {
    name = "system-path";
    paths = cfg.systemPackages;
    inherit (cfg) pathsToLink extraOutputsToInstall;
    postBuild = cfg.extraSetup;
  };

  environment.etc."profile.d/nixos.sh".text = ''
    # programs of the running generation come before Debian's
    export PATH="/run/wrappers/bin:/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:$PATH"
    ${exports}${cfg.extraInit}
  '';
}
