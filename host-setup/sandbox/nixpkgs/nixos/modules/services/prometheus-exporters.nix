# services.prometheus.exporters.{node,postgres,systemd}: NixOS's units and users, around Debian's programs.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkForce mkIf mkMerge;
  cfg = config.services.prometheus.exporters;
  flags = lib.concatStringsSep " ";
  at = exporter: "--web.listen-address ${exporter.listenAddress}:${toString exporter.port}";

  own = {
    node = {
      DynamicUser = false;
      RuntimeDirectory = "prometheus-node-exporter";
      ExecStart = "${pkgs.prometheus-node-exporter}/bin/node_exporter ${
        flags (
          map (collector: "--collector.${collector}") cfg.node.enabledCollectors
          ++ map (collector: "--no-collector.${collector}") cfg.node.disabledCollectors
          ++ [ (at cfg.node) ]
          ++ cfg.node.extraFlags
        )
      }";
      RestrictAddressFamilies = [ "AF_NETLINK" ] ++ lib.optional (lib.elem "systemd" cfg.node.enabledCollectors) "AF_UNIX";
      ProtectClock = lib.elem "timex" cfg.node.disabledCollectors;
      ProtectHome = true;
    };
    postgres = {
      DynamicUser = false;
      User = mkIf cfg.postgres.runAsLocalSuperUser (mkForce "postgres");
      EnvironmentFile = mkIf (cfg.postgres.environmentFile != null) [ cfg.postgres.environmentFile ];
      ExecStart = "${pkgs.prometheus-postgres-exporter}/bin/postgres_exporter ${
        flags ([ (at cfg.postgres) "--web.telemetry-path /metrics" ] ++ cfg.postgres.extraFlags)
      }";
      RestrictAddressFamilies = [ "AF_UNIX" ];
    };
    systemd = {
      ExecStart = "${pkgs.prometheus-systemd-exporter}/bin/systemd_exporter ${flags ([ (at cfg.systemd) ] ++ cfg.systemd.extraFlags)}";
      RestrictAddressFamilies = [ "AF_UNIX" ];
    };
  };

  hardening = {
    Restart = mkDefault "always";
    PrivateTmp = mkDefault true;
    WorkingDirectory = mkDefault "/tmp";
    CapabilityBoundingSet = mkDefault [ "" ];
    DeviceAllow = [ "" ];
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = mkDefault true;
    ProtectClock = mkDefault true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectSystem = mkDefault "strict";
    RemoveIPC = true;
    RestrictAddressFamilies = [ "AF_INET" "AF_INET6" ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    UMask = "0077";
  };

  exporter =
    name:
    let
      settings = cfg.${name};
      dynamic = own.${name}.DynamicUser or true;
      named = "${name}-exporter";
    in
    mkIf settings.enable {
      assertions = [
        {
          assertion = settings.firewallFilter == null && settings.firewallRules == null;
          message = "services.prometheus.exporters.${name}: the sandbox host (not NixOS) opens the exporter's port or leaves it shut; firewallFilter and firewallRules are not implemented.";
        }
      ];
      users.users.${named} = mkIf (!dynamic && settings.user == named) {
        description = "Prometheus ${name} exporter service user";
        isSystemUser = true;
        inherit (settings) group;
      };
      users.groups.${named} = mkIf (!dynamic && settings.group == named) { };
      networking.firewall.allowedTCPPorts = lib.optional settings.openFirewall settings.port;
      systemd.services."prometheus-${name}-exporter" = mkMerge [
        {
          wantedBy = [ "multi-user.target" ];
          after = [ "network.target" ];
          environment = lib.optionalAttrs (name == "postgres") { DATA_SOURCE_NAME = settings.dataSourceName; };
          serviceConfig = hardening // {
            DynamicUser = mkDefault dynamic;
            User = mkDefault settings.user;
            Group = settings.group;
          };
        }
        { serviceConfig = own.${name}; }
      ];
    };
in
{
  config = mkMerge (map exporter (lib.attrNames own));
}
