# services.nginx: Debian's nginx under NixOS's unit and user.
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

  hasTls = host: host.onlySSL || host.addSSL || host.forceSSL;
  usesAcme = host: host.enableACME || host.useACMEHost != null;
  certName = host: if host.useACMEHost != null then host.useACMEHost else host.serverName;
  acmeHosts = lib.filter usesAcme (lib.attrValues cfg.virtualHosts);
  certNames = lib.unique (map certName acmeHosts);
  directory = host: config.security.acme.certs.${certName host}.directory;
  # file → where it is; read only where there is TLS, for sslCertificate has no default
  tlsFiles =
    host:
    if usesAcme host then
      {
        certificate = "${directory host}/fullchain.pem";
        key = "${directory host}/key.pem";
        trusted = if host.sslTrustedCertificate != null then host.sslTrustedCertificate else "${directory host}/chain.pem";
      }
    else
      {
        certificate = host.sslCertificate;
        key = host.sslCertificateKey;
        trusted = host.sslTrustedCertificate;
      };

  # Where a virtual host listens, as { addr, port, ssl }. A line that does not say whether it is for TLS stands for both.
  listens =
    host:
    let
      addresses = if host.listenAddresses != [ ] then host.listenAddresses else cfg.defaultListenAddresses;
      lines = if cfg.defaultListen != [ ] then cfg.defaultListen else map (addr: { inherit addr; }) addresses;
      said = line: lib.filterAttrs (_: value: value != null) line;
      expand = ssl: port: map (line: { inherit port ssl; } // line) (lib.filter (line: line.ssl or ssl == ssl) (map said lines));
    in
    if host.listen != [ ] then
      map (line: { ssl = false; port = cfg.defaultHTTPListenPort; } // said line) host.listen
    else
      lib.optionals (hasTls host || host.rejectSSL) (expand true cfg.defaultSSLListenPort)
      ++ lib.optionals (!host.onlySSL) (expand false cfg.defaultHTTPListenPort);
  listenLine =
    host: l:
    "listen ${l.addr}${optionalString (!lib.hasPrefix "unix:" l.addr) ":${toString l.port}"}"
    + optionalString l.ssl " ssl"
    + optionalString host.default " default_server"
    + optionalString host.reuseport " reuseport"
    + optionalString (l.proxyProtocol or false) " proxy_protocol"
    + ";\n";
  listenLines = host: wanted: concatMapStrings (listenLine host) (lib.filter wanted (listens host));
  serverNames = host: "server_name ${toString ([ host.serverName ] ++ host.serverAliases)};\n";

  # The answers to an ACME server go before everything else a virtual host says about paths.
  acmeLocation =
    host:
    optionalString (usesAcme host && config.security.acme.certs.${certName host}.dnsProvider == null) ''
      location ^~ /.well-known/acme-challenge/ {
      ${optionalString (host.acmeFallbackHost != null) "try_files $uri @acme-fallback;"}
      ${line "root" host.acmeRoot}auth_basic off;
      auth_request off;
      }
      ${optionalString (host.acmeFallbackHost != null) ''
        location @acme-fallback {
        auth_basic off;
        auth_request off;
        proxy_pass http://${host.acmeFallbackHost};
        proxy_set_header Host $host;
        }
      ''}
    '';

  virtualHost =
    host:
    optionalString host.forceSSL (
      "server {\n"
      + listenLines host (l: !l.ssl)
      + serverNames host
      + "location / { return ${toString host.redirectCode} https://$host$request_uri; }\n"
      + acmeLocation host
      + "}\n"
    )
    + "server {\n"
    + listenLines host (l: l.ssl || !host.forceSSL)
    + serverNames host
    + optionalString (hasTls host) (
      optionalString host.http2 "http2 on;\n"
      + line "ssl_certificate" (tlsFiles host).certificate
      + line "ssl_certificate_key" (tlsFiles host).key
      + line "ssl_trusted_certificate" (tlsFiles host).trusted
      + optionalString host.kTLS "ssl_conf_command Options KTLS;\n"
    )
    + optionalString host.rejectSSL "ssl_reject_handshake on;\n"
    + line "auth_basic_user_file" host.basicAuthFile
    + line "root" host.root
    + optionalString (host.globalRedirect != null) ''
      location / { return ${toString host.redirectCode} http${optionalString (hasTls host) "s"}://${host.globalRedirect}$request_uri; }
    ''
    + acmeLocation host
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
    + optionalString cfg.recommendedTlsSettings ''
      ssl_session_timeout 1d;
      ssl_session_cache shared:SSL:10m;
      # Breaks forward secrecy: https://github.com/mozilla/server-side-tls/issues/135
      ssl_session_tickets off;
      ssl_prefer_server_ciphers off;
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
      ssl_protocols ${cfg.sslProtocols};
      ${line "ssl_ciphers" (if lib.isList cfg.sslCiphers then lib.concatStringsSep ":" cfg.sslCiphers else cfg.sslCiphers)}
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

  onTls = host: lib.count (asked: asked) [ host.addSSL host.onlySSL host.forceSSL host.rejectSSL ];
  withQuic = lib.filterAttrs (_: host: host.quic) cfg.virtualHosts;
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
          assertion = lib.all (host: onTls host <= 1) (lib.attrValues cfg.virtualHosts);
          message = "Options services.nginx.service.virtualHosts.<name>.addSSL,\nservices.nginx.virtualHosts.<name>.onlySSL,\nservices.nginx.virtualHosts.<name>.forceSSL and\nservices.nginx.virtualHosts.<name>.rejectSSL are mutually exclusive.";
        }
        {
          assertion = lib.all (host: !(host.enableACME && host.useACMEHost != null)) (lib.attrValues cfg.virtualHosts);
          message = "Options services.nginx.service.virtualHosts.<name>.enableACME and\nservices.nginx.virtualHosts.<name>.useACMEHost are mutually exclusive.";
        }
        {
          assertion = withQuic == { };
          message = "services.nginx.virtualHosts.${lib.concatStringsSep ", " (lib.attrNames withQuic)}.quic: Debian's nginx on the sandbox host (not NixOS) has no HTTP/3.";
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

      # An own certificate is ordered and reloaded; one of somebody else's is only reloaded.
      security.acme.certs = lib.mkMerge (
        map (host: {
          ${certName host} = {
            reloadServices = [ "nginx.service" ];
          }
          // lib.optionalAttrs host.enableACME {
            group = mkDefault cfg.group;
            extraDomainNames = host.serverAliases;
            # With acmeRoot = null the certificate's own defaults decide.
            webroot = lib.mkOverride (if host.acmeRoot != null then 1000 else 2000) host.acmeRoot;
            dnsProvider = lib.mkOverride (if host.acmeRoot != null then 1000 else 2000) null;
          };
        }) acmeHosts
      );

      systemd.services.nginx = {
        description = "Nginx Web Server";
        wantedBy = [ "multi-user.target" ];
        # There is some certificate when it starts, and it answers the challenges when a real one is ordered. With enableReload
        # the certificates' units say so themselves: a new name must be no reason to restart nginx.
        after = [ "network.target" ] ++ lib.optionals (!cfg.enableReload) (map (name: "acme-${name}.service") certNames);
        wants = lib.optionals (!cfg.enableReload) (map (name: "acme-${name}.service") certNames);
        before = lib.optionals (!cfg.enableReload) (map (name: "acme-order-renew-${name}.service") certNames);
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
      systemd.services.nginx-config-reload = mkIf (cfg.enableReload || certNames != [ ]) {
        description = "Reload nginx when its configuration changed";
        wants = lib.optionals cfg.enableReload [ "nginx.service" ];
        wantedBy = [ "multi-user.target" ] ++ lib.optionals cfg.enableReload (map (name: "acme-${name}.service") certNames);
        after = [ "nginx.service" ] ++ lib.optionals cfg.enableReload (map (name: "acme-${name}.service") certNames);
        # A challenge is answered by the new configuration.
        before = lib.optionals cfg.enableReload (map (name: "acme-order-renew-${name}.service") certNames);
        restartTriggers = lib.optionals cfg.enableReload [ configFile ];
        unitConfig = {
          ConditionPathExists = map (name: "${config.security.acme.certs.${name}.directory}/fullchain.pem") certNames;
          StartLimitIntervalSec = 0;
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          TimeoutSec = 60;
          ExecCondition = "/run/current-system/systemd/bin/systemctl -q is-active nginx.service";
          ExecStart = "/run/current-system/systemd/bin/systemctl reload nginx.service";
        };
      };
    })
    (mkIf (cfg.enable && cfg.enableReload) {
      systemd.services = lib.listToAttrs (
        map (
          name:
          lib.nameValuePair "acme-${name}" {
            before = [ "nginx.service" ];
            wantedBy = [ "nginx.service" ];
          }
        ) certNames
      );
    })
  ];
}
