# The box's PostgreSQL: version, settings and limits. The apps' databases are made by apps/attach.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.croft.services.postgresql;
  inherit (import ../apps/process.nix { inherit config lib pkgs; }) target;
  name = "postgresql_${toString cfg.major}";

  # As the server writes amounts: kB, MB, GB, TB.
  sizes = map (row: row.name) (lib.filter (row: row.type == "size") (lib.importJSON ../../lib/settings/postgresql.json));
  amount = text: lib.replaceStrings [ "K" "M" "G" "T" ] [ "kB" "MB" "GB" "TB" ] text;
  settings = lib.mapAttrs (setting: value: if lib.elem setting sizes then amount value else value) (
    lib.filterAttrs (_: value: value != null) cfg.settings
  );
in
{
  imports = [ (import ./limits.nix "postgresql" "postgresql") ];

  config = lib.mkIf (cfg != null) {
    services.postgresql = {
      enable = true;
      # Thrown, because an assertion would come too late: others ask for the package.
      package =
        pkgs.${name}
          or (throw "croft: services.postgresql.major: this box's nixpkgs has no PostgreSQL ${toString cfg.major}. Choose another, or update nixpkgs.");
      # A collation that no update of the C library changes: an index sorted by another one would be broken by it.
      initdbArgs = lib.mkDefault [
        "--encoding=UTF8"
        "--locale=C.UTF-8"
      ];
      # Apps that sign in with a password: from the box itself, and not to the server's own databases. Theirs lets in nobody else. By
      # a role that they are in, so that one more of them restarts nothing.
      authentication = ''
        host postgres,template1 +croft_loopback 127.0.0.1/32 reject
        host postgres,template1 +croft_loopback ::1/128 reject
        host all +croft_loopback 127.0.0.1/32 scram-sha-256
        host all +croft_loopback ::1/128 scram-sha-256
        host all +croft_loopback all reject
      '';
      settings = settings // {
        # Counts what queries cost, for all databases.
        shared_preload_libraries = "pg_stat_statements";
      };
    };

    systemd.services.postgresql.serviceConfig = {
      # When a process grows beyond the limit, the server ends that session and starts over by itself.
      OOMPolicy = "continue";
    };

    # Where the console reads the counts; it changes neither with the apps nor with the settings.
    systemd.services.croft-postgresql = {
      description = "Statistics of PostgreSQL";
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
        ExecStart = "${config.services.postgresql.package}/bin/psql -X -q -d postgres -c \"CREATE EXTENSION IF NOT EXISTS pg_stat_statements\"";
      };
    };
  };
}
