# The box itself, and what tells of a running system which state and commit made it.
{ config, lib, ... }:
let
  inherit (config.croft) host stateFile;
  revision = config.system.configurationRevision;
in
{
  networking.hostName = host.name;
  time.timeZone = host.timezone;
  system.stateVersion = host.stateVersion;

  environment.etc = {
    "croft/state.json".source = builtins.toFile "state.json" (builtins.readFile stateFile);
    # A flake with uncommitted changes has no revision.
    "croft/revision".text = "${if revision == null then "dirty" else revision}\n";
  };

  systemd.slices.croft-apps = {
    description = "Apps";
  };
}
