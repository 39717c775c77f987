# services.postfix: Debian's Postfix under NixOS's units, with NixOS's main.cf, master.cf and maps.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkIf mkOptionDefault;
  cfg = config.services.postfix;

  # -- main.cf ---------------------------------------------------------------------------------------------------------

  # A dollar in a name would be an expansion; in a value it is meant as one.
  showName = lib.replaceStrings [ "$" ] [ "$$" ];
  showValue =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else if lib.isList value then
      lib.concatMapStrings (item: "\n  ${toString item}") value
    else
      toString value;
  main = lib.concatStrings (
    lib.mapAttrsToList (name: value: "${showName name} = ${showValue value}\n") (lib.filterAttrs (_: value: value != null) cfg.settings.main)
  );

  mainFile = pkgs.writeText "postfix-main.cf" main;

  # -- master.cf -------------------------------------------------------------------------------------------------------

  entry =
    {
      config,
      name,
      options,
      ...
    }:
    let
      given = option: show: if options.${option}.isDefined then show config.${option} else "-";
      letter = yes: if yes then "y" else "n";
      seconds = time: "${toString time}${if options.wakeupUnusedComponent.isDefined && !config.wakeupUnusedComponent then "?" else ""}";
      argument = argument: if lib.hasPrefix "-" argument then "\n  ${argument}" else " ${argument}";
    in
    {
      options.line = lib.mkOption {
        type = lib.types.str;
        internal = true;
        readOnly = true;
        description = "The entry as it stands in master.cf.";
      };
      config = {
        name = mkOptionDefault name;
        command = mkOptionDefault name;
        line =
          lib.concatStringsSep " " [
            config.name
            config.type
            (given "private" letter)
            (given "privileged" (privileged: letter (!privileged)))
            (given "chroot" letter)
            (given "wakeup" seconds)
            (given "maxproc" toString)
            config.command
          ]
          + lib.concatMapStrings argument config.args;
      };
    };
  master = lib.concatStrings (map (service: "${service.line}\n") (lib.attrValues cfg.settings.master)) + cfg.extraMasterConf;

  settingArgs = settings: lib.concatLists (lib.mapAttrsToList (name: value: [ "-o" "${name}=${value}" ]) settings);

  # What Postfix is made of, and who wakes it up.
  parts = {
    pickup = {
      private = false;
      wakeup = 60;
      maxproc = 1;
    };
    cleanup = {
      private = false;
      maxproc = 0;
    };
    qmgr = {
      private = false;
      wakeup = 300;
      maxproc = 1;
    };
    tlsmgr = {
      wakeup = 1000;
      wakeupUnusedComponent = false;
      maxproc = 1;
    };
    rewrite.command = "trivial-rewrite";
    bounce.maxproc = 0;
    defer = {
      maxproc = 0;
      command = "bounce";
    };
    trace = {
      maxproc = 0;
      command = "bounce";
    };
    verify.maxproc = 1;
    flush = {
      private = false;
      wakeup = 1000;
      wakeupUnusedComponent = false;
      maxproc = 0;
    };
    proxymap.command = "proxymap";
    proxywrite = {
      maxproc = 1;
      command = "proxymap";
    };
    showq.private = false;
    error = { };
    retry.command = "error";
    discard = { };
    local.privileged = true;
    virtual.privileged = true;
    lmtp = { };
    anvil.maxproc = 1;
    scache.maxproc = 1;
    postlog = {
      type = "unix-dgram";
      private = false;
      maxproc = 1;
      command = "postlogd";
    };
    smtp = { };
    relay = {
      command = "smtp";
      args = [ "-o" "smtp_fallback_relay=" ];
    };
  };

  listener = name: args: {
    inherit name;
    type = "inet";
    private = false;
    command = "smtpd";
    inherit args;
  };

  # -- maps ------------------------------------------------------------------------------------------------------------

  written = lib.filterAttrs (_: text: text != "") {
    inherit (cfg) canonical transport virtual;
  };
  maps = lib.mapAttrs (name: pkgs.writeText "postfix-${name}") written // cfg.mapFiles;

  alias = name: target: lib.optionalString (target != "") "${name}: ${target}\n";
  aliases = alias "postmaster" cfg.postmasterAlias + alias "root" cfg.rootAlias + cfg.extraAliases;
  aliasMaps = lib.optionalAttrs (aliases != "") { aliases = pkgs.writeText "postfix-aliases" aliases; } // cfg.aliasFiles;

  # A map may be a file that is only there at run time; the directory is Debian's own, beside its postfix-files.
  install =
    program: name: file: ''
      install -m 0644 ${lib.escapeShellArg "${file}"} ${lib.escapeShellArg "/etc/postfix/${name}"}
      ${program} ${lib.escapeShellArg "hash:/etc/postfix/${name}"}
    '';
