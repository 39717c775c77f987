# Mail that ends here: Postfix takes it from everybody, rspamd judges and signs it, Dovecot keeps it and lets its people in.
#
# Nobody of them has an account on the box. Who has a mailbox is in the state; the passwords are not: croft-hostd writes their hashes
# beside the mail.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (config.croft) certificates;
  inherit (import ../../lib) mail names size;
  server = if config.croft.services.mail == null then null else config.croft.services.mail.server;
  isOn = server != null;

  # Its files are this account's, whoever's mail it is.
  user = "croft-mail";
  directory = "/var/lib/croft/mail";
  passwords = "${directory}/passwords";
  dovecot = config.services.dovecot2;
  inside = name: "${dovecot.settings.base_dir}/${name}";
  messageMax = size.bytes server.messageMax;
  ports = [ 25 465 587 993 ];

  # -- tables ----------------------------------------------------------------------------------------------------------

  table = name: pairs: "texthash:${pkgs.writeText "croft-mail-${name}" (lib.concatStrings (lib.mapAttrsToList (key: value: "${key} ${value}\n") pairs))}";
  lists = lib.mapAttrs (_: lib.concatStringsSep ", ");
  routes = table "aliases" (lists (mail.routes server));
  owners = table "owners" (lists (mail.owners server));
  boxes = table "mailboxes" (lib.mapAttrs (_: _: "here") server.mailboxes);

  # For Dovecot: who there is, and how much each may keep.
  people = pkgs.writeText "croft-mail-people" (
    lib.concatStrings (
      lib.mapAttrsToList (
        address: mailbox: "${address}:::::::${lib.optionalString (mailbox.quota != null) "userdb_quota_storage_size=${mailbox.quota}"}\n"
      ) server.mailboxes
    )
  );

  # -- the certificate -------------------------------------------------------------------------------------------------

  name = names.certificate server.hostname;
  ordered = config.security.acme.certs ? ${name};
  made = "/var/lib/croft/${if certificates.${name}.kind == "uploaded" then "certificates" else "self-signed"}/${name}/full.pem";
  key = if ordered then "${config.security.acme.certs.${name}.directory}/key.pem" else made;
  chain = if ordered then "${config.security.acme.certs.${name}.directory}/fullchain.pem" else made;
  certificateUnit = if ordered then "acme-${name}.service" else "croft-certificate-${name}.service";

  # -- signatures ------------------------------------------------------------------------------------------------------

  keys = "${directory}/dkim";
  signing = ''
    # Of people who signed in, and of apps, which their listeners vouch for. Nobody else's, wherever it comes from.
    sign_authenticated = true;
    sign_local = false;
    allow_username_mismatch = true;
    use_domain = "header";
    try_fallback = false;
    domain {
    ${lib.concatMapStrings (domain: ''
      "${domain}" {
        selector = "${server.dkimSelector}";
        path = "${keys}/${domain}.${server.dkimSelector}.key";
      }
    '') server.domains}
    }
  '';

  # -- who may do what -------------------------------------------------------------------------------------------------

  # For people who sign in: anywhere, but only as themselves.
  submission = {
    syslog_name = "postfix/submission";
    smtpd_tls_security_level = "encrypt";
    smtpd_tls_auth_only = "yes";
    smtpd_sasl_auth_enable = "yes";
    smtpd_client_restrictions = "permit_sasl_authenticated,reject";
    smtpd_helo_restrictions = "";
    smtpd_sender_restrictions = "reject_sender_login_mismatch";
    smtpd_relay_restrictions = "permit_sasl_authenticated,reject";
    smtpd_recipient_restrictions = "";
    smtpd_data_restrictions = "";
  };

  hasPostfix = options.services.postfix ? settings;
  hasDovecot = options.services.dovecot2 ? settings;
