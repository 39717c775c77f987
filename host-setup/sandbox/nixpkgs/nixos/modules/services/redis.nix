# services.redis.servers: Debian's redis-server, a unit for each, under NixOS's names.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkMerge mkOption mkOptionDefault types;
  cfg = config.services.redis;
  enabled = lib.filterAttrs (_: server: server.enable) cfg.servers;
  unitOf = name: "redis" + lib.optionalString (name != "") "-${name}";

  showValue =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else
      toString value;
  configFile =
    settings:
    pkgs.writeText "redis.conf" (
      lib.concatStrings (
        lib.mapAttrsToList (name: value: lib.concatMapStrings (v: "${name} ${showValue v}\n") (lib.toList value)) settings
      )
    );

  serverModule =
    { name, config, ... }:
    {
      config = {
        user = mkOptionDefault (unitOf name);
        group = mkOptionDefault config.user;
        port = mkOptionDefault (if name == "" then 6379 else 0);
        unixSocket = mkOptionDefault "/run/${unitOf name}/redis.sock";
        settings = mkMerge [
          {
            inherit (config) port logfile databases maxclients appendOnly;
            daemonize = false;
            supervised = "systemd";
            loglevel = config.logLevel;
            syslog-enabled = config.syslog;
            # no schedule at all is written as an empty string
            save =
              if config.save == [ ] then ''""'' else map (pair: "${toString (lib.head pair)} ${toString (lib.last pair)}") config.save;
            dbfilename = "dump.rdb";
            dir = "/var/lib/${unitOf name}";
            appendfsync = config.appendFsync;
            slowlog-log-slower-than = config.slowLogLogSlowerThan;
            slowlog-max-len = config.slowLogMaxLen;
          }
          (mkIf (config.bind != null) { inherit (config) bind; })
          (mkIf (config.unixSocket != null) {
            unixsocket = config.unixSocket;
            unixsocketperm = toString config.unixSocketPerm;
          })
          (mkIf (config.slaveOf != null) { slaveof = "${config.slaveOf.ip} ${toString config.slaveOf.port}"; })
          (mkIf (config.requirePass != null) { requirepass = config.requirePass; })
          (mkIf (config.masterAuth != null) { masterauth = config.masterAuth; })
        ];
      };
    };

  unsupported = lib.filterAttrs (
    _: server: server.masterAuthFile != null || server.sentinelMasterHost != null || server.sentinelAuthPassFile != null
  ) enabled;

  service =
    name: server:
    let
      unit = unitOf name;
      own = "/var/lib/${unit}/redis.conf";
      run = "/run/${unit}/nixos.conf";
      # The server may write to its own file (CONFIG REWRITE); what the configuration says comes by an include.
      prepare = pkgs.writeShellScript "${unit}-prep-conf" ''
        touch "${own}" "${run}"
        chown '${server.user}':'${server.group}' "${own}" "${run}"
        chmod 0600 "${own}" "${run}"
        if [ ! -s ${own} ]; then
          echo 'include "${run}"' > "${own}"
        fi
        echo 'include "${configFile server.settings}"' > "${run}"
        ${lib.optionalString (server.requirePassFile != null) ''
          { echo -n "requirepass "; cat ${lib.escapeShellArg server.requirePassFile}; } >> "${run}"
        ''}
      '';
    in
    lib.nameValuePair unit {
      description = "Redis Server - ${unit}";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/redis-server ${own} ${lib.escapeShellArgs server.extraParams}";
        ExecStartPre = "+${prepare}";
        User = server.user;
        Group = server.group;
        RuntimeDirectory = unit;
        RuntimeDirectoryMode = "0750";
        StateDirectory = unit;
        StateDirectoryMode = "0700";
        UMask = "0077";
        LimitNOFILE = lib.mkDefault (toString (server.maxclients + 32));

        CapabilityBoundingSet = "";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = "~@cpu-emulation @debug @keyring @memlock @mount @obsolete @privileged @resources @setuid";
      };
    };
in
{
  options.services.redis.servers = mkOption { type = types.attrsOf (types.submodule serverModule); };

  config = mkIf (enabled != { }) {
    assertions = [
      {
        assertion = unsupported == { };
        message = "services.redis.servers.${lib.concatStringsSep ", " (lib.attrNames unsupported)}: masterAuthFile and sentinels are not implemented on the sandbox host (not NixOS).";
      }
    ];

    boot.kernel.sysctl."vm.overcommit_memory" = mkIf cfg.vmOverCommit "1";
    networking.firewall.allowedTCPPorts = lib.concatMap (
      server: lib.optional server.openFirewall server.port
    ) (lib.attrValues enabled);
    environment.systemPackages = [ cfg.package ];

    users.users = lib.mapAttrs' (
      name: server:
      lib.nameValuePair server.user {
        description = "System user for the redis-server instance ${name}";
        isSystemUser = true;
        inherit (server) group;
      }
    ) (lib.filterAttrs (name: server: server.user == unitOf name) enabled);
    users.groups = lib.mapAttrs' (
      _: server: lib.nameValuePair server.group { }
    ) (lib.filterAttrs (name: server: server.group == unitOf name) enabled);

    systemd.services = lib.mapAttrs' service enabled;
  };
}
