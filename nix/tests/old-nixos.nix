# Lets the modules be evaluated with NixOS 20.09, the newest whole tree that is at hand without a network:
# options that came later, in the terms of that release.
{ lib, ... }:
{
  options.systemd.services = lib.mkOption {
    type = lib.types.attrsOf (
      lib.types.submodule (
        { config, ... }:
        {
          options.startLimitBurst = lib.mkOption {
            type = lib.types.nullOr lib.types.int;
            default = null;
          };
          config.unitConfig = lib.mkIf (config.startLimitBurst != null) {
            StartLimitBurst = config.startLimitBurst;
          };
        }
      )
    );
  };
}
