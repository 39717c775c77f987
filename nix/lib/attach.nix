# What an app is attached to: names, and the variables that tell it.
let
  inherit (builtins) attrNames elem listToAttrs map replaceStrings stringLength substring;
  names = import ./names.nix;

  upper = replaceStrings (letters "abcdefghijklmnopqrstuvwxyz" ++ [ "-" ]) (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ" ++ [ "_" ]);
  letters = text: builtins.genList (i: substring i 1 text) (stringLength text);

  # The servers' own, and words that mean something else in PostgreSQL's rules of access.
  reserved = [
    "all" "host" "information_schema" "mysql" "performance_schema" "postgres" "replication" "root" "samegroup" "samerole"
    "sameuser" "sys" "template0" "template1" "test"
  ];
in
rec {
  databasePattern = "[a-z][a-z0-9_]{0,62}";
  volumePattern = "[a-z][a-z0-9-]{0,30}";

  isReserved = database: elem database reserved || substring 0 3 database == "pg_";

  # An app's name may have dashes, which would have to be quoted in every statement.
  database = app: attached: if attached.database == null then replaceStrings [ "-" ] [ "_" ] app else attached.database;

  redisServer = app: "croft-${app}";
  redisUnit = app: "redis-${redisServer app}";
  redisSocket = app: "/run/${redisUnit app}/redis.sock";

  volume = app: name: "/var/lib/${names.stateDirectory app}/storage/${name}";

  # What Croft tells the process of it.
  environment =
    app: attach:
    (
      if attach.postgresql == null then
        { }
      else
        rec {
          PGHOST = "/run/postgresql";
          PGUSER = names.user app;
          PGDATABASE = database app attach.postgresql;
          DATABASE_URL = "postgresql:///${PGDATABASE}?host=${PGHOST}";
        }
    )
    // (
      if attach.mysql == null then
        { }
      else
        {
          MYSQL_UNIX_PORT = "/run/mysqld/mysqld.sock";
          MYSQL_USER = names.user app;
          MYSQL_DATABASE = database app attach.mysql;
        }
    )
    // (
      if attach.redis == null then
        { }
      else
        {
          REDIS_SOCKET = redisSocket app;
          REDIS_URL = "unix://${redisSocket app}";
        }
    )
    // listToAttrs (
      map (name: {
        name = "STORAGE_${upper name}";
        value = volume app name;
      }) (attrNames attach.storage)
    );
}
