# The box's own certificate authority: step-ca on the loopback, which speaks ACME with the box itself. Its root, which people
# import into their browsers, is made on the box, once, and no key of it is ever in the store.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.croft) certificates host internalCa;
  ordered = lib.attrNames (lib.filterAttrs (_: certificate: certificate.kind == "internal") certificates);
  directory = "/var/lib/croft/ca";
in
{
  options.croft.internalCa = lib.mkOption {
    type = lib.types.unspecified;
    internal = true;
    readOnly = true;
    description = "How an ACME client reaches the authority.";
  };

  config = {
    croft.internalCa = {
      # In nobody's way: below the ports that systems give to clients, above those that people choose.
      port = 30443;
      server = "https://localhost:${toString internalCa.port}/acme/acme/directory";
      root = "${directory}/root.crt";
      # It writes to nobody.
      email = "acme@${host.name}.internal";
    };

    services.step-ca = lib.mkIf (ordered != [ ]) {
      enable = true;
      address = "127.0.0.1";
      inherit (internalCa) port;
      intermediatePasswordFile = "${directory}/password";
      settings = {
        inherit (internalCa) root;
        crt = "${directory}/intermediate.crt";
        key = "/run/credentials/step-ca.service/intermediate_key";
        dnsNames = [ "localhost" ];
        logger.format = "text";
        db = {
          type = "badgerv2";
          dataSource = "/var/lib/step-ca/db";
        };
        authority = {
          claims = {
            minTLSCertDuration = "5m";
            maxTLSCertDuration = "2160h";
            defaultTLSCertDuration = "2160h";
          };
          provisioners = [
            {
              type = "ACME";
              name = "acme";
              challenges = [ "http-01" ];
            }
          ];
        };
      };
    };

    systemd.services = lib.mkIf (ordered != [ ]) (
      {
        croft-ca = {
          description = "Croft: make the box's certificate authority";
          requiredBy = [ "step-ca.service" ];
          before = [ "step-ca.service" ];
          path = [ pkgs.openssl ];
          script = builtins.readFile ./internal-ca.sh;
          scriptArgs = host.name;
          unitConfig.ConditionPathExists = "!${internalCa.root}";
          serviceConfig = {
            Type = "oneshot";
            UMask = "0077";
            StateDirectory = "croft/ca";
            # The root certificate is for everybody.
            StateDirectoryMode = "0755";
            WorkingDirectory = directory;
            CapabilityBoundingSet = "";
            NoNewPrivileges = true;
            PrivateDevices = true;
            PrivateNetwork = true;
            PrivateTmp = true;
            ProtectHome = true;
            ProtectSystem = "strict";
            SystemCallFilter = [ "@system-service" "~@privileged @resources" ];
          };
        };
        step-ca.serviceConfig.LoadCredential = [ "intermediate_key:${directory}/intermediate.key" ];
      }
      // lib.listToAttrs (
        map (
          name:
          lib.nameValuePair "acme-order-renew-${name}" {
            after = [ "step-ca.service" ];
            wants = [ "step-ca.service" ];
            environment.LEGO_CA_CERTIFICATES = internalCa.root;
            # It answers a moment after it was started.
            preStart = ''
              for _ in {1..60}; do
                if (exec 3<>/dev/tcp/127.0.0.1/${toString internalCa.port}) 2>/dev/null; then exit 0; fi
                sleep 0.5
              done
            '';
          }
        ) ordered
      )
    );
  };
}
