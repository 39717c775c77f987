# What of NixOS's options does something on the sandbox host.
#
# Every option of the table can be set, or NixOS modules would not evaluate. An option that would do nothing must say so:
# whoever writes `services.caddy.enable = true` is told, instead of finding no web server. Settings of a service that is not
# enabled do nothing on NixOS either, and pass.
{
  definedOptions,
  lib,
  options,
  ...
}:
let
  # The longest prefix that fits an option decides. `harmless`: without effect here, and nothing is missed on a host that is
  # not a real machine (boot loader, kernel, file systems), or what it asks for is so anyway.
  verdicts = {
    implemented = [
      "assertions"
      "boot.kernel.sysctl"
      "boot.kernelParams"
      "warnings"
      "meta"
      "lib"
      "environment.etc"
      "environment.extraInit"
      "environment.extraOutputsToInstall"
      "environment.extraSetup"
      "environment.pathsToLink"
      "environment.sessionVariables"
      "environment.systemPackages"
      "environment.variables"
      "networking.domain"
      "networking.enableIPv6"
      "networking.extraHosts"
      "networking.firewall"
      "networking.hostName"
      "networking.hosts"
      "networking.nftables"
      "nixpkgs"
      "programs.git.enable"
      "programs.ssh.extraConfig"
      "programs.ssh.knownHosts"
      "security.acme"
      "security.sudo.defaultOptions"
      "security.sudo.enable"
      "security.sudo.extraConfig"
      "security.sudo.extraRules"
      "security.sudo.wheelNeedsPassword"
      "services.dovecot2"
      "services.journald"
      "services.mysql"
      "services.nginx"
      "services.openssh"
      "services.opentelemetry-collector"
      "services.postfix"
      "services.postgresql"
      "services.prometheus.exporters.node"
      "services.prometheus.exporters.postgres"
      "services.prometheus.exporters.systemd"
      "services.redis"
      "services.rspamd"
      "services.step-ca"
      "sops.age.keyFile"
      "sops.age.sshKeyPaths"
      "sops.defaultSopsFile"
      "sops.defaultSopsFormat"
      "sops.defaultSopsKey"
      "sops.keepGenerations"
      "sops.package"
      "sops.secrets"
      "sops.validateSopsFiles"
      "system.activationScripts"
      "system.build"
      "system.checks"
      "system.configurationRevision"
      "system.extraDependencies"
      "system.name"
      "system.nixos"
      "system.path"
      "system.preSwitchChecks"
      "system.stateVersion"
      "system.switch"
      "systemd.globalEnvironment"
      "systemd.mounts"
      "systemd.paths"
      "systemd.services"
      "systemd.settings"
      "systemd.slices"
      "systemd.sockets"
      "systemd.targets"
      "systemd.timers"
      "systemd.tmpfiles.rules"
      "systemd.tmpfiles.settings"
      "systemd.units"
      "time.timeZone"
      "users"
    ];
    harmless = [
      "boot"
      "console"
      "documentation"
      "environment.checkConfigurationOptions"
      "environment.corePackages"
      "environment.defaultPackages"
      "fileSystems"
      "hardware"
      "i18n"
      "location"
      "networking.hostId"
      "networking.useDHCP"
      "networking.useNetworkd"
      "nix"
      "powerManagement"
      "security.polkit"
      "security.rtkit"
      "services.logind"
      "services.resolved"
      "services.timesyncd"
      "swapDevices"
      "system.copySystemConfiguration"
      "system.disableInstallerTools"
      "system.rebuild"
      "system.tools"
      "systemd.enableStrictShellChecks"
      "systemd.oomd"
      "time.hardwareClockInLocalTime"
      "zramSwap"
    ];
    missing = [
      "networking.firewall.connectionTrackingModules"
      "nix.gc.automatic"
      "nix.optimise.automatic"
      "nix.sshServe"
      "services.journald.gateway"
      "services.journald.remote"
      "services.journald.upload"
      "systemd.tmpfiles.packages"
      "users.motd"
    ];
  };

  # "a.b" → verdict, for a lookup per prefix
  byPrefix = lib.concatMapAttrs (verdict: prefixes: lib.genAttrs prefixes (_: verdict)) verdicts;
  verdictOf =
    path:
    if path == [ ] then "missing" else byPrefix.${lib.concatStringsSep "." path} or (verdictOf (lib.init path));

  # Options that a module of the user's own declares are that module's affair.
  fromTable = option: lib.elem "the NixOS option table" option.declarations;
  isSet = option: option.highestPrio < 1500 && option.isDefined && !(lib.elem option.value [ false null [ ] { } "" ]);
  switchedOff =
    path:
    path != [ ]
    && (
      let
        switch = lib.attrByPath (path ++ [ "enable" ]) { } options;
      in
      (lib.isOption switch && switch.isDefined && switch.value != true) || switchedOff (lib.init path)
    );

  unimplemented = lib.filter (
    option: fromTable option && verdictOf option.loc == "missing" && isSet option && !switchedOff (lib.init option.loc)
  ) definedOptions;
in
{
  assertions = map (option: {
    assertion = false;
    message = "The option `${lib.showOption option.loc}' is set in ${lib.showFiles option.files}, but the sandbox host (not NixOS) has no implementation of it. Leave it out for this host, or use a NixOS host.";
  }) unimplemented;
}
