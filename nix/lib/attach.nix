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

  # Whether the app signs in with a password instead of being known by its user.
  byPassword = attached: attached != null && attached.access == "password";

  # Where a server listens for those, and nowhere else: the name would be looked up, and found as another address first.
  loopback = "127.0.0.1";

  # The passwords that an app is given: each under the name of the credential, which is a variable as well, with the variables that
  # have the password within them (`*`). It has letters, digits, - and _ only. `ports` are the servers'.
  passwords =
    app: ports: attach:
    let
      user = names.user app;
      url = scheme: engine: "${scheme}://${user}:*@${loopback}:${toString ports.${engine}}/${database app attach.${engine}}";
    in
    (
      if byPassword attach.postgresql then
        {
          PGPASSWORD = {
            DATABASE_URL = url "postgresql" "postgresql";
          };
        }
      else
        { }
    )
    // (
      if byPassword attach.mysql then
        {
          MYSQL_PWD = {
            MYSQL_PASSWORD = "*";
            MYSQL_URL = url "mysql" "mysql";
          }
          # What most frameworks look at, whichever server it is.
          // (if attach.postgresql == null then { DATABASE_URL = url "mysql" "mysql"; } else { });
        }
      else
        { }
    );

  # Where the box keeps such a password.
  passwordPlace = app: name: "${names.credentials}/databases/${app}/${name}";

  # The variables that have one of them.
  secretVariables =
    attach:
    let
      all = passwords "app" { postgresql = 0; mysql = 0; } attach;
    in
    builtins.concatMap (name: [ name ] ++ attrNames all.${name}) (attrNames all);

  # What Croft tells the process of it, but for passwords.
  environment =
    app: ports: attach:
    (
      if attach.postgresql == null then
        { }
      else if byPassword attach.postgresql then
        {
          PGHOST = loopback;
          PGPORT = toString ports.postgresql;
          PGUSER = names.user app;
          PGDATABASE = database app attach.postgresql;
        }
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
      else if byPassword attach.mysql then
        {
          MYSQL_HOST = loopback;
          MYSQL_TCP_PORT = toString ports.mysql;
          MYSQL_USER = names.user app;
          MYSQL_DATABASE = database app attach.mysql;
        }
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
