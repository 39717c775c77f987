# What apps are attached to: a database each, with nobody else in it, and a Redis server each.
#
# An app that signs in with a password gets one here, the first time; sweep.nix takes it back.
#
# The databases are not NixOS's `ensureDatabases`: its setup unit is part of the server's target, so that one more entry there
# restarts the server and all who use it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (import ../../lib) attach names size;
  inherit (config.croft) apps;
  inherit (import ./process.nix { inherit config lib pkgs; }) target;
  attached = kind: lib.filterAttrs (_: app: app.attach.${kind} != null) apps;
  unitName = lib.removeSuffix ".service";

  # Root makes the password, sealed as an operator's secrets are, and leaves the statements' account what the server is told of it.
  runtimeDirectory = name: kind: "croft-${kind}-${name}";
  verifier = name: kind: "/run/${runtimeDirectory name kind}/verifier.sql";
  keepPassword =
    name: kind: credential: statements:
    lib.optionalAttrs (attach.byPassword config.croft.apps.${name}.attach.${kind}) {
      RuntimeDirectory = runtimeDirectory name kind;
      RuntimeDirectoryMode = "0700";
      ExecStartPre = "+${passwords.program} keep ${kind} ${credential} ${attach.passwordPlace name credential} ${verifier name kind}${
        lib.optionalString (statements != null) " ${statements}"
      }";
    };
  passwords = import ./passwords.nix { inherit config lib pkgs; };

  units = nameOf: make: lib.mapAttrs' (name: app: lib.nameValuePair (unitName (nameOf name)) (make name app));

  postgresql =
    name: app:
    let
      variables = {
        role = names.user name;
        database = attach.database name app.attach.postgresql;
        extensions = lib.concatStringsSep "," app.attach.postgresql.extensions;
      };
    in
    {
      description = "PostgreSQL database of Croft app ${name}";
      requires = [ target ];
      wants = lib.optional (attach.byPassword app.attach.postgresql) passwords.postgresql;
      after = [ target ] ++ lib.optional (attach.byPassword app.attach.postgresql) passwords.postgresql;
      environment.PGPORT = toString config.services.postgresql.settings.port;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        Slice = "croft-services-postgresql.slice";
        User = "postgres";
        Group = "postgres";
        # psql quotes the values; they never become part of the text.
        ExecStart = lib.concatStringsSep " " (
          [ "${config.services.postgresql.package}/bin/psql -X -q -d postgres" ]
          ++ lib.mapAttrsToList (variable: value: "-v ${variable}=${value}") variables
          ++ lib.optional (attach.byPassword app.attach.postgresql) "-f ${verifier name "postgresql"}"
          ++ [ "-f ${./database.sql}" ]
        );
      }
      // keepPassword name "postgresql" "PGPASSWORD" null;
    };

  # Every name in it is of a pattern without quotes. In a grant `_` would stand for any character.
  mysqlStatements =
    name: app:
    let
      database = attach.database name app.attach.mysql;
      pattern = lib.replaceStrings [ "_" ] [ "\\_" ] database;
      user = names.user name;
    in
    pkgs.writeText "croft-mysql-${name}.sql" (''
      DELIMITER //
      BEGIN NOT ATOMIC
        DECLARE message TEXT;
        SELECT CONCAT('croft: apps.${name}.attach.mysql.database: ${database} belongs to ', User)
          INTO message FROM mysql.db
          WHERE Db = ${sqlText pattern} AND User LIKE 'croft-app-%' AND User <> '${user}' LIMIT 1;
        IF message IS NOT NULL THEN
          SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = message;
        END IF;
      END//
      DELIMITER ;
      CREATE DATABASE IF NOT EXISTS `${database}`;
      CREATE USER IF NOT EXISTS '${user}'@'localhost' IDENTIFIED VIA unix_socket;
      GRANT ALL PRIVILEGES ON `${pattern}`.* TO '${user}'@'localhost';
    ''
    # Over TCP the server takes the loopback for `localhost` as well, unless it is told to look up no names.
    + lib.optionalString (attach.byPassword app.attach.mysql) ''
      EXECUTE IMMEDIATE CONCAT('ALTER USER \'${user}\'@\'localhost\' IDENTIFIED VIA unix_socket OR mysql_native_password USING ', QUOTE(@verifier));
      EXECUTE IMMEDIATE CONCAT('CREATE USER IF NOT EXISTS \'${user}\'@\'${attach.loopback}\' IDENTIFIED VIA mysql_native_password USING ', QUOTE(@verifier));
      EXECUTE IMMEDIATE CONCAT('ALTER USER \'${user}\'@\'${attach.loopback}\' IDENTIFIED VIA mysql_native_password USING ', QUOTE(@verifier));
      REVOKE ALL PRIVILEGES, GRANT OPTION FROM '${user}'@'${attach.loopback}';
      GRANT ALL PRIVILEGES ON `${pattern}`.* TO '${user}'@'${attach.loopback}';
    '');
  sqlText = text: "'${lib.replaceStrings [ "\\" ] [ "\\\\" ] text}'";

  mysql = name: app: {
    description = "MariaDB database of Croft app ${name}";
    requires = [ "mysql.service" ];
    wants = [ "croft-mysql.service" ] ++ lib.optional (attach.byPassword app.attach.mysql) passwords.mysql;
    after = [ "mysql.service" "croft-mysql.service" ] ++ lib.optional (attach.byPassword app.attach.mysql) passwords.mysql;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      Slice = "croft-services-mysql.slice";
      User = config.services.mysql.user;
      Group = config.services.mysql.group;
    }
    // (
      if attach.byPassword app.attach.mysql then
        {
          # All of it in one session, as what comes first is remembered there. Not by StandardInput=: the file is not there yet then.
          ExecStart = "${client} -e \"source ${verifier name "mysql"}\"";
        }
        // keepPassword name "mysql" "MYSQL_PWD" (mysqlStatements name app)
      else
        {
          ExecStart = client;
          StandardInput = "file:${mysqlStatements name app}";
        }
    );
  };
  client = "${config.services.mysql.package}/bin/mysql --no-defaults --socket=/run/mysqld/mysqld.sock --batch";

  redis =
    name: app:
    let
      inherit (app.attach.redis) memoryMax persistent;
    in
    {
      enable = true;
      user = names.redisUser name;
      group = names.redisUser name;
      port = 0;
      bind = null;
      unixSocket = attach.redisSocket name;
      unixSocketPerm = 660;
      save = lib.optionals persistent [
        [ 900 1 ]
        [ 300 10 ]
        [ 60 10000 ]
      ];
      appendOnly = persistent;
      settings = {
        maxmemory = toString (size.bytes memoryMax);
        # Data that is meant to last is not thrown away: a write is refused instead.
        maxmemory-policy = if persistent then "noeviction" else "allkeys-lru";
      };
    };
  redisUnit = name: app: {
    serviceConfig = {
      Slice = "${names.slice name}.slice";
      # Its data, and while it saves them a copy of what changes meanwhile.
      MemoryMax = toString (size.bytes app.attach.redis.memoryMax * 2 + 64 * 1024 * 1024);
    }
    # What is bound into a jail is this directory, and not the next one of its name.
    // lib.optionalAttrs (app.isolation != "service") { RuntimeDirectoryPreserve = true; };
  };
  withRedis = attached "redis";
in
{
  systemd.services = lib.mkMerge [
    (units names.postgresql postgresql (attached "postgresql"))
    (units names.mysql mysql (attached "mysql"))
    (units attach.redisUnit redisUnit withRedis)
  ];

  services.redis.servers = lib.mapAttrs' (name: app: lib.nameValuePair (attach.redisServer name) (redis name app)) withRedis;
  # NixOS makes an account for a server under its own name only, which would be too long for some apps.
  users.users = lib.mkMerge [
    (lib.mapAttrs' (
      name: _:
      lib.nameValuePair (names.redisUser name) {
        isSystemUser = true;
        group = names.redisUser name;
        description = "Redis of Croft app ${name}";
      }
    ) withRedis)
    (lib.mapAttrs' (name: _: lib.nameValuePair (names.user name) { extraGroups = [ (names.redisUser name) ]; }) withRedis)
  ];
  users.groups = lib.mapAttrs' (name: _: lib.nameValuePair (names.redisUser name) { }) withRedis;
}
