# security.acme: certificates by Debian's lego, under the names, places and permissions of NixOS (since 25.11):
#   acme-<name>.service              makes sure that there is a certificate, self-signed until a real one has come
#   acme-order-renew-<name>.service  orders it and, when it is due, renews it; then reloads who uses it
#   acme-renew-<name>.timer          starts the latter
#   acme-account-<hash>.target       lets one certificate make an account before the others use it
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMap
    escapeShellArgs
    mapAttrs'
    mkIf
    mkOption
    mkOptionDefault
    nameValuePair
    optionals
    types
    ;
  cfg = config.security.acme;
  top = "/var/lib/acme";
  user = if cfg.useRoot then "root" else "acme";
  hash = text: builtins.substring 0 20 (builtins.hashString "sha256" text);

  # Of a certificate; each has its default from `defaults`, unless the certificate says inheritDefaults = false.
  inherited = [
    "credentialFiles" "dnsPropagationCheck" "dnsProvider" "dnsResolver" "email" "enableDebugLogs" "environmentFile"
    "extraLegoFlags" "extraLegoRenewFlags" "extraLegoRunFlags" "group" "keyType" "listenHTTP" "ocspMustStaple" "postRun"
    "profile" "reloadServices" "renewInterval" "renewJitter" "server" "validMinDays" "webroot"
  ];

  hardening = {
    Type = "oneshot";
    User = user;
    CapabilityBoundingSet = [ "" ];
    DevicePolicy = "closed";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateTmp = true;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    ReadWritePaths = [ top "/run/acme" ] ++ lib.filter (root: !lib.hasPrefix "${top}/" root) webroots;
    RemoveIPC = true;
    RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" "AF_NETLINK" ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    StateDirectoryMode = "750";
    SystemCallArchitectures = "native";
    SystemCallFilter = [ "@system-service @resources" "~@privileged" "@chown" ];
    WorkingDirectory = top;
  };

  webroots = lib.unique (lib.filter (root: root != null) (map (cert: cert.webroot) (lib.attrValues cfg.certs)));
  names = cert: [ cert.domain ] ++ cert.extraDomainNames;

  account = cert: hash "${toString cert.server} ${cert.keyType} ${toString cert.email}";

  challenge =
    cert:
    if cert.dnsProvider != null then
      [ "--dns" cert.dnsProvider ]
      ++ optionals (!cert.dnsPropagationCheck) [ "--dns.disable-cp" ]
      ++ optionals (cert.dnsResolver != null) [ "--dns.resolvers" cert.dnsResolver ]
    else if cert.listenHTTP != null then
      [ "--http" "--http.port" cert.listenHTTP ]
    else
      [ "--http" "--http.webroot" cert.webroot ];

  lego =
    cert:
    [ "--accept-tos" ]
    ++ optionals (cert.email != null) [ "--email" cert.email ]
    ++ optionals (cert.server != null) [ "--server" cert.server ]
    ++ [ "--key-type" cert.keyType ]
    ++ challenge cert
    ++ concatMap (name: [ "--domains" name ]) (names cert)
    ++ cert.extraLegoFlags;
  mustStaple = cert: optionals cert.ocspMustStaple [ "--must-staple" ];

  setup = {
    description = "Set up the ACME certificate renewal infrastructure";
    path = [ pkgs.openssl ];
    script = ". ${./acme.sh}\nsetup\n";
    serviceConfig = hardening // {
      RemainAfterExit = true;
      Group = "acme";
      RuntimeDirectory = "acme";
      RuntimeDirectoryMode = "0700";
      StateDirectory = [ "acme" "acme/.lego" "acme/.lego/accounts" "acme/.minica" ];
      StateDirectoryMode = "0755";
      UMask = "0077";
    };
  };

  ensure = name: cert: {
    description = "Ensure certificate for ${name}";
    wantedBy = [ "multi-user.target" ];
    after = [ "acme-setup.service" ];
    before = [ "acme-order-renew-${name}.service" ];
    # Whenever the configuration of the certificate changes, an order follows.
    wants = [ "acme-setup.service" "acme-order-renew-${name}.service" ];
    restartTriggers = [ config.systemd.services."acme-order-renew-${name}".script ];
    path = [ pkgs.openssl ];
    script = ''
      . ${./acme.sh}
      ensure ${escapeShellArgs ([ name cert.group ] ++ names cert)}
    '';
    unitConfig.StartLimitIntervalSec = 0;
    serviceConfig = hardening // {
      Group = cert.group;
      RemainAfterExit = true;
      StateDirectory = "acme/${name}";
      UMask = "0027";
    };
  };

  order = name: cert: {
    description = "Order (and renew) ACME certificate for ${name}";
    after = [
      "network.target"
      "network-online.target"
      "nss-lookup.target"
      "acme-setup.service"
      "acme-${name}.service"
    ];
    wants = [ "network-online.target" "acme-setup.service" "acme-${name}.service" ];
    path = [ pkgs.lego pkgs.diffutils pkgs.openssl pkgs.util-linux ];
    script = ''
      ${lib.optionalString cert.enableDebugLogs "set -x"}
      . ${./acme.sh}
      lego=(${escapeShellArgs (lego cert)})
      run=(${escapeShellArgs (mustStaple cert ++ cert.extraLegoRunFlags)})
      renew=(${escapeShellArgs (mustStaple cert ++ cert.extraLegoRenewFlags)})
      order ${escapeShellArgs (
        [ name cert.group (account cert) (toString cert.validMinDays) (toString cfg.maxConcurrentRenewals) ] ++ names cert
      )}
    '';
    serviceConfig =
      hardening
      // {
        Group = cert.group;
        UMask = "0022";
        StateDirectory = [
          "acme/${name}"
          "acme/.lego/${name}"
          "acme/.lego/accounts/${account cert}"
        ];
        LoadCredential = lib.mapAttrsToList (variable: file: "${variable}:${file}") cert.credentialFiles;
        Environment = lib.mapAttrsToList (variable: _: ''"${variable}=%d/${variable}"'') cert.credentialFiles;
        EnvironmentFile = mkIf (cert.environmentFile != null) cert.environmentFile;
        # As root: it is told to systemd who has to look at the new files.
        ExecStartPost =
          "+"
          + pkgs.writeShellScript "acme-postrun" ''
            cd ${lib.escapeShellArg "${top}/${name}"}
            [ -e renewed ] || exit 0
            rm renewed
            ${cert.postRun}
            ${lib.optionalString (cert.reloadServices != [ ])
              "systemctl --no-block try-reload-or-restart ${escapeShellArgs cert.reloadServices}"
            }
          '';
        RestartSec = 15 * 60;
      }
      // lib.optionalAttrs (cert.listenHTTP != null && lib.toInt (lib.last (lib.splitString ":" cert.listenHTTP)) < 1024) {
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
      };
  };

  timer = name: cert: {
    description = "Renew ACME Certificate for ${name}";
    wantedBy = [ "timers.target" ];
    timerConfig = {
      Unit = "acme-order-renew-${name}.service";
      OnCalendar = cert.renewInterval;
      RandomizedDelaySec = cert.renewJitter;
      FixedRandomDelay = true;
      AccuracySec = "${toString (24 * 60 * 60 / lib.length (lib.attrNames cfg.certs))}s";
      Persistent = "yes";
    };
    # A switch is no reason to renew.
    unitConfig.X-OnlyManualStart = true;
  };

  # The first certificate of an account makes it; the others wait, and fail when that one fails.
  accountTarget =
    group:
    let
      byDns = lib.filter (name: cfg.certs.${name}.dnsProvider != null) group;
      leader = lib.head (byDns ++ group);
      unitOf = name: "acme-order-renew-${name}.service";
      others = map unitOf (lib.remove leader group);
    in
    {
      requires = [ (unitOf leader) ];
      after = [ (unitOf leader) ];
      requiredBy = others;
      before = others;
      unitConfig.RefuseManualStart = true;
    };

  eachCert = prefix: make: mapAttrs' (name: cert: nameValuePair "${prefix}${name}" (make name cert)) cfg.certs;
