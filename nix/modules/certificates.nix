# Certificates of the apps' domains and of the mail server, one for each name: a name that cannot be proved then costs no other its certificate. They
# are called after the name (`names.certificate`).
#
# An order that fails is no failed change. Until a certificate has come, nginx serves a self-signed one; the order says in its
# unit's log what is wrong and is tried again by its timer.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.croft) apps host certificates;
  inherit (import ../lib) names secrets unit;

  ofApp =
    app:
    let
      wish = apps.${app};
    in
    map (domain: lib.nameValuePair (names.certificate domain) {
      inherit app domain;
      kind = wish.web.tls;
    }) (wish.domains ++ lib.attrNames wish.web.redirects);
  # A name that an app has as well comes with that app's certificate (asserts.nix: of the same kind).
  mailServer = if config.croft.services.mail == null then null else config.croft.services.mail.server;
  ofMail = lib.optional (mailServer != null) (
    lib.nameValuePair (names.certificate mailServer.hostname) {
      app = null;
      domain = mailServer.hostname;
      kind = mailServer.tls;
    }
  );
  site = config.croft.consoleSite;
  ofConsole = lib.optionals (site != null && site.web.tls != "none") (
    map (domain: lib.nameValuePair (names.certificate domain) {
      app = null;
      inherit domain;
      kind = site.web.tls;
    }) site.domains
  );
  isOfMail = name: mailServer != null && name == names.certificate mailServer.hostname;
  # Who reads a certificate that is made here. Of the others the web server says so itself.
  mailUnits = name: lib.optionals (isOfMail name) [ "postfix.service" "dovecot.service" ];
  readers = name: lib.optional nginx.enable "nginx.service" ++ mailUnits name;
  # The web server is not root when it reads them; mail servers are.
  group = if nginx.enable then nginx.group else "root";
  withTls = lib.filter (app: apps.${app}.web.tls != "none") (lib.attrNames apps);

  byKind = kind: lib.filterAttrs (_: certificate: certificate.kind == kind) certificates;
  ordered = byKind "acme" // byKind "internal";
  # Made by the unit here: those that nobody else signs, and those that stand in for an uploaded one.
  selfMade = byKind "self-signed" // byKind "uploaded";

  nginx = config.services.nginx;

  # -- ACME ----------------------------------------------------------------------------------------------------------

  acme = if host.acme == null then { server = null; caCertificate = null; dns = null; } else host.acme;
  servers = {
    letsencrypt = "https://acme-v02.api.letsencrypt.org/directory";
    letsencrypt-staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
  };
  dns = acme.dns;
  # What the provider needs of secrets, given its settings.
  dnsSecrets = lib.optionals (dns != null) (secrets.dns dns);

  order =
    name: certificate:
    {
      inherit (certificate) domain;
      inherit group;
      reloadServices = mailUnits name;
    }
    // (
      if certificate.kind == "internal" then
        {
          inherit (config.croft.internalCa) server email;
          webroot = challenges;
        }
      else
        {
          server = servers.${acme.server} or acme.server;
          inherit (acme) email;
        }
        // (if dns == null then { webroot = challenges; } else { dnsProvider = dns.provider; })
    );
  # Where nginx looks for the answers to challenges by itself.
  challenges = "/var/lib/acme/acme-challenge";

  limit =
    verb: name:
    "+"
    + unit.commandLine [
      "${pkgs.writeShellScript "croft-acme-limit" (builtins.readFile ./acme-limit.sh)}"
      verb
      name
      config.security.acme.certs.${name}.server
    ];

  orderUnit =
    name: certificate:
    lib.mkMerge [
      {
        # As root: they read the journal, and keep what it says where the client cannot write.
        serviceConfig.ExecCondition = [ (limit "wait" name) ];
        serviceConfig.ExecStopPost = [ (limit "note" name) ];
        # The codes of an order and of a renewal that failed, and of a credential that is not there. As failures of the unit they
        # would take back the change that a domain came with, and the first name of an account that cannot be proved would
        # keep all others from being asked for.
        serviceConfig.SuccessExitStatus = [ 10 11 243 ];
      }
      (lib.mkIf (certificate.kind == "acme" && acme.caCertificate != null) {
        environment.LEGO_CA_CERTIFICATES = "${pkgs.writeText "acme-ca.pem" acme.caCertificate}";
      })
      (lib.mkIf (certificate.kind == "acme" && dns != null) {
        environment = lib.mapAttrs (_: unit.environmentValue) dns.settings;
        serviceConfig = secrets.ofService config.croft.secrets "acme" dnsSecrets // {
          Environment = map (name: "${name}_FILE=%d/${name}") dnsSecrets;
        };
      })
    ];

  # -- made here -----------------------------------------------------------------------------------------------------

  directory = name: certificate: if certificate.kind == "uploaded" then "croft/certificates/${name}" else "croft/self-signed/${name}";

  selfSigned = name: certificate: {
    description = "Croft: self-signed certificate for ${name}";
    wantedBy = [ "multi-user.target" ];
    before = [ "nginx.service" "nginx-config-reload.service" ] ++ mailUnits name;
    path = [ pkgs.openssl ];
    script = builtins.readFile ./self-signed.sh;
    scriptArgs = lib.concatStringsSep " " ([ certificate.kind certificate.domain ] ++ readers name);
    serviceConfig = {
      Type = "oneshot";
      # root owns the key, and nginx reads it by its group.
      Group = group;
      UMask = "0027";
      StateDirectory = directory name certificate;
      StateDirectoryMode = "0750";
      WorkingDirectory = "%S/${directory name certificate}";
      CapabilityBoundingSet = "";
      DevicePolicy = "closed";
      LockPersonality = true;
      MemoryDenyWriteExecute = true;
      NoNewPrivileges = true;
      PrivateDevices = true;
      PrivateNetwork = true;
      PrivateTmp = true;
      ProtectClock = true;
      ProtectControlGroups = true;
      ProtectHome = true;
      ProtectHostname = true;
      ProtectKernelLogs = true;
      ProtectKernelModules = true;
      ProtectKernelTunables = true;
      ProtectProc = "invisible";
      ProtectSystem = "strict";
      RestrictAddressFamilies = "AF_UNIX";
      RestrictNamespaces = true;
      RestrictRealtime = true;
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
      SystemCallFilter = [ "@system-service" "~@privileged @resources" ];
    };
  };

  selfSignedTimer = name: {
    description = "Croft: renew the self-signed certificate for ${name}";
    wantedBy = [ "timers.target" ];
    timerConfig = {
      OnCalendar = "daily";
      RandomizedDelaySec = "1h";
      Persistent = true;
    };
  };

  unitName = name: "croft-certificate-${name}";

  # -- what the box is told ------------------------------------------------------------------------------------------

  files = {
    ordered = name: {
      chain = "${config.security.acme.certs.${name}.directory}/fullchain.pem";
      service = "acme-order-renew-${name}.service";
      timer = "acme-renew-${name}.timer";
      reloads = lib.unique config.security.acme.certs.${name}.reloadServices;
    };
    made = name: certificate: {
      chain = "/var/lib/${directory name certificate}/full.pem";
      service = "${unitName name}.service";
      timer = if certificate.kind == "uploaded" then null else "${unitName name}.timer";
      reloads = readers name;
    };
  };
  fact =
    name: certificate:
    {
      inherit name;
      domains = [ certificate.domain ];
      inherit (certificate) kind;
      apps = lib.optional (certificate.app != null) certificate.app;
    }
    // (if ordered ? ${name} then files.ordered name else files.made name certificate);
  # The owner's own, which the board shows with the others.
  owners = lib.filterAttrs (name: _: !ordered ? ${name}) config.security.acme.certs;
  ownersFact =
    name: cert:
    {
      inherit name;
      domains = [ cert.domain ] ++ cert.extraDomainNames;
      kind = "acme";
      apps = [ ];
    }
    // files.ordered name;
