# The box's mail: Postfix, with a listener for each app that sends.
#
# Postfix cannot ask the kernel who connects over TCP. Each app has a port of its own on the loopback, which nftables lets nobody else
# reach; what comes in there is that app's, and is held to its addresses and its number of messages.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (config.croft) apps mailPorts;
  inherit (import ../../lib) mail names secrets unit;
  cfg = config.croft.services.mail;
  inherit (cfg) relay server;

  senders = lib.filterAttrs (_: app: app.attach.mail != null) apps;
  relayPort = if relay.port != null then relay.port else if relay.security == "tls" then 465 else 587;
  nextHop = "[${relay.host}]:${toString relayPort}";

  # -- listeners -------------------------------------------------------------------------------------------------------

  # In the name of a parameter of main.cf a dash is none; in an app's name `_` is none.
  parameter = app: "croft_senders_${lib.replaceStrings [ "-" ] [ "_" ] app}";
  loggedAs = app: "postfix/${lib.removeSuffix ".service" (names.unit app)}";
  cleanup = app: "croft-cleanup-${app}";

  table = name: pairs: pkgs.writeText name (lib.concatMapStrings (pair: "${pair.key} ${pair.value}\n") pairs);
  sendersTable = name: attached: table "croft-mail-senders-${name}" (map (key: { inherit key; value = "OK"; }) (mail.senders attached));
  headersTable =
    name: attached:
    pkgs.writeText "croft-mail-headers-${name}" (
      lib.concatMapStrings (from: "${mail.senderPattern from} DUNNO\n") attached.from
      + "/^From:/ REJECT The header From is not one of the app's senders: ${named attached}\n"
    );
  named = attached: lib.concatStringsSep " " attached.from;

  given = lib.concatMap (setting: [ "-o" setting ]);
  # Of every listener on the loopback: whoever reaches it may send anywhere.
  trusted = [
    "mynetworks=127.0.0.1/32"
    "smtpd_client_restrictions="
    "smtpd_helo_required=no"
    "smtpd_helo_restrictions="
    "smtpd_relay_restrictions=permit_mynetworks,reject"
    "smtpd_recipient_restrictions="
    "smtpd_data_restrictions="
    "smtpd_sasl_auth_enable=no"
    "smtpd_tls_security_level=none"
  ];
  listener = port: settings: {
    name = "127.0.0.1:${toString port}";
    type = "inet";
    private = false;
    command = "smtpd";
    args = given settings;
  };
  # As whom rspamd, which signs what comes from people and apps, takes the sender for.
  signedFor = who: lib.optional (server != null) "milter_macro_defaults=auth_authen=${who}";

  appListener =
    name: app:
    listener mailPorts.${name} (
      trusted
      ++ [
        "syslog_name=${loggedAs name}"
        "smtpd_sender_restrictions=\$${parameter name}"
        # A domain in the table is that domain, and none below it.
        "parent_domain_matches_subdomains="
        "smtpd_client_message_rate_limit=${toString app.attach.mail.perHour}"
        "smtpd_client_event_limit_exceptions="
        "smtpd_recipient_limit=100"
        "cleanup_service_name=${cleanup name}"
      ]
      ++ signedFor (names.user name)
    );
  appCleanup = name: app: {
    name = cleanup name;
    private = false;
    maxproc = 0;
    command = "cleanup";
    args = given [
      "syslog_name=${loggedAs name}"
      "header_checks=regexp:${headersTable name app.attach.mail}"
    ];
  };

  restrictions =
    name: app:
    lib.concatStringsSep ", " [
      "check_sender_access texthash:${sendersTable name app.attach.mail}"
      "check_sender_access static:{REJECT app ${name} may send as: ${named app.attach.mail}}"
    ];

  # -- who reaches them ------------------------------------------------------------------------------------------------

  # Only the packet that opens a connection is looked at: later ones may come when its process, and with it the user, is gone.
  only = port: users: ''
    oifname "lo" tcp dport ${toString port} tcp flags & (syn | ack) == syn meta skuid != { ${lib.concatMapStringsSep ", " (user: "\"${user}\"") users} } reject with tcp reset
  '';
  rules = pkgs.writeText "croft-mail.nft" ''
    table inet croft-mail
    delete table inet croft-mail
    table inet croft-mail {
      chain output {
        type filter hook output priority filter; policy accept;
        ${only mail.ownPort [ "root" ]}
        ${lib.optionalString (server != null) (only mail.rspamdPort [ "root" ])}
        ${lib.concatStrings (lib.mapAttrsToList (name: _: only mailPorts.${name} [ "root" (names.user name) ]) senders)}
      }
    }
  '';
  load = "${pkgs.nftables}/bin/nft -f ${rules}";

  hasPostfix = options.services.postfix ? settings;