in
{
  options.security.acme.certs = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, config, ... }:
        {
          config =
            {
              directory = mkOptionDefault "${top}/${name}";
              domain = mkOptionDefault name;
            }
            // lib.genAttrs inherited (
              option: mkIf config.inheritDefaults (mkOptionDefault cfg.defaults.${option})
            );
        }
      )
    );
  };

  config = mkIf (cfg.certs != { }) {
    assertions =
      [
        {
          assertion = cfg.acceptTerms;
          message = "You must accept the CA's terms of service before using\nthe ACME module by setting `security.acme.acceptTerms`\nto `true`. For Let's Encrypt's ToS see https://letsencrypt.org/repository/";
        }
      ]
      ++ concatMap (
        name:
        let
          cert = cfg.certs.${name};
          ways = lib.filter (way: way != null) [ cert.dnsProvider cert.webroot cert.listenHTTP ];
        in
        [
          {
            assertion = !lib.hasInfix "*" name;
            message = "The cert option path `security.acme.certs.${name}.dnsProvider`\ncannot contain a * character.\nInstead, set `security.acme.certs.${name}.domain = \"${name}\";`\nand remove the wildcard from the path.";
          }
          {
            assertion = lib.length ways == 1;
            message = "Exactly one of the options\n`security.acme.certs.${name}.dnsProvider`,\n`security.acme.certs.${name}.webroot`,\n`security.acme.certs.${name}.listenHTTP` and\n`security.acme.certs.${name}.s3Bucket`\nis required.";
          }
          {
            assertion = lib.all (variable: lib.hasSuffix "_FILE" variable || lib.hasSuffix "_PATH" variable) (lib.attrNames cert.credentialFiles);
            message = "Option `security.acme.certs.${name}.credentialFiles` can only be\nused for variables suffixed by \"_FILE\" or \"_PATH\".";
          }
          {
            assertion = cert.csr == null && cert.csrKey == null && cert.s3Bucket == null && cert.profile == null;
            message = "security.acme.certs.${name}: csr, csrKey, s3Bucket and profile are not implemented on the sandbox host (not NixOS).";
          }
        ]
      ) (lib.attrNames cfg.certs);

    users.users.acme = {
      isSystemUser = true;
      group = "acme";
      home = top;
      homeMode = "755";
    };
    users.groups.acme = { };

    systemd.services = { acme-setup = setup; } // eachCert "acme-" ensure // eachCert "acme-order-renew-" order;
    systemd.timers = eachCert "acme-renew-" timer;
    systemd.targets = mapAttrs' (hash: group: nameValuePair "acme-account-${hash}" (accountTarget group)) (
      builtins.groupBy (name: account cfg.certs.${name}) (lib.attrNames cfg.certs)
    );
    systemd.tmpfiles.settings."10-acme" = lib.genAttrs (concatMap (root: [ root "${root}/.well-known" "${root}/.well-known/acme-challenge" ]) webroots) (_: {
      d = {
        inherit user;
        group = "acme";
        mode = "0755";
      };
    });
  };
}
