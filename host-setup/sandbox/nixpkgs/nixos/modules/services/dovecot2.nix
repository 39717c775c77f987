# services.dovecot2: Debian's Dovecot 2.4 as dovecot.service, with the settings and accounts of NixOS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkIf;
  cfg = config.services.dovecot2;
  inherit (cfg) settings;

  scalar =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else
      toString value;
  entry =
    indent: name: value:
    if lib.isAttrs value then
      "${indent}${name} {\n${lines "${indent}  " value}${indent}}\n"
    else if lib.isList value then
      if lib.any lib.isAttrs value then lib.concatMapStrings (entry indent name) value else "${indent}${name} = ${lib.concatMapStringsSep " " scalar value}\n"
    else
      "${indent}${name} = ${scalar value}\n";
  lines = indent: section: lib.concatStrings (lib.mapAttrsToList (entry indent) (lib.filterAttrs (_: value: value != null && value != "") section));

  # The versions decide how the rest is read.
  versions = [ "dovecot_config_version" "dovecot_storage_version" ];
  file = pkgs.writeText "dovecot.conf" (
    lib.concatMapStrings (name: entry "" name settings.${name}) versions
    + lines "" (removeAttrs settings versions)
    + lib.concatMapStrings (include: "!include ${include}\n") cfg.includeFiles
  );
  account = group: description: {
    isSystemUser = true;
    inherit group description;
  };
in
{
  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = settings.dovecot_config_version != null && settings.dovecot_storage_version != null;
        message = "services.dovecot2.settings: Dovecot 2.4 wants dovecot_config_version and dovecot_storage_version.";
      }
      {
        assertion = cfg.configFile == null && !cfg.enablePAM;
        message = "services.dovecot2: configFile and enablePAM do nothing on the sandbox host.";
      }
    ];

    services.dovecot2.package = mkDefault pkgs.dovecot;
    services.dovecot2.settings = lib.mapAttrs (_: mkDefault) {
      base_dir = "/run/dovecot2";
      default_login_user = "dovenull";
      # Debian's place.
      mail_plugin_dir = "/usr/lib/dovecot/modules";
      sendmail_path = "/usr/sbin/sendmail";
      protocols = { };
    }
    # Known by name, and Dovecot's own where nobody sets them.
    // lib.genAttrs [ "mail_driver" "mail_gid" "mail_home" "mail_path" "mail_uid" "ssl_server_cert_file" "ssl_server_key_file" ] (_: mkDefault "");

    users.users = {
      ${settings.default_internal_user} = account settings.default_internal_group "Dovecot user";
      dovenull = account "dovenull" "Dovecot user for untrusted logins";
    }
    // lib.optionalAttrs (cfg.createMailUser && settings.mail_uid != "") {
      ${settings.mail_uid} = account settings.mail_gid "Virtual Mail User";
    };
    users.groups = {
      ${settings.default_internal_group} = { };
      dovenull = { };
    }
    // lib.optionalAttrs (cfg.createMailUser && settings.mail_gid != "") { ${settings.mail_gid} = { }; };

    environment.systemPackages = [ cfg.package ];
    environment.etc."dovecot/dovecot.conf".source = file;

    systemd.services.dovecot = {
      description = "Dovecot IMAP/POP3 server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      restartTriggers = [ file ];
      startLimitIntervalSec = 60;
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/sbin/dovecot -F";
        ExecReload = "/usr/bin/doveadm reload";
        Restart = "on-failure";
        RestartSec = "1s";
        RuntimeDirectory = [ "dovecot2" ];
        StateDirectory = "dovecot";
      };
    };
  };
}
