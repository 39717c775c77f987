# Isolation level `service`: a hardened systemd unit with a user of its own.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (import ../../lib) names unit;
  secrets = import ./secrets.nix { inherit pkgs; };
  build = import ../../builders {
    inherit lib pkgs;
    fetch = config.croft.fetchSource;
  };

  apps = lib.filterAttrs (_: app: app.isolation == "service") config.croft.apps;

  # A static user, not DynamicUser=: the data keeps one owner through reboots, restores and changes of the
  # isolation level, other units can be granted access to it by name, and bubblewrap (the next level) does not
  # work below DynamicUser=.
  user = name: {
    isSystemUser = true;
    group = names.user name;
    home = "/var/lib/${names.stateDirectory name}";
    description = "Croft app ${name}";
  };

  # What keeps a unit from the rest of the box. `systemd-analyze security` must stay at 2.0 or below; the tests
  # ask it. Not set: ProcSubset=pid, because runtimes size themselves by /proc/cpuinfo and /proc/meminfo.
  hardening = {
    NoNewPrivileges = true;
    UMask = "0077";
    KeyringMode = "private";
    RemoveIPC = true;

    ProtectSystem = "strict";
    ProtectHome = true;
    ProtectProc = "invisible";
    ProtectClock = true;
    ProtectHostname = true;
    ProtectControlGroups = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    PrivateDevices = true;
    PrivateTmp = true;
    DevicePolicy = "closed";

    LockPersonality = true;
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    # AF_NETLINK: listing the network interfaces is common in start-up messages, and fails loudly without it.
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_UNIX"
      "AF_NETLINK"
    ];
    SystemCallArchitectures = "native";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
    # A refused call fails as it would without permission, instead of killing the process.
    SystemCallErrorNumber = "EPERM";
  };

  # A port below 1024 takes a capability, and that one means nothing in a user namespace of its own.
  privileges =
    port:
    if port != null && port < 1024 then
      {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
      }
    else
      {
        AmbientCapabilities = "";
        CapabilityBoundingSet = "";
        PrivateUsers = true;
      };

  environment =
    app:
    lib.mapAttrs (_: unit.environmentValue) app.run.env
    // {
      HOST = if app.domains == [ ] then "0.0.0.0" else "127.0.0.1";
    }
    // lib.optionalAttrs (app.run.port != null) { PORT = toString app.run.port; }
    # The unit has a default PATH; the app's own replaces it.
    // lib.optionalAttrs (app.run.env ? PATH) {
      PATH = lib.mkForce (unit.environmentValue app.run.env.PATH);
    };

  service =
    name: app:
    let
      built = build name app;
      # `./serve` is meant below the app's directory; a plain name is left to ExecSearchPath=.
      resolve =
        argv:
        let
          program = lib.head argv;
        in
        if lib.hasPrefix "./" program then
          [ "${built.directory}/${lib.removePrefix "./" program}" ] ++ lib.tail argv
        else
          argv;
      argv = if app.run.command == null then built.command else resolve app.run.command;
      search = lib.concatMapStringsSep ":" (package: "${package}/bin") built.programs;
    in
    {
      description = "Croft app ${name}";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];

      environment = environment app;
      path = built.programs;

      # One restart when the new system is in place, instead of a stop before and a start after.
      stopIfChanged = false;

      # Five failures in a minute are a fault that another start does not cure.
      startLimitIntervalSec = 60;
      startLimitBurst = 5;

      serviceConfig =
        hardening
        // privileges app.run.port
        // secrets.serviceConfig name app.run.secrets { inherit argv search; }
        // {
          # `exec` reports a program that cannot be started as a failed start.
          Type = "exec";
          ExecSearchPath = search;
          Restart = "on-failure";
          RestartSec = 2;
          TimeoutStopSec = 30;
          SyslogIdentifier = "croft-app-${name}";

          User = names.user name;
          Group = names.user name;
          StateDirectory = names.stateDirectory name;
          StateDirectoryMode = "0700";
          WorkingDirectory = if built.runsInSource then built.directory else "/var/lib/${names.stateDirectory name}";

          Slice = "${names.slice name}.slice";
          MemoryMax = app.limits.memoryMax;
          CPUQuota = app.limits.cpuQuota;
          TasksMax = app.limits.tasksMax;
        };
    };
in
{
  users.users = lib.mapAttrs' (name: _: lib.nameValuePair (names.user name) (user name)) apps;
  users.groups = lib.mapAttrs' (name: _: lib.nameValuePair (names.user name) { }) apps;

  systemd.slices = lib.mapAttrs' (
    name: _: lib.nameValuePair (names.slice name) { description = "Croft app ${name}"; }
  ) apps;

  systemd.services = lib.mapAttrs' (
    name: app: lib.nameValuePair (lib.removeSuffix ".service" (names.unit name)) (service name app)
  ) apps;
}
