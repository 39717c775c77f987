# What a unit of an app needs to get the app's secrets: the app's own unit, its jobs and hooks alike.
#
#   (import ./secrets.nix { inherit lib pkgs; }).serviceConfig "shop" app.run.secrets { PGPASSWORD.DATABASE_URL = "postgresql://…:*@…"; }
#     { argv = [ "python3" "app.py" ]; search = "/nix/store/…/bin"; front = [ ]; confine = false; }
#   → { ExecStart = …; LoadCredentialEncrypted = …; LoadCredential = …; }, to be merged into `serviceConfig`
{ lib, pkgs }:
let
  inherit (import ../../lib) attach secrets unit;
  launcher = import ../../launcher { inherit pkgs; };
  given = setting: entries: if entries == [ ] then { } else { ${setting} = entries; };
in
{
  serviceConfig =
    app: named: passwords:
    {
      argv,
      search,
      # What stands in front of all of it, and makes the place where it runs.
      front,
      # Whether the launcher gives up what making that place took.
      confine,
    }:
    {
      ExecStart = unit.commandLine (
        front
        ++ (
          if confine || secrets.inEnvironment named || passwords != { } then
            [ "${launcher}/bin/croft-launch" ]
            ++ lib.optional confine "--confine"
            ++ secrets.wordsOfPasswords passwords
            ++ secrets.words search named
            ++ argv
          else
            argv
        )
      );
    }
    // given "LoadCredentialEncrypted" (
      secrets.load app named ++ map (name: "${name}:${attach.passwordPlace app name}") (lib.attrNames passwords)
    )
    // given "LoadCredential" (secrets.loadOpened app named);
}
