# How an app is reached: by its domains through nginx, or directly on its port.
{ config, lib, ... }:
let
  inherit (import ../lib) names;
  inherit (config.croft) certificates;
  apps = lib.filterAttrs (_: app: app.run.port != null) config.croft.apps;
  # The console on this box is served as an app is.
  named =
    lib.filterAttrs (_: app: app.domains != [ ]) apps
    // lib.optionalAttrs (config.croft.consoleSite != null) { croft-console = config.croft.consoleSite; };
  direct = lib.filterAttrs (_: app: app.domains == [ ]) apps;
  withTls = lib.any (app: app.web.tls != "none") (lib.attrValues named);

  # A mail server alone needs the web server where its name is proved over port 80.
  proved = lib.filterAttrs (
    _: certificate: certificate.app == null && certificate.overHttp && !lib.elem certificate.domain sites
  ) certificates;
  sites = lib.concatMap (app: app.domains) (lib.attrValues named);
  challenge = {
    locations."/.well-known/acme-challenge/".root = "/var/lib/acme/acme-challenge";
    locations."/".return = "404";
  };

  # Strict-Transport-Security takes the way back to plain http, and past a certificate that nobody trusts: only where one comes
  # by itself from an authority that everybody knows.
  trusted = app: app.web.tls == "acme" && config.croft.host.acme.server == "letsencrypt";

  # A header that the app sets itself is left as it is; an empty one is not sent.
  headers = app: ''
    add_header X-Content-Type-Options $croft_content_type_options always;
    add_header Referrer-Policy $croft_referrer_policy always;
    ${lib.optionalString (trusted app) "add_header Strict-Transport-Security $croft_transport_security always;"}
  '';
  headerMaps = ''
    map $upstream_http_x_content_type_options $croft_content_type_options {
      ""      nosniff;
      default "";
    }
    map $upstream_http_referrer_policy $croft_referrer_policy {
      ""      strict-origin-when-cross-origin;
      default "";
    }
    map $https:$upstream_http_strict_transport_security $croft_transport_security {
      on:     max-age=15552000;
      default "";
    }
  '';

  tls =
    app: domain:
    let
      name = names.certificate domain;
      own = directory: {
        sslCertificate = "/var/lib/croft/${directory}/${name}/full.pem";
        sslCertificateKey = "/var/lib/croft/${directory}/${name}/full.pem";
      };
    in
    lib.optionalAttrs (app.web.tls != "none") (
      (if app.web.redirectToHttps then { forceSSL = true; } else { addSSL = true; })
      // {
        acme.useACMEHost = name;
        internal.useACMEHost = name;
        self-signed = own "self-signed";
        uploaded = own "certificates";
      }
      .${app.web.tls}
    );

  virtualHost =
    app: domain:
    tls app domain
    // {
      locations."/" = {
        proxyPass = "http://127.0.0.1:${toString app.run.port}";
        proxyWebsockets = true;
        # A WebSocket may be silent for long, and so may an app that works on an answer.
        extraConfig = ''
          proxy_read_timeout 1h;
          proxy_send_timeout 1h;
        ''
        + app.proxyConfig or "";
      }
      // lib.optionalAttrs (app ? proxyConfig) { recommendedProxySettings = false; };
      extraConfig = ''
        client_max_body_size ${app.web.maxBody};
        ${headers app}
      '';
    };

  redirect =
    app: domain: target:
    tls app domain
    // {
      locations."/".return =
        let
          scheme = if app.web.tls != "none" && app.web.redirectToHttps then "https" else "$scheme";
        in
        "301 ${scheme}://${target}$request_uri";
    };

  virtualHosts =
    app: lib.genAttrs app.domains (virtualHost app) // lib.mapAttrs (redirect app) app.web.redirects;

  # The owner's own configuration may have a better answer for unknown names.
  others = removeAttrs config.services.nginx.virtualHosts [ "_" ];
  ownersDefault = lib.any (host: host.default) (lib.attrValues others);
in
{
  networking.firewall.allowedTCPPorts =
    lib.mapAttrsToList (_: app: app.run.port) direct
    ++ lib.optional (named != { } || proved != { }) 80
    ++ lib.optional withTls 443;

  services.nginx = lib.mkIf (named != { } || proved != { }) {
    enable = true;
    # A change of one app must not end the connections of the others.
    enableReload = true;
    recommendedProxySettings = true;
    recommendedTlsSettings = withTls;
    # As nixpkgs has them today. Said here, because docs/security.md promises them: forward secrecy and authenticated encryption alone.
    sslProtocols = lib.mkDefault "TLSv1.2 TLSv1.3";
    sslCiphers = lib.mkDefault (lib.concatStringsSep ":" [
      "ECDHE-ECDSA-AES128-GCM-SHA256"
      "ECDHE-RSA-AES128-GCM-SHA256"
      "ECDHE-ECDSA-AES256-GCM-SHA384"
      "ECDHE-RSA-AES256-GCM-SHA384"
      "ECDHE-ECDSA-CHACHA20-POLY1305"
      "ECDHE-RSA-CHACHA20-POLY1305"
    ]);
    commonHttpConfig = headerMaps;
    # nginx's own 64 have no room for a name of 47 characters, and it does not start with one.
    serverNamesHashBucketSize = lib.mkDefault 512;
    virtualHosts = {
      # Without it nginx gives a request for any other name, or for the bare address, to the first app.
      "_" = {
        default = !ownersDefault;
        # Nor is there a certificate for such a name.
        rejectSSL = withTls;
        locations."/".return = "404";
      };
    }
    // lib.mapAttrs' (_: certificate: lib.nameValuePair certificate.domain challenge) proved
    // lib.foldl' (hosts: app: hosts // virtualHosts app) { } (lib.attrValues named);
  };
}