in
{
  options.croft = {
    mailServerFacts = lib.mkOption {
      type = lib.types.unspecified;
      internal = true;
      readOnly = true;
      description = "What the box is told of its mailboxes.";
    };
    mailServerPorts = lib.mkOption {
      type = lib.types.listOf lib.types.port;
      internal = true;
      readOnly = true;
      description = "The ports that mail servers and mail programs come to.";
    };
  };

  config = lib.mkMerge [
    {
      croft.mailServerPorts = lib.optionals isOn ports;
      croft.mailServerFacts =
        if !isOn then
          null
        else
          {
            inherit (server) hostname domains dkimSelector;
            inherit messageMax keys passwords;
            mailboxes = lib.mapAttrs (_: mailbox: if mailbox.quota == null then null else size.bytes mailbox.quota) server.mailboxes;
            directory = "${directory}/boxes";
            # Who has to be able to read the passwords.
            group = dovecot.settings.default_internal_group;
          };
    }
    (lib.mkIf isOn {
      assertions = [
        {
          assertion = hasDovecot && lib.versionAtLeast (lib.getVersion dovecot.package) "2.4";
          message = "croft: services.mail.server: this box's nixpkgs is too old for it; NixOS 26.05 is the first with Dovecot 2.4. Update nixpkgs, or use a relay alone.";
        }
      ];

      networking.firewall.allowedTCPPorts = ports;

      users.users.${user} = {
        isSystemUser = true;
        group = user;
        home = "${directory}/boxes";
        description = "Mailboxes";
      };
      users.groups.${user} = { };

      systemd.tmpfiles.rules = [
        "d ${directory} 0755 root root -"
        "d ${directory}/boxes 0700 ${user} ${user} -"
        # Empty until somebody has a password, and then croft-hostd's.
        "f ${passwords} 0640 root ${dovecot.settings.default_internal_group} -"
      ];

      services.rspamd = {
        enable = true;
        postfix.enable = true;
        locals."dkim_signing.conf".text = signing;
        locals."options.inc".text = ''
          max_message = ${toString (messageMax + 1048576)};
        '';
      };

      systemd.services = {
        croft-mail-keys = {
          description = "Croft: keys that mail is signed with";
          requiredBy = [ "rspamd.service" ];
          before = [ "rspamd.service" ];
          path = [ pkgs.openssl ];
          script = builtins.readFile ./dkim-keys.sh;
          scriptArgs = lib.concatStringsSep " " ([ server.dkimSelector ] ++ server.domains);
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            Group = config.services.rspamd.group;
            StateDirectory = "croft/mail/dkim";
            StateDirectoryMode = "0750";
            WorkingDirectory = keys;
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
        rspamd = {
          after = [ "croft-mail-keys.service" ];
          # Postfix starts after it, and turns everybody away as long as nobody listens there. Its first start makes tables of
          # its rules, which takes a slow machine minutes.
          serviceConfig.TimeoutStartSec = 600;
          postStart = ''
            for _ in {1..5500}; do
              if [ -S /run/rspamd/rspamd-milter.sock ]; then exit 0; fi
              sleep 0.1
            done
            echo "rspamd does not listen to Postfix." >&2
            exit 1
          '';
        };

        postfix = {
          wants = [ "rspamd.service" "dovecot.service" certificateUnit ];
          after = [ "rspamd.service" "dovecot.service" certificateUnit ];
        };
        dovecot = {
          wants = [ certificateUnit ];
          after = [ certificateUnit ];
        };
      };
    })
    (lib.optionalAttrs hasPostfix {
      services.postfix = lib.mkIf isOn {
        enableSubmission = true;
        submissionOptions = submission;
        enableSubmissions = true;
        submissionsOptions = submission;
        settings.main = {
          myhostname = server.hostname;
          myorigin = lib.head server.domains;
          # What is written to the box's own accounts. Its name may be one of the domains, and is not among these.
          mydestination = [ "localhost" ];
          mynetworks = [ "127.0.0.1/32" ];
          recipient_delimiter = "+";
          message_size_limit = messageMax;
          mailbox_size_limit = 0;

          virtual_mailbox_domains = server.domains;
          virtual_mailbox_maps = boxes;
          virtual_alias_maps = routes;
          virtual_transport = "lmtp:unix:${inside "lmtp"}";

          smtpd_tls_chain_files = lib.unique [ key chain ];
          smtpd_tls_security_level = "may";
          smtpd_sasl_type = "dovecot";
          smtpd_sasl_path = inside "croft-auth";
          smtpd_sasl_auth_enable = false;
          smtpd_sender_login_maps = owners;

          smtpd_helo_required = true;
          disable_vrfy_command = true;
          # From others: for this box's domains only, and not when the mailbox is full.
          smtpd_relay_restrictions = "reject_unauth_destination";
          smtpd_recipient_restrictions = "reject_unauth_destination, check_policy_service unix:${inside "croft-quota"}";
          smtpd_data_restrictions = "reject_unauth_pipelining";
        };
      };
    })
    (lib.optionalAttrs hasDovecot {
      services.dovecot2 = lib.mkIf isOn {
        enable = true;
        package = pkgs.dovecot;
        enablePAM = false;
        createMailUser = false;
        settings = {
          dovecot_config_version = "2.4.0";
          dovecot_storage_version = "2.4.0";
          protocols = {
            imap = true;
            lmtp = true;
          };
          ssl = "required";
          ssl_server_cert_file = chain;
          ssl_server_key_file = key;

          mail_uid = user;
          mail_gid = user;
          # A system's own account.
          first_valid_uid = 1;
          mail_home = "${directory}/boxes/%{user | domain}/%{user | username}";
          mail_driver = "maildir";
          mail_path = "~/Maildir";
          mail_plugins.quota = true;
          "protocol imap".mail_plugins.imap_quota = true;
          "quota mailbox" = {
            quota_driver = "count";
            quota_storage_grace = "0";
          };
          quota_status_success = "DUNNO";
          quota_status_nouser = "DUNNO";
          quota_status_overquota = "452 4.2.2 The mailbox is full";
          quota_status_toolarge = "552 5.2.3 The message is larger than the whole mailbox";
          "namespace inbox" = {
            inbox = true;
            "mailbox Drafts" = { auto = "subscribe"; special_use = "\\Drafts"; };
            "mailbox Junk" = { auto = "subscribe"; special_use = "\\Junk"; };
            "mailbox Sent" = { auto = "subscribe"; special_use = "\\Sent"; };
            "mailbox Trash" = { auto = "subscribe"; special_use = "\\Trash"; };
          };

          # Whoever is not among the people is not asked for a password; whoever is, is asked for the one that croft-hostd wrote.
          "passdb croft-1-people" = {
            driver = "passwd-file";
            passwd_file_path = "${people}";
            fields.noauthenticate = true;
            result_success = "continue-fail";
            result_failure = "return-fail";
          };
          "passdb croft-2-passwords" = {
            driver = "passwd-file";
            passwd_file_path = passwords;
            result_success = "return-ok";
          };
          "userdb croft-people" = {
            driver = "passwd-file";
            passwd_file_path = "${people}";
          };

          "service imap-login" = {
            # With TLS from the first byte only.
            "inet_listener imap".port = 0;
            "inet_listener imaps".port = 993;
          };
          # Otherwise everybody on the box may put mail into mailboxes there.
          "service lmtp"."unix_listener lmtp" = {
            mode = "0600";
            user = config.services.postfix.user;
          };
          "service auth"."unix_listener croft-auth" = {
            mode = "0600";
            user = config.services.postfix.user;
          };
          "service quota-status" = {
            executable = "quota-status -p postfix";
            client_limit = 1;
            "unix_listener croft-quota" = {
              mode = "0600";
              user = config.services.postfix.user;
            };
          };
        };
      };
    })
  ];
}
