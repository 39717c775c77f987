# An app's units, under the same names at each isolation level (levels/). docs/adr/0011 tells how a version follows another.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (import ../../lib) names unit;
  inherit (import ./process.nix { inherit config lib pkgs; })
    migrated
    migrationStamp
    process
    servers
    ;

  inherit (config.croft) apps;
  migrating = lib.filterAttrs (_: app: app.run.hooks.migrate != null) apps;
  unitName = lib.removeSuffix ".service";

  # A static user, not DynamicUser=: the data keeps one owner through reboots, restores and changes of the
  # isolation level, other units can be granted access to it by name, and bubblewrap (level `jail`) does not
  # work below DynamicUser=.
  user = name: {
    isSystemUser = true;
    group = names.user name;
    home = "/var/lib/${names.stateDirectory name}";
    description = "Croft app ${name}";
  };

  service = name: app: {
    description = "Croft app ${name}";
    # After a server was stopped and started again, too.
    wantedBy = [ "multi-user.target" ] ++ servers app;

    # One restart when the new system is in place, instead of a stop before and a start after.
    stopIfChanged = false;

    # Five failures in a minute are a fault that another start does not cure.
    startLimitIntervalSec = 60;
    startLimitBurst = 5;

    serviceConfig = {
      # `exec` reports a program that cannot be started as a failed start.
      Type = "exec";
      Restart = "on-failure";
      RestartSec = 2;
      TimeoutStopSec = 30;
      SyslogIdentifier = "croft-app-${name}";
    }
    # Podman ends with a number where systemd would see the signal that it asked the app to end by: HUP, INT, PIPE, TERM.
    // lib.optionalAttrs (app.isolation == "podman") { SuccessExitStatus = "129 130 141 143"; };
  };

  # -- with a migration ------------------------------------------------------------------------------------------------

  # The unit as a whole, whoever had a word in it, but for the line that this goes into.
  releaseOf =
    name:
    let
      whole = config.systemd.services.${unitName (names.unit name)};
    in
    builtins.substring 0 32 (
      builtins.hashString "sha256" (
        builtins.unsafeDiscardStringContext (
          builtins.toJSON [
            whole.environment
            whole.unitConfig
            (removeAttrs whole.serviceConfig [ "ExecStartPre" ])
          ]
        )
      )
    );
  running = name: "/run/croft-release/${name}";

  gated =
    name: app:
    lib.mkMerge [
      (migrated name app)
      {
        # The old version serves until the data is migrated: the release unit restarts it, not the switch.
        restartIfChanged = false;
        serviceConfig.ExecStartPre = lib.mkBefore [
          "+${pkgs.coreutils}/bin/rm -rf -- ${running name}"
          "+${pkgs.coreutils}/bin/install -D -m 0644 /dev/null ${running name}/${releaseOf name}"
        ];
      }
    ];

  migration = name: app: {
    description = "Migration of Croft app ${name}";
    restartIfChanged = false;
    unitConfig.ConditionPathExists = "!${migrationStamp name app}";
    serviceConfig = {
      Type = "oneshot";
      # Tells of a success only: the next lines run after the command ended with 0.
      ExecStartPost = "${pkgs.coreutils}/bin/install -D -m 0600 /dev/null ${migrationStamp name app}";
      TimeoutStartSec = 3600;
      SyslogIdentifier = "croft-migrate-${name}";
    };
  };

  release = name: {
    description = "Release of Croft app ${name}";
    wantedBy = [ "multi-user.target" ];
    requires = [ (names.migration name) ];
    after = [
      (names.migration name)
      # At boot the app starts by itself, and this has nothing to do.
      (names.unit name)
    ];
    restartIfChanged = false;
    unitConfig.ConditionPathExists = "!${running name}/${releaseOf name}";
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "${pkgs.systemd}/bin/systemctl try-restart ${names.unit name}";
    };
  };
in
{
  users.users = lib.mapAttrs' (name: _: lib.nameValuePair (names.user name) (user name)) apps;
  users.groups = lib.mapAttrs' (name: _: lib.nameValuePair (names.user name) { }) apps;

  systemd.slices = lib.mapAttrs' (
    name: _: lib.nameValuePair (names.slice name) { description = "Croft app ${name}"; }
  ) apps;

  systemd.services = lib.mkMerge [
    (lib.mapAttrs' (
      name: app:
      lib.nameValuePair (unitName (names.unit name)) (
        lib.mkMerge (
          [
            (process name app {
              argv = app.run.command;
              inherit (app.run) port;
            })
            (service name app)
          ]
          ++ lib.optional (app.run.hooks.migrate != null) (gated name app)
        )
      )
    ) apps)
    (lib.mapAttrs' (
      name: app:
      lib.nameValuePair (unitName (names.migration name)) (
        lib.mkMerge [
          (process name app { argv = app.run.hooks.migrate; })
          (migration name app)
        ]
      )
    ) migrating)
    (lib.mapAttrs' (name: _: lib.nameValuePair (unitName (names.release name)) (release name)) migrating)
  ];
}
