# What the processes of an app have in common, whatever starts them: user, environment, limits, the servers they need, and what
# keeps them from the rest of the box. `process name app { argv; port; }` is an entry of `systemd.services`; argv null: the builder's own
# command, port null: none that it may bind by privilege.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (import ../../lib) attach mail names unit;
  secrets = import ./secrets.nix { inherit pkgs; };
  build = import ../../builders {
    inherit lib pkgs;
    fetch = config.croft.fetchSource;
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
    name: app:
    lib.mapAttrs (_: unit.environmentValue) (
      app.run.env
      // attach.environment name app.attach
      // mail.environment config.croft.mailPorts.${name} app.attach.mail
    )
    // {
      HOST = if app.domains == [ ] then "0.0.0.0" else "127.0.0.1";
    }
    // lib.optionalAttrs (app.run.port != null) { PORT = toString app.run.port; }
    # The unit has a default PATH; the app's own replaces it.
    // lib.optionalAttrs (app.run.env ? PATH) {
      PATH = lib.mkForce (unit.environmentValue app.run.env.PATH);
    };

  # Made by the app's own user: no link in its directory can lead root astray.
  volumes =
    name: app:
    lib.optional (app.attach.storage != { }) (
      unit.commandLine (
        [ "${pkgs.coreutils}/bin/mkdir" "-p" "--" ] ++ map (attach.volume name) (lib.attrNames app.attach.storage)
      )
    );

  # Before 25.11 the service itself has made its databases when it is up.
  postgresql = if config.systemd.targets ? postgresql then "postgresql.target" else "postgresql.service";

  # When they are stopped or restarted, so is the app.
  servers =
    app:
    lib.optional (app.attach.postgresql != null) postgresql
    ++ lib.optional (app.attach.mysql != null) "mysql.service";

  # The app's own: a change of these leaves it running.
  prepared =
    name: app:
    lib.optional (app.attach.postgresql != null) (names.postgresql name)
    ++ lib.optional (app.attach.mysql != null) (names.mysql name)
    ++ lib.optional (app.attach.redis != null) "${attach.redisUnit name}.service"
    ++ lib.optional (app.attach.mail != null) "postfix.service";

  # Of a version that wants its data migrated. The same files, command and databases are not migrated twice.
  migrationStamp =
    name: app:
    let
      identity = builtins.toJSON [
        app.source.narHash
        app.run.hooks.migrate
        (if app.attach.postgresql == null then null else attach.database name app.attach.postgresql)
        (if app.attach.mysql == null then null else attach.database name app.attach.mysql)
      ];
    in
    # In the app's own directory, so that it goes back in time together with the data it tells of.
    "/var/lib/${names.stateDirectory name}/.croft/migrated/${builtins.substring 0 32 (builtins.hashString "sha256" identity)}";

  process =
    name: app:
    {
      argv,
      port ? null,
    }:
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
      search = lib.concatMapStringsSep ":" (package: "${package}/bin") built.programs;
    in
    {
      environment = environment name app;
      path = built.programs;
      requires = servers app;
      wants = prepared name app;
      after = [ "network.target" ] ++ servers app ++ prepared name app;

      serviceConfig = hardening // privileges port // secrets.serviceConfig name app.run.secrets {
        argv = if argv == null then built.command else resolve argv;
        inherit search;
      } // {
        ExecSearchPath = search;
        ExecStartPre = volumes name app;

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

  # Additions for what must not run before its version's data is there.
  migrated =
    name: app:
    if app.run.hooks.migrate == null then
      { }
    else
      {
        wants = [ (names.migration name) ];
        after = [ (names.migration name) ];
        # Not `requires`: to stop a migration would stop the old version, which still serves.
        unitConfig.AssertPathExists = migrationStamp name app;
      };
in
{
  inherit migrated migrationStamp process servers;
  target = postgresql;
}
