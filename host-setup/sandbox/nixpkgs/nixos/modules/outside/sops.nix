# sops-nix: its options, its manifest and its activation script, around a program that takes that manifest (pkgs/sops-install-secrets.py).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption mkOptionDefault types;
  cfg = config.sops;
  hostKeys = lib.filter (key: key.type == "ed25519") config.services.openssh.hostKeys;

  secretModule =
    { name, config, ... }:
    {
      options.sopsFileHash = mkOption {
        type = types.str;
        readOnly = true;
        description = "Hash of the sops file.";
      };
      config = {
        name = mkOptionDefault name;
        key = mkOptionDefault (if cfg.defaultSopsKey != null then cfg.defaultSopsKey else name);
        format = mkOptionDefault cfg.defaultSopsFormat;
        path = mkOptionDefault "/run/secrets/${config.name}";
        group = mkOptionDefault null;
        sopsFile = mkOptionDefault cfg.defaultSopsFile;
        sopsFileHash = mkOptionDefault (
          lib.optionalString cfg.validateSopsFiles (builtins.hashFile "sha256" config.sopsFile)
        );
      };
    };

  missing = lib.filter (secret: !builtins.pathExists secret.sopsFile) (lib.attrValues cfg.secrets);
  manifest =
    if cfg.validateSopsFiles && missing != [ ] then
      throw "\nFailed assertions:\n${
        lib.concatMapStringsSep "\n" (
          secret: "- Cannot find path '${toString secret.sopsFile}' set in sops.secrets.\"${secret.name}\".sopsFile"
        ) missing
      }"
    else
      pkgs.writeTextFile {
        name = "manifest.json";
        text = builtins.toJSON {
          secrets = lib.attrValues cfg.secrets;
          secretsMountPoint = "/run/secrets.d";
          symlinkPath = "/run/secrets";
          inherit (cfg) keepGenerations;
          ageKeyFile = cfg.age.keyFile;
          ageSshKeyPaths = cfg.age.sshKeyPaths;
        };
        checkPhase = "${cfg.package}/bin/sops-install-secrets -check-mode=${
          if cfg.validateSopsFiles then "sopsfile" else "manifest"
        } \"$out\"";
      };
in
{
  options.sops.secrets = mkOption { type = types.attrsOf (types.submodule secretModule); };

  config = lib.mkMerge [
    {
      sops.package = mkOptionDefault pkgs.sops-install-secrets;
      sops.age.sshKeyPaths = mkOptionDefault (lib.optionals config.services.openssh.enable (map (key: key.path) hostKeys));
    }
    (mkIf (cfg.secrets != { }) {
      assertions = [
        {
          assertion = cfg.age.keyFile != null || cfg.age.sshKeyPaths != [ ];
          message = "No key source configured for sops. Either set services.openssh.enable or set sops.age.keyFile or sops.gnupg.home";
        }
      ]
      ++ map (secret: {
        assertion = secret.restartUnits == [ ] && secret.reloadUnits == [ ] && !secret.neededForUsers;
        message = "sops.secrets.\"${secret.name}\": the sandbox host (not NixOS) has no restartUnits, reloadUnits and neededForUsers. Leave them out for this host.";
      }) (lib.attrValues cfg.secrets);
      system.activationScripts.setupSecrets = {
        deps = [ "specialfs" "users" "groups" ];
        supportsDryActivation = true;
        text = ''
          [ -e /run/current-system ] || echo setting up secrets...
          ${cfg.package}/bin/sops-install-secrets ${manifest}
        '';
      };
    })
  ];
}
