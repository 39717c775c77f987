# systemd.tmpfiles: files for Debian's systemd-tmpfiles, and the unit that applies them at a switch.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption mkOptionDefault types;
  cfg = config.systemd.tmpfiles;

  # tmpfiles.d separates fields by blanks and knows C escapes
  field = lib.escapeC [ "\t" "\n" "\r" " " "\\" ];
  line =
    path: entry:
    "'${entry.type}' '${field path}' '${field entry.mode}' '${field entry.user}' '${field entry.group}' '${field entry.age}' ${field entry.argument}\n";
  rules = paths: lib.concatStrings (lib.concatLists (lib.mapAttrsToList (path: entries: map (line path) (lib.attrValues entries)) paths));

  # settings.<file>.<path>.<type>: the type is the innermost name unless it is given
  typed = types.attrsOf (types.attrsOf (types.attrsOf (types.submodule ({ name, ... }: { config.type = mkOptionDefault name; }))));
in
{
  options.systemd.tmpfiles.settings = mkOption { type = typed; };

  config = {
    environment.etc = {
      "tmpfiles.d/00-nixos.conf".text = ''
        # This file is created automatically and should not be modified.
        # Please change the option ‘systemd.tmpfiles.rules’ instead.

        ${lib.concatStringsSep "\n" cfg.rules}
      '';
    }
    // lib.mapAttrs' (name: paths: lib.nameValuePair "tmpfiles.d/${name}.conf" { text = rules paths; }) cfg.settings;

    systemd.services.systemd-tmpfiles-resetup = {
      description = "Re-setup tmpfiles on a system that is already running.";
      requiredBy = [ "sysinit-reactivation.target" ];
      after = [ "local-fs.target" "systemd-sysusers.service" "systemd-journald.service" ];
      before = [ "sysinit-reactivation.target" "shutdown.target" ];
      conflicts = [ "shutdown.target" ];
      restartTriggers = [ (builtins.toJSON cfg.rules) (builtins.toJSON (lib.mapAttrs (_: rules) cfg.settings)) ];
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "systemd-tmpfiles --create --remove --exclude-prefix=/dev";
        SuccessExitStatus = "DATAERR CANTCREAT";
        ImportCredential = [ "tmpfiles.*" "login.motd" "login.issue" "network.hosts" "ssh.authorized_keys.root" ];
      };
    };
  };
}
