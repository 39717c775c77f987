# Secrets that are kept in git, encrypted by sops: sops-nix opens them on the box, and the units get them as their others (lib/secrets.nix).
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (import ../lib) names secrets;
  inherit (config.croft) apps;
  hasSopsNix = options ? sops;

  # `owner` is as the console says it; `units` are those that run with the value, and have to start anew with another.
  declared =
    lib.concatLists (
      lib.mapAttrsToList (
        app: entry:
        lib.mapAttrsToList (name: secret: secret.sops // {
          inherit name;
          owner = { inherit app; };
          field = "apps.${app}.run.secrets.${name}";
          opened = secrets.sopsName app name;
          units = [ (lib.removeSuffix ".service" (names.unit app)) ];
        }) (secrets.inGit entry.run.secrets)
      ) apps
    )
    ++ lib.concatLists (
      lib.mapAttrsToList (
        service:
        lib.mapAttrsToList (
          name: secret:
          secret.sops
          // {
            inherit name;
            owner = { inherit service; };
            field = "secrets.${service}.${name}";
            opened = secrets.sopsNameOfService service name;
            # Backups and orders of certificates read theirs whenever they begin.
            units = lib.optional (service == "mail") "postfix" ++ lib.optional (service == "monitoring") "opentelemetry-collector";
          }
        )
      ) config.croft.secrets
    );
  place = one: dirOf config.croft.stateFile + "/${one.file}";
  field = one: "croft: ${one.field}.sops.file:";
in
{
  options.croft.sopsFacts = lib.mkOption {
    type = lib.types.raw;
    internal = true;
    readOnly = true;
    description = "What facts.json says of secrets in git; null when the flake has no sops-nix.";
  };

  config = lib.mkMerge [
    {
      assertions = lib.concatMap (one: [
        {
          assertion = hasSopsNix;
          message = "${field one} the box's flake has no sops-nix, which opens such files. flake.nix of Croft's template shows where to add it.";
        }
        {
          assertion = builtins.pathExists (place one);
          message = "${field one} the box's flake has no file ${one.file}. Commit it there.";
        }
      ]) declared;

      croft.sopsFacts =
        if hasSopsNix then
          {
            inherit (config.sops.age) keyFile sshKeyPaths;
            secrets = map (one: one.owner // {
              inherit (one) name file key;
              source = "${place one}";
            }) declared;
          }
        else
          null;
    }
    (lib.optionalAttrs hasSopsNix {
      sops.secrets = lib.listToAttrs (
        map (
          one:
          lib.nameValuePair one.opened {
            sopsFile = place one;
            format = secrets.sopsFormat one.file;
            key = if one.key == null then "" else one.key;
          }
        ) declared
      );

      # Not sops-nix's restartUnits: they are restarted behind the switch, unseen by the review before and the health check after.
      systemd.services = lib.mkMerge (
        lib.concatMap (one: map (unit: { ${unit}.restartTriggers = [ (builtins.hashFile "sha256" (place one)) ]; }) one.units) declared
      );
    })
  ];
}
