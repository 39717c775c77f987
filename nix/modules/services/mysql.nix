# The box's MariaDB: settings and limits. The apps' databases are made by apps/attach.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.croft.services.mysql;

  # Counts what queries cost, for all databases. All that the server could measure would take 95 MB beside its buffers, statements
  # alone take 30.
  counting =
    {
      performance_schema = lib.mkDefault "ON";
    }
    // lib.genAttrs (map (kind: "performance_schema_${kind}") [
      "accounts_size"
      "hosts_size"
      "users_size"
      "events_stages_history_size"
      "events_stages_history_long_size"
      "events_statements_history_size"
      "events_statements_history_long_size"
      "events_transactions_history_size"
      "events_transactions_history_long_size"
      "events_waits_history_size"
      "events_waits_history_long_size"
      "max_cond_classes"
      "max_file_classes"
      "max_memory_classes"
      "max_mutex_classes"
      "max_rwlock_classes"
      "max_socket_classes"
      "max_stage_classes"
      "max_table_instances"
    ]) (_: lib.mkDefault 0);
in
{
  imports = [ (import ./limits.nix "mysql" "mysql") ];

  config = lib.mkIf (cfg != null) {
    services.mysql = {
      enable = true;
      package = pkgs.mariadb;
      # Older releases take no fractions here, but their text.
      settings.mysqld = lib.mapAttrs (_: value: if builtins.isFloat value then toString value else value) (
        lib.filterAttrs (_: value: value != null) cfg.settings
      ) // counting // {
        # Apps come by the socket, which tells the server who they are.
        bind-address = lib.mkDefault "127.0.0.1";
      };
    };
    systemd.services.croft-mysql = {
      description = "No guests in MariaDB";
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
        StandardInput = "file:${./no-guests.sql}";
      };
    };

    # A query that takes too much ends its session, not the server.
    systemd.services.mysql.serviceConfig.OOMPolicy = "continue";
  };
}