in
{
  options.croft = {
    certificates = lib.mkOption {
      type = lib.types.attrsOf lib.types.unspecified;
      internal = true;
      readOnly = true;
      description = "What apps and mail need: name -> { domain, app or null, kind, whether it is proved over port 80 }.";
    };
    certificateFacts = lib.mkOption {
      type = lib.types.unspecified;
      internal = true;
      readOnly = true;
      description = "What the box is told about every certificate.";
    };
  };

  config = {
    croft.certificates = lib.mapAttrs (_: certificate: certificate // {
      overHttp = certificate.kind == "internal" || certificate.kind == "acme" && dns == null;
    }) (lib.listToAttrs (lib.concatMap ofApp withTls ++ ofMail ++ ofConsole));
    croft.certificateFacts = {
      certificates = lib.mapAttrsToList fact certificates ++ lib.mapAttrsToList ownersFact owners;
      acme =
        if host.acme == null then
          null
        else
          {
            server = servers.${acme.server} or acme.server;
            name = acme.server;
            challenge = if dns == null then "http-01" else "dns-01";
            inherit (acme) caCertificate;
            secrets = dnsSecrets;
          };
    };

    security.acme = lib.mkIf (ordered != { }) {
      acceptTerms = true;
      # A wrong record is repaired within hours, not days; four tries a day are far below every authority's limits.
      defaults = {
        renewInterval = lib.mkDefault "*-*-* 00/6:00:00";
        renewJitter = lib.mkDefault "6h";
        # Otherwise the reason for a failure is lost among the shell's own traces.
        enableDebugLogs = lib.mkDefault false;
      };
      certs = lib.mapAttrs order ordered;
    };

    systemd.services =
      lib.mapAttrs' (name: certificate: lib.nameValuePair (unitName name) (selfSigned name certificate)) selfMade
      // lib.mapAttrs' (name: certificate: lib.nameValuePair "acme-order-renew-${name}" (orderUnit name certificate)) ordered;
    systemd.timers = lib.mapAttrs' (name: _: lib.nameValuePair (unitName name) (selfSignedTimer name)) (byKind "self-signed");
  };
}