in
{
  imports = [ ./server.nix ];

  options.croft = {
    mailPorts = lib.mkOption {
      type = lib.types.attrsOf lib.types.port;
      internal = true;
      readOnly = true;
      description = "The port of each app's listener.";
    };
    mailFacts = lib.mkOption {
      type = lib.types.unspecified;
      internal = true;
      readOnly = true;
      description = "What the box is told of its mail.";
    };
  };

  config = lib.mkMerge [
    {
      croft.mailPorts = mail.ports apps;
      croft.mailFacts =
        if cfg == null then
          null
        else
          {
            port = mail.ownPort;
            relay =
              if relay == null then
                null
              else
                {
                  inherit (relay) host security user;
                  port = relayPort;
                };
            server = config.croft.mailServerFacts;
          };
    }
    (lib.mkIf (cfg != null) {
      assertions = [
        {
          assertion = hasPostfix;
          message = "croft: services.mail: this box's nixpkgs is too old for it; NixOS 25.11 is the first that it works with. Update nixpkgs.";
        }
      ];

      systemd.services.croft-mail = {
        description = "Croft: who reaches which mail listener";
        wantedBy = [ "multi-user.target" ];
        # What empties the rules of the box, and loads its own, must not leave ours out.
        after = [ "nftables.service" "firewall.service" ];
        reloadIfChanged = true;
        partOf = [ "nftables.service" ];
        unitConfig.ReloadPropagatedFrom = [ "nftables.service" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = load;
          ExecReload = load;
          ExecStop = "${pkgs.nftables}/bin/nft delete table inet croft-mail";
        };
      };

      systemd.services.postfix = {
        # Without the rules every app could send as every other.
        requires = [ "croft-mail.service" ];
        after = [ "croft-mail.service" ];
        # Of Postfix alone, and in memory: the map that its client reads is made of it there.
        serviceConfig = lib.mkIf (relay != null && relay.user != null) (secrets.ofService config.croft.secrets "mail" secrets.relay // {
          RuntimeDirectory = "croft-mail";
          RuntimeDirectoryMode = "0700";
          ExecStartPre = unit.commandLine [ "${pkgs.bash}/bin/bash" "${./relay-password.sh}" nextHop relay.user ];
        });
      };
    })
    (lib.optionalAttrs hasPostfix {
      services.postfix = lib.mkIf (cfg != null) {
        enable = true;
        # Port 25 is for others; what is on the box has listeners.
        enableSmtp = server != null;
        settings.main = {
          inet_interfaces = if server != null then "all" else "loopback-only";
          # What is counted for a listener is counted for an hour.
          anvil_rate_time_unit = "3600s";
        }
        // lib.optionalAttrs (relay != null) {
          relayhost = [ nextHop ];
          # Also those that only this box's own files know.
          smtp_host_lookup = [ "dns" "native" ];
          # Encrypted, with a certificate of that very name, or not at all.
          smtp_tls_security_level = "secure";
          smtp_tls_wrappermode = relay.security == "tls";
        }
        // lib.optionalAttrs (relay != null && relay.user != null) {
          smtp_sasl_auth_enable = true;
          smtp_sasl_password_maps = "texthash:/run/croft-mail/relay";
          smtp_sasl_security_options = "noanonymous";
        }
        // lib.mapAttrs' (name: app: lib.nameValuePair (parameter name) (restrictions name app)) senders;
        settings.master = {
          croft = listener mail.ownPort (trusted ++ [ "syslog_name=postfix/croft" "smtpd_sender_restrictions=" ] ++ signedFor "croft");
        }
        // lib.mapAttrs' (name: app: lib.nameValuePair "croft-app-${name}" (appListener name app)) senders
        // lib.mapAttrs' (name: app: lib.nameValuePair "croft-cleanup-${name}" (appCleanup name app)) senders;
      };
    })
  ];
}
