# Lets the modules be evaluated with NixOS 20.09, the newest whole tree that is at hand without a network:
# options that came later, in the terms of that release.
{ config, lib, ... }:
let
  inherit (config.services.openssh) settings;
in
{
  options.services.openssh.settings = lib.mkOption {
    type = lib.types.submodule {
      options = lib.genAttrs [ "PasswordAuthentication" "KbdInteractiveAuthentication" ] (
        _:
        lib.mkOption {
          type = lib.types.bool;
          default = true;
        }
      );
    };
    default = { };
  };
  config.services.openssh = {
    passwordAuthentication = settings.PasswordAuthentication;
    challengeResponseAuthentication = settings.KbdInteractiveAuthentication;
  };

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
