# What the processes of an app have in common, whatever starts them and at whatever level: user, environment, limits, the servers
# they need. What keeps them from the rest of the box is the level's affair (levels/). `process name app { argv; port; }` is an entry of `systemd.services`; argv null: the builder's own
# command, port null: none that it may bind by privilege.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (import ../../lib) attach mail names unit;
  secrets = import ./secrets.nix { inherit lib pkgs; };
  build = import ../../builders {
    inherit lib pkgs;
    fetch = config.croft.fetchSource;
  };

  # A level is a function of what runs (below) to what keeps that from the rest of the box: { environment; serviceConfig; front;
  # confine; online; }, the unit's variables and settings, the words in front of its command, whether croft-launch has to give up what
  # those took, and whether they look at the box's addresses.
  levels = lib.genAttrs [ "service" "jail" "container" "podman" "microvm" ] (level: import (./levels + "/${level}.nix") { inherit lib pkgs; });

  # Where the servers listen.
  ports = {
    postgresql = config.services.postgresql.settings.port;
    mysql = config.services.mysql.settings.mysqld.port or 3306;
  };

  variables =
    name: app:
    app.run.env
    // attach.environment name ports app.attach
    // mail.environment config.croft.mailPorts.${name} app.attach.mail
    // {
      HOST = if app.domains == [ ] then "0.0.0.0" else "127.0.0.1";
    }
    // lib.optionalAttrs (app.run.port != null) { PORT = toString app.run.port; };

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

  # Directories with the sockets of what the app is attached to.
  sockets =
    name: app:
    lib.optional (app.attach.postgresql != null && !attach.byPassword app.attach.postgresql) "/run/postgresql"
    ++ lib.optional (app.attach.mysql != null && !attach.byPassword app.attach.mysql) "/run/mysqld"
    ++ lib.optional (app.attach.redis != null) (dirOf (attach.redisSocket name));

  # What an app with a network of its own still reaches of the box: sockets by their paths, and ports of its loopback.
  reached =
    name: app:
    let
      attached = engine: app.attach.${engine} != null;
      byPassword = engine: attached engine && attach.byPassword app.attach.${engine};
      bySocket = engine: attached engine && !byPassword engine;
    in
    {
      sockets =
        lib.optional (bySocket "postgresql") "/run/postgresql/.s.PGSQL.${toString ports.postgresql}"
        ++ lib.optional (bySocket "mysql") "/run/mysqld/mysqld.sock"
        ++ lib.optional (app.attach.redis != null) (attach.redisSocket name);
      ports =
        lib.optional (byPassword "postgresql") ports.postgresql
        ++ lib.optional (byPassword "mysql") ports.mysql
        ++ lib.optional (app.attach.mail != null) config.croft.mailPorts.${name};
    };

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
      level = levels.${app.isolation} {
        inherit name port built;
        variables = variables name app;
        sockets = sockets name app;
        reached = reached name app;
        inherit (app.limits) memoryMax;
      };
    in
    {
      inherit (level) environment;
      path = built.programs;
      requires = servers app;
      wants = prepared name app ++ lib.optional level.online "network-online.target";
      after = [ (if level.online then "network-online.target" else "network.target") ] ++ servers app ++ prepared name app;

      # A level that takes memory of its own says so.
      serviceConfig = { MemoryMax = app.limits.memoryMax; } // level.serviceConfig // secrets.serviceConfig name app.run.secrets (attach.passwords name ports app.attach) {
        argv = if argv == null then built.command else resolve argv;
        inherit search;
        inherit (level) front confine;
      } // {
        ExecSearchPath = search;
        ExecStartPre = volumes name app;

        User = names.user name;
        Group = names.user name;
        StateDirectory = names.stateDirectory name;
        StateDirectoryMode = "0700";
        WorkingDirectory = if built.runsInSource then built.directory else "/var/lib/${names.stateDirectory name}";

        Slice = "${names.slice name}.slice";
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
