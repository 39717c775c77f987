# Secrets that are kept in git, encrypted by sops: sops-nix opens them on the box, and the unit gets them as its others (secrets.nix).
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (import ../../lib) names secrets;
  inherit (config.croft) apps;
  hasSopsNix = options ? sops;

  declared = lib.concatLists (
    lib.mapAttrsToList (
      app: entry:
      lib.mapAttrsToList (name: secret: {
        inherit app name;
        inherit (secret.sops) file key;
        place = dirOf config.croft.stateFile + "/${secret.sops.file}";
      }) (secrets.inGit entry.run.secrets)
    ) apps
  );
  field = one: "croft: apps.${one.app}.run.secrets.${one.name}.sops.file:";
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
          assertion = builtins.pathExists one.place;
          message = "${field one} the box's flake has no file ${one.file}. Commit it there.";
        }
      ]) declared;

      croft.sopsFacts =
        if hasSopsNix then
          {
            inherit (config.sops.age) keyFile sshKeyPaths;
            secrets = map (one: {
              inherit (one) app name file key;
              source = "${one.place}";
            }) declared;
          }
        else
          null;
    }
    (lib.optionalAttrs hasSopsNix {
      sops.secrets = lib.listToAttrs (
        map (
          one:
          lib.nameValuePair (secrets.sopsName one.app one.name) {
            sopsFile = one.place;
            format = secrets.sopsFormat one.file;
            key = if one.key == null then "" else one.key;
          }
        ) declared
      );

      # Not sops-nix's restartUnits: they are restarted behind the switch, unseen by the review before and the health check after.
      systemd.services = lib.mkMerge (
        map (one: {
          ${lib.removeSuffix ".service" (names.unit one.app)}.restartTriggers = [ (builtins.hashFile "sha256" one.place) ];
        }) declared
      );
    })
  ];
}
