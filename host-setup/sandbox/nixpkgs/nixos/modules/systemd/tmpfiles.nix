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
    let
      fields = [ entry.type path entry.mode entry.user entry.group entry.age ];
    in
    "${lib.concatMapStringsSep " " (text: "'${field text}'") fields} ${field entry.argument}\n";
  rules = lib.concatMapAttrsStringSep "" (path: entries: lib.concatMapStrings (line path) (lib.attrValues entries));

  # settings.<file>.<path>.<type>: the type is the innermost name unless it is given
  entryModule =
    { name, ... }:
    {
      config.type = mkOptionDefault name;
    };
  typed = types.attrsOf (types.attrsOf (types.attrsOf (types.submodule entryModule)));
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
