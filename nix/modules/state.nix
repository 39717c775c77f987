# What state.json says, as definitions of the options.
{ config, lib, ... }:
let
  inherit (import ../lib) state;
  current = state.fromFile config.croft.stateFile;
in
{
  # Named in the messages about a value of the wrong type.
  _file = "state.json";

  # The names on the left are fixed, and `fromFile` refuses others: which options exist must not depend on
  # what the file says.
  config.croft = {
    inherit (current) version;
    host = lib.mkIf (current ? host) current.host;
    backups = lib.mkIf (current ? backups) current.backups;
    apps = lib.mkIf (current ? apps) current.apps;
    secrets = lib.mkIf (current ? secrets) current.secrets;
    services = lib.mkIf (current ? services) current.services;
  };
}
