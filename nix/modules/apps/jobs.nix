# Commands of an app that run by the clock.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (import ../../lib) names unit;
  inherit (import ./process.nix { inherit config lib pkgs; }) migrated process;

  jobs = lib.concatMap (
    app:
    map (job: {
      name = names.job app job;
      inherit app job;
      entry = config.croft.apps.${app};
      declared = config.croft.apps.${app}.jobs.${job};
    }) (lib.attrNames config.croft.apps.${app}.jobs)
  ) (lib.attrNames config.croft.apps);
  each = make: lib.listToAttrs (map (one: lib.nameValuePair one.name (make one)) jobs);

  # Only systemd knows its grammar: asked at build, so that a word it does not know is found before anything changes.
  calendars = pkgs.runCommand "croft-calendars" { nativeBuildInputs = [ pkgs.systemd ]; } (
    lib.concatMapStrings (one: ''
      systemd-analyze calendar -- ${lib.escapeShellArg one.declared.onCalendar} > calendar.log 2>&1 || {
        cat calendar.log >&2
        echo ${lib.escapeShellArg "croft: apps.${one.app}.jobs.${one.job}.onCalendar: systemd does not understand ${one.declared.onCalendar}. An example is Mon..Fri *-*-* 04:00; man systemd.time has the grammar."} >&2
        exit 1
      }
    '') jobs
    + "touch $out\n"
  );
in
{
  system.extraDependencies = lib.optional (jobs != [ ]) calendars;

  systemd.services = each (
    one:
    lib.mkMerge [
      (process one.app one.entry { argv = one.declared.command; })
      (migrated one.app one.entry)
      {
        description = "Job ${one.job} of Croft app ${one.app}";
        # A run that is under way ends as it began.
        restartIfChanged = false;
        serviceConfig = {
          Type = "oneshot";
          # While the app's data is being copied or exchanged.
          ExecStartPre = lib.mkBefore [
            (unit.commandLine [
              "${pkgs.writeShellScript "croft-while-held" (builtins.readFile ./while-held.sh)}"
              "/run/croft-held/${one.app}"
              "${pkgs.coreutils}/bin/sleep"
            ])
          ];
          TimeoutStartSec = one.declared.timeoutSeconds;
          SyslogIdentifier = one.name;
        };
      }
    ]
  );

  systemd.timers = each (one: {
    description = "Job ${one.job} of Croft app ${one.app}";
    wantedBy = [ "timers.target" ];
    timerConfig = {
      OnCalendar = one.declared.onCalendar;
      Persistent = one.declared.persistent;
    };
  });
}
