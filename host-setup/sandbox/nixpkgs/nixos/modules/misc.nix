# Defaults the table gives as prose, and settings that need no more than a file.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOptionDefault;
  cfg = config.networking;
  fqdn = if cfg.domain or null == null then cfg.hostName else "${cfg.hostName}.${cfg.domain}";
in
{
  networking = {
    hostName = mkOptionDefault "nixos";
    hosts = mkOptionDefault (
      lib.optionalAttrs (cfg.hostName != "") { "127.0.0.2" = lib.unique [ fqdn cfg.hostName ]; }
    );
  };
  system = {
    name = mkOptionDefault (if cfg.hostName == "" then "unnamed" else cfg.hostName);
    stateVersion = mkOptionDefault lib.release;
  };
  boot.kernel.sysctl = {
    "net.ipv6.conf.all.disable_ipv6" = lib.mkDefault (!cfg.enableIPv6);
    "net.ipv6.conf.default.disable_ipv6" = lib.mkDefault (!cfg.enableIPv6);
  };
  users.defaultUserShell = mkOptionDefault pkgs.bash;
  environment.systemPackages = mkIf config.programs.git.enable [ pkgs.git ];

  environment.etc = {
    "sysctl.d/60-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name}=${if value == false then "0" else toString value}\n") (
        lib.filterAttrs (_: value: value != null) config.boot.kernel.sysctl
      )
    );
    hostname = mkIf (cfg.hostName != "") { text = cfg.hostName + "\n"; };
    hosts.text =
      "127.0.0.1 localhost\n::1 localhost\n"
      + lib.concatMapAttrsStringSep "" (
        address: names: lib.optionalString (names != [ ]) "${address} ${toString names}\n"
      ) cfg.hosts
      + cfg.extraHosts;
    # systemd reads the zone's name off the link, so it has to point there without a detour
    localtime = mkIf (config.time.timeZone != null) {
      source = "/usr/share/zoneinfo/${config.time.timeZone}";
      mode = "direct-symlink";
    };
    timezone = mkIf (config.time.timeZone != null) { text = config.time.timeZone + "\n"; };
  };

  warnings = lib.optional (!(options.system.stateVersion.highestPrio < 1500))
    "system.stateVersion is not set, defaulting to ${config.system.stateVersion}. Read why this matters on https://nixos.org/manual/nixos/stable/options.html#opt-system.stateVersion.";

  # A box that is a container may set few of these; systemd-sysctl passes over the others.
  systemd.services.systemd-sysctl.restartTriggers = [ config.environment.etc."sysctl.d/60-nixos.conf".source ];

  # The kernel's name of the host: /etc/hostname is only read at boot.
  system.activationScripts.hostname = mkIf (cfg.hostName != "") {
    deps = [ "etc" ];
    text = ''
      if [ "$(cat /proc/sys/kernel/hostname)" != ${lib.escapeShellArg cfg.hostName} ] && [ -e /run/systemd/system ]; then
        # by the system call: /proc/sys is read-only in a container
        hostname ${lib.escapeShellArg cfg.hostName}
      fi
    '';
  };
}
