# Backups: the timers that start them, and what croft-hostd is told of the targets (facts.json).
#
# Not NixOS's services.restic: one of its units makes one snapshot of fixed paths. Here each app is a snapshot of its own, tagged, of a
# copy that is made while the app stands still; and what happens is an operation, which the console can follow.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (config.croft) apps backups;
  inherit (import ../lib) secrets;
  inherit (backups) targets;
  inherit (config.croft.services) mail;

  settings = _: target: lib.optionalAttrs (target.type == "sftp") { port = 22; } // lib.filterAttrs (_: value: value != null) target;

  timed =
    name: target:
    {
      "croft-backup-${name}" = {
        description = "Croft: back up to ${name}";
        arguments = [ "backup-auto" name ];
        onCalendar = backups.schedule;
        # What restic needs, it gets in a unit of its own. Here they say what this box cannot do without: a system is not
        # activated that lacks one of them.
        credentials = secrets.ofService config.croft.secrets "backup-${name}" secrets.backup.${target.type};
      };
    }
    // lib.optionalAttrs (backups.restoreTest != "never") {
      "croft-restore-test-of-${name}" = {
        description = "Croft: try what ${name} has";
        arguments = [ "restore-test-auto" name ];
        onCalendar = backups.restoreTest;
      };
    };
in
{
  options.croft.backupFacts = lib.mkOption {
    type = lib.types.unspecified;
    internal = true;
    readOnly = true;
    description = "What the box is told of its backups.";
  };

  config = {
    croft.backupFacts =
      if targets == { } then
        null
      else
        {
          restic = "${pkgs.restic}/bin/restic";
          ssh = "${pkgs.openssh}/bin/ssh";
          inherit (backups) retention;
          targets = lib.mapAttrs settings targets;
          apps = lib.mapAttrs (_: app: { inherit (app.backup) exclude; }) (lib.filterAttrs (_: app: app.backup.enabled) apps);
          # Without a server there may be mail of an earlier one.
          mail = mail == null || mail.server == null || mail.server.backup;
        };
  }
  # The channel may be another module's, as in a test of the state alone.
  // lib.optionalAttrs (options.services ? croft-host) {
    services.croft-host.timed = lib.mkMerge (lib.mapAttrsToList timed targets);
  };
}
