# `services.croft`: the console, on the box that it looks after.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  croftTypes = import ./types.nix { inherit lib; };
  inherit (import ../lib) unit;
  cfg = config.services.croft;
  account = "croft-console";
  data = "/var/lib/croft-console";
  keys = "/var/lib/croft-console-keys";
  nginx = config.services.nginx;
  # Both are there under this name after an update, too.
  relay = "/run/current-system/sw/bin/croft-host";
  withChannel = config.services.croft-host.enable;

  java = [
    "${cfg.jdk}/bin/java"
    # A console is idle nearly always and shares its machine: the simple collector, and a heap that starts small and gives back
    # what it does not need.
    "-Xms24m"
    "-Xmx${cfg.heapMax}"
    "-XX:MinHeapFreeRatio=10"
    "-XX:MaxHeapFreeRatio=20"
    "-XX:+UseSerialGC"
    "-XX:TieredStopAtLevel=1"
    "-Xss512k"
    "--enable-native-access=ALL-UNNAMED"
    "--sun-misc-unsafe-memory-access=allow"
    "-jar"
    "croft.jar"
  ];
in
{
  options.services.croft = {
    enable = lib.mkEnableOption "the Croft console";

    package = mkOption {
      type = types.either types.package (types.strMatching "/[^[:cntrl:]%]*");
      example = "/opt/croft";
      description = "The console as `./croft up` unpacks it: a directory with `croft.jar` and `lib/`.";
    };

    jdk = mkOption {
      type = types.either types.package (types.strMatching "/[^[:cntrl:]%]*");
      default = pkgs.jdk25_headless;
      defaultText = lib.literalExpression "pkgs.jdk25_headless";
      description = "The Java that runs it, 25 or newer.";
    };

    address = mkOption {
      type = types.strMatching "[0-9a-fA-F.:]{2,45}";
      default = "127.0.0.1";
      description = "Where it listens. Others than the loopback's address show it without TLS; name a domain instead.";
    };

    port = mkOption {
      type = types.ints.between 1024 65535;
      default = 8080;
      description = "The port where it listens.";
    };

    domain = mkOption {
      type = types.nullOr croftTypes.plainDomain;
      default = null;
      example = "croft.attic.example";
      description = "The name under which people reach it, through the box's web server. Without one, by an SSH tunnel to its port.";
    };

    tls = mkOption {
      type = types.enum [
        "none"
        "acme"
        "internal"
        "self-signed"
        "uploaded"
      ];
      default = "self-signed";
      description = "Where the certificate of the domain comes from, as with apps.";
    };

    heapMax = mkOption {
      type = croftTypes.memory;
      default = "512M";
      description = "The largest heap of the Java machine.";
    };

    memoryMax = mkOption {
      type = croftTypes.memory;
      default = "1G";
      description = "Memory beyond which the console is killed and started again: heap, code and threads.";
    };

    settings = mkOption {
      type = types.attrsOf (types.strMatching "[^[:cntrl:]]*");
      default = { };
      example = {
        SPRING_DATASOURCE_URL = "jdbc:postgresql:///croft";
      };
      description = "More properties of the console, as environment variables. No secrets: everybody on the box can read them.";
    };
  };

  options.croft.consoleSite = mkOption {
    type = types.unspecified;
    internal = true;
    default = null;
    description = "What ingress.nix and certificates.nix make of the domain, in the words of an app; null without one.";
  };

  config = lib.mkIf cfg.enable {
    users.users.${account} = {
      isSystemUser = true;
      group = account;
      home = data;
      description = "Croft console";
    };
    users.groups.${account} = { };

    croft.consoleSite = lib.mkIf (cfg.domain != null) {
      domains = [ cfg.domain ];
      run.port = cfg.port;
      web = {
        inherit (cfg) tls;
        maxBody = "16M";
        redirects = { };
        redirectToHttps = true;
      };
      # Its own headers in the place of nginx's usual ones: the console believes the first only of who knows the secret in that
      # file, and the address has to be the one that nginx itself saw.
      proxyConfig = ''
        include ${keys}/proxy/header.conf;
        proxy_set_header X-Croft-Connection-Age $connection_time;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Port $server_port;
        proxy_set_header Forwarded "";
        proxy_set_header Host $host;
        # What is pushed to the page must not wait for more.
        proxy_buffering off;
      '';
    };

    assertions = [
      {
        assertion = cfg.domain == null || cfg.tls != "acme" || config.croft.host.acme != null;
        message = "services.croft.tls: the certificate comes by ACME, and an authority wants to know whom to write to. Set host.acme.email in state.json, or another tls.";
      }
      {
        assertion = !lib.any (
          app: lib.elem cfg.domain (app.domains ++ lib.attrNames app.web.redirects)
        ) (lib.attrValues config.croft.apps);
        message = "services.croft.domain: ${toString cfg.domain} is a domain of an app. Choose another for one of the two.";
      }
    ];

    services.openssh.authorizedKeysFiles = lib.mkIf withChannel [ "${keys}/authorized/%u" ];

    systemd.services.croft-console-keys = {
      description = "Croft: keys of the console on this box";
      before = [
        "nginx.service"
        "nginx-config-reload.service"
      ];
      wantedBy = [ "multi-user.target" ];
      path = [
        pkgs.coreutils
        pkgs.openssh
        pkgs.openssl
      ];
      script = builtins.readFile ./console-keys.sh;
      scriptArgs = lib.concatStringsSep " " [
        account
        data
        (if withChannel then relay else "none")
        (if cfg.domain != null then nginx.group else "none")
      ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        StateDirectory = baseNameOf keys;
        StateDirectoryMode = "0755";
        ReadWritePaths = "/var/lib";
        CapabilityBoundingSet = [
          "CAP_CHOWN"
          "CAP_DAC_OVERRIDE"
          "CAP_FOWNER"
        ];
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateNetwork = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        RestrictAddressFamilies = "AF_UNIX";
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };

    systemd.services.croft-console = {
      description = "Croft console";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      requires = [ "croft-console-keys.service" ];
      after = [
        "network-online.target"
        "croft-console-keys.service"
        "sshd.service"
      ];
      environment = lib.mapAttrs (_: unit.environmentValue) (
        {
          # As `./croft` lays it out, so that a backup of either fits the other.
          CROFT_DATA = "${data}/console";
          CROFT_PORT = toString cfg.port;
          SERVER_ADDRESS = cfg.address;
          HOME = data;
        }
        # The box that the first page offers is this one, over its own SSH server: one channel for all boxes.
        // lib.optionalAttrs withChannel {
          CROFT_HOST_NAME = config.networking.hostName;
          CROFT_HOST_ADDRESS = "127.0.0.1";
          CROFT_HOST_PORT = toString (lib.head config.services.openssh.ports);
        }
        // cfg.settings
      );
      serviceConfig = {
        ExecStart = unit.commandLine java;
        WorkingDirectory = "${cfg.package}";
        User = account;
        Group = account;
        StateDirectory = baseNameOf data;
        StateDirectoryMode = "0700";
        UMask = "0077";
        LoadCredential = lib.optional (cfg.domain != null) "proxy-secret:${keys}/proxy-secret";
        Environment = lib.optional (cfg.domain != null) "CROFT_ACCESS_PROXYSECRETFILE=%d/proxy-secret";
        Restart = "on-failure";
        RestartSec = 2;
        # The Java machine's answer to SIGTERM.
        SuccessExitStatus = 143;
        TimeoutStopSec = 30;
        MemoryMax = cfg.memoryMax;
        # The kernel ends the console before what it looks after.
        OOMScoreAdjust = 200;
        LimitCORE = 0;

        AmbientCapabilities = "";
        CapabilityBoundingSet = "";
        LockPersonality = true;
        # MemoryDenyWriteExecute would forbid what a just-in-time compiler does.
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
          "AF_NETLINK"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
      };
    };
  };
}
