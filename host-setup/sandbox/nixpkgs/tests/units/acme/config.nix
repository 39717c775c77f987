{
  security.acme = {
    acceptTerms = true;
    defaults.email = "ada@attic.example";
    certs."_.wild.example" = {
      domain = "*.wild.example";
      dnsProvider = "rfc2136";
      credentialFiles.RFC2136_TSIG_SECRET_FILE = "/run/secrets/tsig";
      group = "nginx";
    };
  };
  services.nginx = {
    enable = true;
    enableReload = true;
    recommendedTlsSettings = true;
    virtualHosts = {
      "one.example" = {
        enableACME = true;
        forceSSL = true;
        serverAliases = [ "www.one.example" ];
        locations."/".return = "200 one";
      };
      "*.wild.example" = {
        useACMEHost = "_.wild.example";
        addSSL = true;
        globalRedirect = "one.example";
      };
      "own.example" = {
        onlySSL = true;
        http2 = false;
        sslCertificate = "/var/lib/own/chain.pem";
        sslCertificateKey = "/var/lib/own/key.pem";
      };
      "_" = {
        default = true;
        rejectSSL = true;
        locations."/".return = "404";
      };
    };
  };
}
