# Who signs in with a password no more has none: an app that is detached, removed, or known by its socket again. The data stays.
#
# By a unit for each server, because the app's own is gone by then.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (import ../../lib) attach names;
  inherit (import ./process.nix { inherit config lib pkgs; }) target;
  passwords = import ./passwords.nix { inherit config lib pkgs; };
  inherit (config.croft) services;
  unitName = lib.removeSuffix ".service";
  users = kind: map names.user (passwords.having kind);
  # Only once the server has forgotten it.
  forget =
    kind: credential:
    "+${passwords.program} sweep ${credential} ${passwords.place}${lib.concatMapStrings (app: " ${app}") (passwords.having kind)}";

  mysqlStatements = pkgs.writeText "croft-mysql-passwords.sql" ''
    DELIMITER //
    BEGIN NOT ATOMIC
      SET sql_log_off = 1;
      FOR one IN (
        SELECT User AS name FROM mysql.global_priv WHERE Host = '${attach.loopback}' AND User LIKE 'croft-app-%'
          AND User NOT IN (${lib.concatMapStringsSep ", " (user: "'${user}'") ([ "" ] ++ users "mysql")})
      ) DO
        EXECUTE IMMEDIATE CONCAT('ALTER USER IF EXISTS ', QUOTE(one.name), '@', QUOTE('localhost'), ' IDENTIFIED VIA unix_socket');
        EXECUTE IMMEDIATE CONCAT('DROP USER ', QUOTE(one.name), '@\'${attach.loopback}\''');
      END FOR;
    END//
    DELIMITER ;
  '';
in
{
  systemd.services = lib.mkMerge [
    (lib.mkIf (services.postgresql != null) {
      ${unitName passwords.postgresql} = {
        description = "Who signs in to PostgreSQL with a password";
        wantedBy = [ target ];
        requires = [ target ];
        after = [ target ];
        environment.PGPORT = toString config.services.postgresql.settings.port;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          Slice = "croft-services-postgresql.slice";
          User = "postgres";
          Group = "postgres";
          ExecStart = "${config.services.postgresql.package}/bin/psql -X -q -d postgres -v roles=${lib.concatStringsSep "," (users "postgresql")} -f ${./postgresql-passwords.sql}";
          ExecStartPost = forget "postgresql" "PGPASSWORD";
        };
      };
    })
    (lib.mkIf (services.mysql != null) {
      ${unitName passwords.mysql} = {
        description = "Who signs in to MariaDB with a password";
        wantedBy = [ "mysql.service" ];
        requires = [ "mysql.service" ];
        after = [ "mysql.service" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          Slice = "croft-services-mysql.slice";
          User = config.services.mysql.user;
          Group = config.services.mysql.group;
          ExecStart = "${config.services.mysql.package}/bin/mysql --no-defaults --socket=/run/mysqld/mysqld.sock --batch";
          StandardInput = "file:${mysqlStatements}";
          ExecStartPost = forget "mysql" "MYSQL_PWD";
        };
      };
    })
  ];
}
