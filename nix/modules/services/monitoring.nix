# What monitoring systems outside get of the box: exporters that Prometheus asks, and NixOS's OpenTelemetry collector, which sends.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (config.croft) host;
  inherit (import ../../lib) monitoring secrets unit;
  inherit (import ../apps/process.nix { inherit config lib pkgs; }) target;
  cfg = config.croft.services.monitoring;
  inherit (cfg) address otlp;
  on = monitoring.exporters cfg;
  psql = "${config.services.postgresql.package}/bin/psql -X -q -v ON_ERROR_STOP=1 -d postgres";
  slice = "croft-services-monitoring.slice";

  exporters = lib.listToAttrs (
    map (
      exporter:
      lib.nameValuePair exporter.service (
        {
          enable = true;
          inherit (exporter) port;
          listenAddress = address;
        }
        // lib.optionalAttrs (exporter.name == "postgresql") {
          # The server asks the kernel who connects.
          user = monitoring.role;
          dataSourceName = "user=${monitoring.role} dbname=postgres host=/run/postgresql port=${toString config.services.postgresql.settings.port} sslmode=disable";
        }
      )
    ) on
  );

  # -- OpenTelemetry ---------------------------------------------------------------------------------------------------

  # The other build has neither journald nor Prometheus.
  package = pkgs.opentelemetry-collector-contrib;
  # Its newer name; by the older one each start would warn.
  sender = if lib.versionAtLeast package.version "0.144" then "otlp_http" else "otlphttp";
  every = "60s";
  collector = {
    extensions.file_storage = {
      # The collector is checked where this directory is not.
      directory = "/var/lib/opentelemetry-collector/storage";
      create_directory = true;
    };
    receivers =
      lib.optionalAttrs otlp.metrics (
        {
          hostmetrics = {
            collection_interval = every;
            scrapers = lib.genAttrs [ "cpu" "disk" "filesystem" "load" "memory" "network" "paging" ] (_: { });
          };
        }
        // lib.optionalAttrs (on != [ ]) {
          prometheus.config.scrape_configs = map (exporter: {
            job_name = exporter.name;
            scrape_interval = every;
            static_configs = [ { targets = [ "${address}:${toString exporter.port}" ]; } ];
          }) on;
        }
      )
      // lib.optionalAttrs otlp.logs {
        journald = {
          # What is there already is not sent; from then on nothing is left out over a restart.
          start_at = "end";
          storage = "file_storage";
          priority = "debug";
          operators = [
            # Of what it could not send it would tell in lines that it cannot send.
            {
              type = "filter";
              expr = ''body._SYSTEMD_UNIT == "opentelemetry-collector.service"'';
            }
            {
              type = "severity_parser";
              "if" = "body.PRIORITY != nil";
              parse_from = "body.PRIORITY";
              preset = "none";
              mapping = {
                fatal = [ "0" "1" "2" ];
                error = [ "3" ];
                warn = [ "4" ];
                info = [ "5" "6" ];
                debug = [ "7" ];
              };
            }
          ];
        };
      };
    processors = {
      memory_limiter = {
        check_interval = "1s";
        limit_mib = 256;
      };
      resource.attributes = [
        {
          key = "host.name";
          value = host.name;
          action = "upsert";
        }
      ];
      batch = { };
    };
    exporters.${sender} = {
      inherit (otlp) endpoint;
      # A server that is away for a night gets what it missed, as far as the queue reaches.
      sending_queue = {
        enabled = true;
        queue_size = 2000;
        storage = "file_storage";
      };
      retry_on_failure = {
        enabled = true;
        max_elapsed_time = "0s";
      };
    }
    // lib.optionalAttrs (otlp.header != null) { headers.${otlp.header} = "\${env:OTLP_HEADER}"; };
    service = {
      extensions = [ "file_storage" ];
      # It would listen on a port of its own.
      telemetry.metrics.level = "none";
      pipelines =
        let
          pipeline = receivers: {
            inherit receivers;
            processors = [ "memory_limiter" "resource" "batch" ];
            exporters = [ sender ];
          };
        in
        lib.optionalAttrs otlp.metrics { metrics = pipeline ([ "hostmetrics" ] ++ lib.optional (on != [ ]) "prometheus"); }
        // lib.optionalAttrs otlp.logs { logs = pipeline [ "journald" ]; };
    };
  };
in
{
  config = lib.mkMerge [
    (lib.mkIf (cfg != null) {
      systemd.slices.croft-services.description = "Servers that apps are attached to";
      systemd.slices.croft-services-monitoring.description = "Croft service monitoring";

      services.prometheus.exporters = exporters;
      networking.firewall.allowedTCPPorts = lib.optionals cfg.openFirewall (map (exporter: exporter.port) on);

      systemd.services = lib.mkMerge (
        map (exporter: {
          "prometheus-${exporter.service}-exporter".serviceConfig = {
            Slice = slice;
            # An interface may come up later than the exporter, again and again.
            RestartSec = 5;
          };
        }) on
      );
    })
    (lib.mkIf (cfg != null && cfg.exporters.systemd != null) {
      # It asks systemd over the bus, which looks up who connects: not every bus finds users that are there for one run of a unit.
      users.users.systemd-exporter = {
        isSystemUser = true;
        group = "systemd-exporter";
        description = "Exporter of the units";
      };
      users.groups.systemd-exporter = { };
      systemd.services.prometheus-systemd-exporter.serviceConfig.DynamicUser = false;
    })
    (lib.mkIf (cfg != null && cfg.exporters.postgresql != null) {
      # No `croft-postgresql-<name>`: an app may have that name.
      systemd.services.croft-monitoring-postgresql = {
        description = "Role of PostgreSQL's exporter";
        wantedBy = [ target ];
        requires = [ target ];
        after = [ target ];
        environment.PGPORT = toString config.services.postgresql.settings.port;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          Slice = slice;
          User = "postgres";
          Group = "postgres";
          ExecStart = "${psql} -f ${./monitoring.sql}";
          # Without the exporter nobody is to be let in under its name.
          ExecStop = "-${psql} -c ${unit.argument ''DROP ROLE IF EXISTS "${monitoring.role}"''}";
        };
      };
      systemd.services.prometheus-postgres-exporter = {
        requires = [ "croft-monitoring-postgresql.service" ];
        after = [ "croft-monitoring-postgresql.service" ];
      };
    })
    (lib.mkIf (cfg != null && otlp != null) {
      assertions = [
        {
          assertion = options.services ? opentelemetry-collector;
          message = "croft: services.monitoring.otlp: this box's nixpkgs has no OpenTelemetry collector. Update nixpkgs.";
        }
      ];
      systemd.services.opentelemetry-collector.serviceConfig = {
        Slice = slice;
        RestartSec = 5;
      }
      // lib.optionalAttrs (otlp.header != null) (
        secrets.ofService config.croft.secrets "monitoring" secrets.otlp
        // {
          RuntimeDirectory = "croft-otlp";
          RuntimeDirectoryMode = "0700";
          ExecStartPre = "${pkgs.bash}/bin/bash ${./otlp-header.sh}";
          EnvironmentFile = "-/run/croft-otlp/environment";
        }
      );
    })
    (lib.optionalAttrs (options.services ? opentelemetry-collector) {
      services.opentelemetry-collector = lib.mkIf (cfg != null && otlp != null) (
        {
          enable = true;
          inherit package;
          settings = collector;
        }
        // lib.optionalAttrs (options.services.opentelemetry-collector ? validateConfigFile) { validateConfigFile = true; }
      );
    })
  ];
}
