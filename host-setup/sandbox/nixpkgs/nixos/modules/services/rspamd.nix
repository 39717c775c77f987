# services.rspamd: Debian's rspamd and its rules, with NixOS's account, local.d, override.d and socket for Postfix.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkDefault mkIf;
  cfg = config.services.rspamd;
  socket = "/run/rspamd/rspamd-milter.sock";

  laid =
    directory:
    lib.mapAttrs' (
      name: file:
      lib.nameValuePair "rspamd/${directory}/${name}" (if file.text != null then { inherit (file) text; } else { inherit (file) source; })
    );
  inc = text: { inherit text; };
  files = laid "local.d" cfg.locals // laid "override.d" cfg.overrides // {
    "rspamd/override.d/logging.inc" = inc ''
      type = "console";
      systemd = true;
    '';
    "rspamd/override.d/worker-normal.inc" = inc ''
      bind_socket = "/run/rspamd/rspamd.sock mode=0666 owner=${cfg.user} group=${cfg.group}";
    '';
    "rspamd/override.d/worker-proxy.inc" = inc (
      if cfg.postfix.enable then
        ''
          bind_socket = "${socket} mode=0660 owner=${cfg.user} group=${config.services.postfix.group}";
          milter = yes;
          timeout = 120s;
          upstream "local" {
            default = yes;
            self_scan = yes;
          }
        ''
      else
        "enabled = false;\n"
    );
  };
in
{
  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = removeAttrs cfg.workers [ "controller" "normal" ] == { } && cfg.localLuaRules == null && cfg.extraConfig == "";
        message = "services.rspamd: workers, localLuaRules and extraConfig do nothing on the sandbox host; use locals and overrides.";
      }
    ];

    users.users.${cfg.user} = {
      isSystemUser = true;
      inherit (cfg) group;
      description = "rspamd daemon";
    };
    users.groups.${cfg.group} = { };

    services.rspamd.postfix.config = mkIf cfg.postfix.enable (
      lib.mapAttrs (_: mkDefault) {
        smtpd_milters = [ "unix:${socket}" ];
        non_smtpd_milters = [ "unix:${socket}" ];
      }
    );
    services.postfix.settings.main = mkIf cfg.postfix.enable cfg.postfix.config;

    environment.etc = files;

    systemd.services.postfix.serviceConfig.SupplementaryGroups = mkIf cfg.postfix.enable [ config.services.postfix.group ];
    systemd.services.rspamd = {
      description = "Rspamd Service";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      restartTriggers = lib.mapAttrsToList (_: file: file.text or file.source) files;
      serviceConfig = {
        ExecStart = "/usr/bin/rspamd -c /etc/rspamd/rspamd.conf -f";
        Restart = "always";
        User = cfg.user;
        Group = cfg.group;
        SupplementaryGroups = mkIf cfg.postfix.enable [ config.services.postfix.group ];
        RuntimeDirectory = "rspamd";
        RuntimeDirectoryMode = "0755";
        StateDirectory = "rspamd";
        StateDirectoryMode = "0700";
      };
    };
  };
}