in
{
  options.services.postfix.settings.master = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule entry); };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.aliasMapType == "hash" && cfg.virtualMapType == "hash";
        message = "services.postfix: the sandbox host has maps of the type hash only.";
      }
      {
        assertion = cfg.localRecipients == null && cfg.headerChecks == [ ] && cfg.dnsBlacklists == [ ];
        message = "services.postfix: localRecipients, headerChecks and dnsBlacklists do nothing on the sandbox host; set them by settings.main.";
      }
    ];

    users.users.${cfg.user} = {
      isSystemUser = true;
      inherit (cfg) group;
      description = "Postfix mail server user";
      home = "/var/lib/postfix";
    };
    users.groups.${cfg.group} = { };
    users.groups.${cfg.setgidGroup} = { };

    environment.systemPackages = [ pkgs.postfix ];
    environment.etc = {
      "postfix/main.cf".source = mainFile;
      "postfix/master.cf".text = master;
    };

    services.postfix.settings = {
      main =
        lib.mapAttrs (_: mkDefault) {
          compatibility_level = "3.10";
          mail_owner = cfg.user;
          setgid_group = cfg.setgidGroup;
          default_privs = "nobody";
          # Debian's places, and NixOS's for what changes.
          command_directory = "/usr/sbin";
          daemon_directory = "/usr/lib/postfix/sbin";
          shlib_directory = "/usr/lib/postfix";
          meta_directory = "/etc/postfix";
          sendmail_path = "/usr/sbin/sendmail";
          newaliases_path = "/usr/bin/newaliases";
          mailq_path = "/usr/bin/mailq";
          queue_directory = "/var/lib/postfix/queue";
          data_directory = "/var/lib/postfix/data";
          mail_spool_directory = "/var/spool/mail/";
          smtputf8_enable = false;
          smtp_tls_CAfile = "/etc/ssl/certs/ca-certificates.crt";
        }
        // lib.optionalAttrs (aliasMaps != { }) { alias_maps = mkDefault (map (name: "hash:/etc/postfix/${name}") (lib.attrNames aliasMaps)); }
        // lib.optionalAttrs (written ? canonical) { canonical_maps = mkDefault "hash:/etc/postfix/canonical"; }
        // lib.optionalAttrs (written ? transport) { transport_maps = mkDefault "hash:/etc/postfix/transport"; }
        // lib.optionalAttrs (written ? virtual) { virtual_alias_maps = mkDefault "hash:/etc/postfix/virtual"; };
      master =
        lib.mapAttrs (_: lib.mapAttrs (_: mkDefault)) parts
        // lib.optionalAttrs cfg.enableSmtp { smtp_inet = listener "smtp" [ ]; }
        // lib.optionalAttrs cfg.enableSubmission { submission = listener "submission" (settingArgs cfg.submissionOptions); }
        // lib.optionalAttrs cfg.enableSubmissions {
          submissions = listener "submissions" (
            settingArgs (
              cfg.submissionsOptions
              // {
                smtpd_tls_wrappermode = "yes";
                smtpd_tls_security_level = "encrypt";
              }
            )
          );
        };
    };

    systemd.services.postfix-setup = {
      description = "Setup for Postfix mail server";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        install -d -m 0755 -o root -g root /var/lib/postfix /var/lib/postfix/queue /var/lib/postfix/queue/pid
        install -d -m 0700 -o ${cfg.user} -g ${cfg.group} /var/lib/postfix/data
        install -d -m 1777 -o root -g root /var/spool/mail
        # Debian's own account and groups may have had other numbers.
        chgrp ${cfg.setgidGroup} /usr/sbin/postdrop /usr/sbin/postqueue
        chmod g+s /usr/sbin/postdrop /usr/sbin/postqueue
        ${lib.concatStrings (lib.mapAttrsToList (install "/usr/sbin/postmap") maps)}
        ${lib.concatStrings (lib.mapAttrsToList (install "/usr/sbin/postalias") aliasMaps)}
      '';
    };

    systemd.services.postfix = {
      description = "Postfix mail server";
      wantedBy = [ "multi-user.target" ];
      after = [
        "network.target"
        "postfix-setup.service"
      ];
      requires = [ "postfix-setup.service" ];
      restartTriggers = [
        mainFile
        config.environment.etc."postfix/master.cf".source
      ];
      serviceConfig = {
        Type = "forking";
        Restart = "always";
        PIDFile = "/var/lib/postfix/queue/pid/master.pid";
        ExecStart = "/usr/sbin/postfix start";
        ExecStop = "/usr/sbin/postfix stop";
        ExecReload = "/usr/sbin/postfix reload";
      };
    };
  };
}
