# What this system calls itself.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.system.nixos;
  readOnly = value: lib.mkOption {
    type = lib.types.str;
    readOnly = true;
    default = value;
  };
  json = builtins.toJSON (
    { nixosVersion = cfg.label; }
    // lib.optionalAttrs (config.system.configurationRevision != null) { inherit (config.system) configurationRevision; }
  );
in
{
  options.system.nixos = {
    version = lib.mkOption {
      type = lib.types.str;
      internal = true;
      default = lib.version;
    };
    release = readOnly lib.release;
    versionSuffix = lib.mkOption {
      type = lib.types.str;
      internal = true;
      default = lib.versionSuffix;
    };
    codeName = readOnly lib.codeName;
    distroName = lib.mkOption {
      type = lib.types.str;
      internal = true;
      default = "NixOS sandbox";
    };
  };
  config = {
    system.nixos.label = lib.mkOptionDefault (lib.concatStringsSep "-" (lib.sort (a: b: a < b) cfg.tags ++ [ cfg.version ]));
    system.nixos.distroId = lib.mkOptionDefault "nixos";

    environment.systemPackages = [
      (pkgs.writeShellScriptBin "nixos-version" ''
        case "''${1-}" in
          "") echo ${lib.escapeShellArg "${cfg.label} (${cfg.codeName})"} ;;
          --json) cat <<'JSON'
${json}
JSON
          ;;
          --configuration-revision) echo ${
            lib.escapeShellArg (if config.system.configurationRevision == null then "" else config.system.configurationRevision)
          } ;;
          --hash | --revision) echo unknown ;;
          *) echo "usage: nixos-version [--json|--hash|--revision|--configuration-revision]" >&2; exit 1 ;;
        esac
      '')
    ];
  };
}
