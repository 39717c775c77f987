# The box's MariaDB: version, settings and limits. The apps' databases are made by apps/attach.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.croft.services.mysql;
  name = "mariadb_${lib.replaceStrings [ "." ] [ "" ] cfg.version}";
  inherit (config.services.mysql) dataDir group user;

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
      # Thrown, because an assertion would come too late: others ask for the package.
      package =
        if cfg.version == null then
          pkgs.mariadb
        else
          pkgs.${name}
            or (throw "croft: services.mysql.version: this box's nixpkgs has no MariaDB ${cfg.version}. Choose another, or update nixpkgs.");
      # A directory for each version, so that a system finds the data that its server has written, whichever system was there between.
      # Without a version it is NixOS's own.
      dataDir = lib.mkIf (cfg.version != null) "/var/lib/mariadb/${cfg.version}";
      # Older releases take no fractions here, but their text.
      settings.mysqld = lib.mapAttrs (_: value: if builtins.isFloat value then toString value else value) (
        lib.filterAttrs (_: value: value != null) cfg.settings
      ) // counting // {
        # Apps come by the socket, which tells the server who they are.
        bind-address = lib.mkDefault "127.0.0.1";
      };
    };
    # NixOS makes its own directory only.
    systemd.tmpfiles.rules = lib.mkIf (cfg.version != null) [
      "d /var/lib/mariadb 0755 ${user} ${group} -"
      "d ${dataDir} 0700 ${user} ${group} -"
    ];

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

    # One process has all sessions, so what takes too much ends them all. This way its unit takes it for a crash, and starts it anew.
    systemd.services.mysql.serviceConfig.OOMPolicy = "continue";
  };
}
