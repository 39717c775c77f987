# What a unit of an app needs to get the app's secrets: the app's own unit, its jobs and hooks alike.
#
#   (import ./secrets.nix { inherit pkgs; }).serviceConfig "shop" app.run.secrets
#     { argv = [ "python3" "app.py" ]; search = "/nix/store/…/bin"; }
#   → { ExecStart = …; LoadCredentialEncrypted = …; LoadCredential = …; }, to be merged into `serviceConfig`
{ pkgs }:
let
  inherit (import ../../lib) secrets unit;
  launcher = import ../../launcher { inherit pkgs; };
  given = setting: entries: if entries == [ ] then { } else { ${setting} = entries; };
in
{
  serviceConfig =
    app: named:
    { argv, search }:
    {
      ExecStart = unit.commandLine (
        if secrets.inEnvironment named then [ "${launcher}/bin/croft-launch" ] ++ secrets.words search named ++ argv else argv
      );
    }
    // given "LoadCredentialEncrypted" (secrets.load app named)
    // given "LoadCredential" (secrets.loadOpened app named);
}
