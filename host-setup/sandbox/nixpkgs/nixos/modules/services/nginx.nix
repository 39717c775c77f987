# services.nginx: Debian's nginx under NixOS's unit and user. Plain HTTP; options that ask for TLS are refused.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    concatStrings
    mapAttrsToList
    mkDefault
    mkIf
    mkOption
    mkOptionDefault
    optionalString
    types
    ;
  cfg = config.services.nginx;

  proxyHeaders = ''
    proxy_set_header        Host $host;
    proxy_set_header        X-Real-IP $remote_addr;
    proxy_set_header        X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header        X-Forwarded-Proto $scheme;
    proxy_set_header        X-Forwarded-Host $host;
    proxy_set_header        X-Forwarded-Server $hostname;
  '';
  line = name: value: optionalString (value != null) "${name} ${toString value};\n";

  location =
    path: l:
    "location ${path} {\n"
    + optionalString (l.proxyPass != null) "proxy_pass ${l.proxyPass};\n"
    + optionalString l.proxyWebsockets ''
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    ''
    + line "index" l.index
    + line "try_files" l.tryFiles
    + line "root" l.root
    + line "alias" l.alias
    + line "return" l.return
    + concatStrings (mapAttrsToList (name: value: "fastcgi_param ${name} \"${toString value}\";\n") l.fastcgiParams)
    + line "auth_basic_user_file" l.basicAuthFile
    + l.extraConfig
    + optionalString (l.proxyPass != null && l.recommendedProxySettings) proxyHeaders
    + "}\n";
  locations =
    set: concatStrings (map (path: location path set.${path}) (lib.sortOn (path: set.${path}.priority) (lib.attrNames set)));

  listenLines =
    host:
    let
      addresses = if host.listenAddresses != [ ] then host.listenAddresses else cfg.defaultListenAddresses;
      declared =
        if host.listen != [ ] then
          host.listen
        else if cfg.defaultListen != [ ] then
          cfg.defaultListen
        else
          map (addr: { inherit addr; port = null; proxyProtocol = false; }) addresses;
      port = l: if l.port or null == null then cfg.defaultHTTPListenPort else l.port;
      flags = l: optionalString host.default " default_server" + optionalString (l.proxyProtocol or false) " proxy_protocol";
    in
    concatMapStrings (
      l: "listen ${l.addr}${optionalString (!lib.hasPrefix "unix:" l.addr) ":${toString (port l)}"}${flags l};\n"
    ) declared;

  virtualHost =
    host:
    "server {\n"
    + listenLines host
    + "server_name ${toString ([ host.serverName ] ++ host.serverAliases)};\n"
    + line "root" host.root
    + optionalString (host.globalRedirect != null) ''
      location / { return ${toString host.redirectCode} $scheme://${host.globalRedirect}$request_uri; }
    ''
    + line "auth_basic_user_file" host.basicAuthFile
    + locations host.locations
    + host.extraConfig
    + "\n}\n";

  upstream =
    name: u:
    let
      parameter = name: value: if value == true then " ${name}" else optionalString (value != false) " ${name}=${toString value}";
      parameters = server: concatStrings (mapAttrsToList parameter server);
    in
    "upstream ${name} {\n"
    + concatStrings (mapAttrsToList (server: options: "server ${server}${parameters options};\n") u.servers)
    + u.extraConfig
    + "}\n";

  resolver =
    let
      valid = optionalString (cfg.resolver.valid != "") " valid=${cfg.resolver.valid}";
    in
    optionalString (cfg.resolver.addresses != [ ]) "resolver ${toString cfg.resolver.addresses}${valid};\n";

  recommended =
    optionalString cfg.recommendedOptimisation ''
      sendfile on;
      tcp_nopush on;
      tcp_nodelay on;
      keepalive_timeout 65;
    ''
    + optionalString cfg.recommendedGzipSettings ''
      gzip on;
      gzip_static on;
      gzip_vary on;
      gzip_comp_level 5;
      gzip_min_length 256;
      gzip_proxied expired no-cache no-store private auth;
      gzip_types application/javascript application/json application/xml image/svg+xml text/css text/plain text/xml;
    ''
    + optionalString cfg.recommendedProxySettings (
      ''
        proxy_redirect          off;
        proxy_connect_timeout   ${cfg.proxyTimeout};
        proxy_send_timeout      ${cfg.proxyTimeout};
        proxy_read_timeout      ${cfg.proxyTimeout};
        proxy_http_version      1.1;
        # don't let clients close the keep-alive connection to upstream.
        proxy_set_header        "Connection" "";
      ''
      + proxyHeaders
    );

  http = ''
    http {
      include /etc/nginx/mime.types;
      default_type application/octet-stream;
      # Debian's defaults for these belong to another user
      client_body_temp_path /var/cache/nginx/client_body;
      proxy_temp_path /var/cache/nginx/proxy;
      fastcgi_temp_path /var/cache/nginx/fastcgi;
      uwsgi_temp_path /var/cache/nginx/uwsgi;
      scgi_temp_path /var/cache/nginx/scgi;
      types_hash_max_size ${toString cfg.typesHashMaxSize};
      ${line "server_names_hash_bucket_size" cfg.serverNamesHashBucketSize}${line "server_names_hash_max_size" cfg.serverNamesHashMaxSize}
      ${resolver}
      ${concatStrings (mapAttrsToList upstream cfg.upstreams)}
      ${recommended}
      # $connection_upgrade is used for websocket proxying
      map $http_upgrade $connection_upgrade {
        default upgrade;
        ""      close;
      }
      client_max_body_size ${cfg.clientMaxBodySize};
      server_tokens ${if cfg.serverTokens then "on" else "off"};
      ${cfg.commonHttpConfig}
      ${optionalString cfg.statusPage ''
        server {
          listen 80;
          listen [::]:80;
          server_name localhost;
          location /nginx_status { stub_status on; access_log off; allow 127.0.0.1; allow ::1; deny all; }
        }
      ''}
      ${concatStrings (mapAttrsToList (_: virtualHost) cfg.virtualHosts)}
      ${cfg.appendHttpConfig}
    }
  '';

  configFile = pkgs.writeText "nginx.conf" ''
    pid /run/nginx/nginx.pid;
    error_log ${cfg.logError};
    daemon off;
    ${cfg.prependConfig}
    events {
      ${cfg.eventsConfig}
    }
    ${http}
    ${cfg.appendConfig}
  '';

  # With enableReload the path stays and the content changes, so that the unit stays the same and is reloaded.
  configPath = if cfg.enableReload then "/etc/nginx/nginx.conf" else configFile;
  # "-e stderr": Debian's nginx would open a log file of its own before it reads the configuration.
  command = "${lib.getExe cfg.package} -e stderr -c '${configPath}'";

  wantsTls = host: host.enableACME || host.forceSSL || host.addSSL || host.onlySSL || host.useACMEHost != null;
  tlsHosts = lib.filterAttrs (_: wantsTls) cfg.virtualHosts;
  withPasswords = lib.filterAttrs (_: host: host.basicAuth != { }) cfg.virtualHosts;
in
{
  options.services.nginx.virtualHosts = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options.locations = mkOption {
            type = types.attrsOf (
              types.submodule {
                config.recommendedProxySettings = mkOptionDefault cfg.recommendedProxySettings;
              }
            );
          };
          # a name nobody gave is the attribute's
          options.serverName = mkOption { apply = v: if v == null then name else v; };
        }
      )
    );
  };

  config = lib.mkMerge [
    {
      services.nginx = {
        defaultListenAddresses = mkOptionDefault ([ "0.0.0.0" ] ++ lib.optional config.networking.enableIPv6 "[::0]");
        typesHashMaxSize = mkOptionDefault 2688;
      };
    }
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = tlsHosts == { };
          message = "services.nginx.virtualHosts.${lib.concatStringsSep ", " (lib.attrNames tlsHosts)}: the sandbox host (not NixOS) serves plain HTTP only; it has no certificates.";
        }
        {
          assertion = withPasswords == { };
          message = "services.nginx.virtualHosts.${lib.concatStringsSep ", " (lib.attrNames withPasswords)}.basicAuth would put passwords into the store; use basicAuthFile.";
        }
        {
          assertion =
            cfg.config == ""
            && cfg.httpConfig == ""
            && cfg.streamConfig == ""
            && cfg.additionalModules == [ ]
            && cfg.proxyCachePath == { };
          message = "services.nginx: config, httpConfig, streamConfig, additionalModules and proxyCachePath are not implemented on the sandbox host (not NixOS).";
        }
      ];

      users.users.nginx = mkIf (cfg.user == "nginx") {
        group = cfg.group;
        isSystemUser = true;
      };
      users.groups.nginx = mkIf (cfg.group == "nginx") { };

      environment.etc."nginx/nginx.conf".source = configFile;

      systemd.services.nginx = {
        description = "Nginx Web Server";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        stopIfChanged = false;
        preStart = ''
          ${cfg.preStart}
          ${command} -t
        '';
        startLimitIntervalSec = 60;
        serviceConfig = {
          ExecStart = command;
          ExecReload = [
            "${command} -t"
            "/bin/kill -HUP $MAINPID"
          ];
          Restart = "always";
          RestartSec = "10s";
          User = cfg.user;
          Group = cfg.group;
          RuntimeDirectory = "nginx";
          RuntimeDirectoryMode = "0750";
          CacheDirectory = "nginx";
          CacheDirectoryMode = "0750";
          LogsDirectory = "nginx";
          LogsDirectoryMode = "0750";
          ProcSubset = "pid";
          ProtectProc = "invisible";
          UMask = "0027";
          AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" "CAP_SYS_RESOURCE" ];
          CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" "CAP_SYS_RESOURCE" ];
          NoNewPrivileges = true;
          ProtectSystem = "strict";
          ProtectHome = mkDefault true;
          PrivateTmp = true;
          PrivateDevices = true;
          ProtectHostname = true;
          ProtectClock = true;
          ProtectKernelTunables = true;
          ProtectKernelModules = true;
          ProtectKernelLogs = true;
          ProtectControlGroups = true;
          RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" ];
          RestrictNamespaces = true;
          LockPersonality = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          RemoveIPC = true;
          PrivateMounts = true;
          SystemCallArchitectures = "native";
        };
      };

      # Started at every switch that changed the configuration, to tell a running nginx about it.
      systemd.services.nginx-config-reload = mkIf cfg.enableReload {
        description = "Reload nginx when its configuration changed";
        wants = [ "nginx.service" ];
        wantedBy = [ "multi-user.target" ];
        after = [ "nginx.service" ];
        restartTriggers = [ configFile ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          TimeoutSec = 60;
          ExecCondition = "/run/current-system/systemd/bin/systemctl -q is-active nginx.service";
          ExecStart = "/run/current-system/systemd/bin/systemctl reload nginx.service";
        };
      };
    })
  ];
}
