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

  options.services.journald.storage = lib.mkOption {
    type = lib.types.str;
    default = "persistent";
  };

  # A Redis of the app's own, of which that release has no idea.
  options.services.redis.servers = lib.mkOption {
    type = lib.types.attrsOf (lib.types.attrsOf lib.types.unspecified);
    default = { };
  };
  options.services.mysql.group = lib.mkOption { default = "mysql"; };
  options.services.postgresql.settings = lib.mkOption {
    type = lib.types.attrsOf lib.types.unspecified;
    default = { };
  };
  # Its newest versions of PostgreSQL, and its MariaDB, under the names of those that are asked for.
  config.nixpkgs.overlays = [
    (_: older: {
      postgresql_15 = older.postgresql_11 // { psqlSchema = "15"; };
      postgresql_17 = older.postgresql_12 // { psqlSchema = "17"; };
      mariadb = older.mariadb // { version = "11.8.6"; };
      mariadb_118 = older.mariadb // { version = "11.8.6"; };
    })
  ];
  config.services.postgresql.settings.port = lib.mkDefault config.services.postgresql.port;
  config.systemd.targets = lib.mkIf config.services.postgresql.enable { postgresql = { }; };
  options.services.step-ca = lib.mkOption {
    type = lib.types.attrs;
    default.enable = false;
  };
  # As its own module has it.
  config.systemd.services = lib.mkIf config.services.step-ca.enable {
    step-ca.serviceConfig.LoadCredential = [ "intermediate_password:${config.services.step-ca.intermediatePasswordFile}" ];
  };
  options.services.nginx.virtualHosts = lib.mkOption {
    type = lib.types.attrsOf (
      lib.types.submodule {
        options.rejectSSL = lib.mkEnableOption "refusal of TLS";
      }
    );
  };
  options.security.acme = {
    defaults = lib.mkOption {
      type = lib.types.attrs;
      default = { };
    };
    certs = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options.reloadServices = lib.mkOption {
            type = lib.types.listOf lib.types.str;
            # What nginx's module says of a certificate that it uses.
            default = [ "nginx.service" ];
          };
        }
      );
    };
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
