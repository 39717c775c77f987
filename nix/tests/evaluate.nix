# Evaluates a state.json the way a box does, and gives what the tests compare.
#   tree     a whole nixpkgs: the real one, or the sandbox's stand-in
#   library  the module library of nixpkgs alone; then only the options and their checks are evaluated
# Sources are taken from ./sources by the last word of their address, so that no network is needed.
{
  state,
  tree ? null,
  library ? null,
}:
let
  system = "x86_64-linux";

  fetchSource =
    source:
    let
      catalogue = source.type == "catalogue";
      name = builtins.head (builtins.match (if catalogue then "croft:(.*)" else ".*/([a-z-]+)[.]git") source.url);
    in
    {
      # Only looked at, not built: as a string it needs no place in the store.
      outPath = toString ((if catalogue then ../catalogue else ./sources) + "/${name}");
      inherit (source) rev narHash;
      shortRev = builtins.substring 0 7 source.rev;
      lastModified = 0;
    };

  # What belongs to the machine; a container needs no boot loader and no disks.
  box = {
    croft = {
      stateFile = state;
      inherit fetchSource;
    };
    boot.isContainer = true;
    services.croft-host = {
      enable = true;
      authorizedKeys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake croft" ];
    };
  };

  owners = builtins.dirOf state + "/host.nix";

  modules = [
    ../modules
    ../../host-setup/host
    box
  ]
  ++ (if builtins.pathExists owners then [ owners ] else [ ]);

  # Options of today in the terms of an old release; the stand-in has no version of its own to ask.
  isOld =
    builtins.pathExists (tree + "/.version")
    && builtins.compareVersions (builtins.readFile (tree + "/.version")) "21" < 0;

  whole =
    if builtins.pathExists (tree + "/nixos/lib/eval-config.nix") then
      import (tree + "/nixos/lib/eval-config.nix") {
        inherit system;
        modules = modules ++ (if isOld then [ ./old-nixos.nix ] else [ ]);
      }
    else
      ((import (tree + "/flake.nix")).outputs { self = { }; }).lib.nixosSystem {
        inherit system modules;
      };

  alone = library.evalModules {
    modules = [
      ../modules/options.nix
      ../modules/state.nix
      ../modules/asserts.nix
      (
        { lib, ... }:
        {
          config.croft = {
            stateFile = state;
            inherit fetchSource;
          };
          options = {
            assertions = lib.mkOption { type = lib.types.listOf lib.types.unspecified; };
            warnings = lib.mkOption { type = lib.types.listOf lib.types.str; };
            services.openssh.enable = lib.mkOption { default = true; };
            services.openssh.ports = lib.mkOption { default = [ 22 ]; };
            users.users = lib.mkOption { default = { }; };
          };
        }
      )
    ];
  };
  evaluated = if library != null then alone else whole;
  inherit (evaluated) config;

  refusals = map (failed: failed.message) (
    builtins.filter (assertion: !assertion.assertion) config.assertions
  );

  # With the whole system, as it happens on a box: its own way of reporting, and everything that is built.
  accept =
    value:
    if library == null then
      builtins.seq config.system.build.toplevel.drvPath value
    else if refusals != [ ] then
      throw (builtins.concatStringsSep "\n" refusals)
    else
      value;

  startsWith = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  named =
    prefix: set:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = set.${name};
      }) (builtins.filter (startsWith prefix) (builtins.attrNames set))
    );
in
{
  # The state with all defaults filled in.
  state = accept { inherit (config.croft) apps backups host secrets services; };

  # What a state leads to, in the words of NixOS.
  system = accept {
    state = { inherit (config.croft) apps backups host secrets services; };
    inherit (config) warnings;
    hostName = config.networking.hostName;
    timeZone = config.time.timeZone;
    stateVersion = config.system.stateVersion;
    firewall = config.networking.firewall.allowedTCPPorts;
    firewallUDP = config.networking.firewall.allowedUDPPorts;
    users = builtins.mapAttrs (_: user: {
      inherit (user) group home isSystemUser isNormalUser extraGroups;
      keys = user.openssh.authorizedKeys.keys;
    }) (named "croft-" config.users.users // builtins.intersectAttrs config.croft.host.users config.users.users);
    passwords = { inherit (config.services.openssh.settings) PasswordAuthentication KbdInteractiveAuthentication; };
    # NixOS's own rules have no people in them.
    sudo = map (rule: { inherit (rule) users commands; }) (
      builtins.filter (rule: rule.users != [ ] && rule.users != [ "root" ]) config.security.sudo.extraRules
    );
    # What is asked for; the rest is each tree's own affair.
    machine =
      let
        inherit (config.croft.host) machine;
        asked = value: found: if value == null then null else found;
        modules = config.boot.kernelModules;
      in
      {
        journal = asked machine.persistentJournal config.services.journald.storage;
        timeSync = asked machine.timeSync config.services.timesyncd.enable;
        ipv6 = asked machine.ipv6 config.networking.enableIPv6;
        zramSwap = asked machine.zramSwap config.zramSwap.enable;
        kernelModules = builtins.filter (
          name: if builtins.isList modules then builtins.elem name modules else modules.${name} or false
        ) machine.kernelModules;
      };
    nixDaemon = { inherit (config.systemd.services.nix-daemon.serviceConfig) Slice OOMPolicy OOMScoreAdjust; };
    # Names of programs are compared as such; that they are built is another question.
    facts = builtins.fromJSON (builtins.unsafeDiscardStringContext config.environment.etc."croft/facts.json".text);
    groups = builtins.attrNames (named "croft-" config.users.groups);
    units = builtins.mapAttrs (_: unit: {
      inherit (unit) text wantedBy;
    }) (named "croft-" config.systemd.units);
    servers = {
      postgresql =
        if config.services.postgresql.enable then
          {
            inherit (config.services.postgresql) initdbArgs;
            settings = builtins.intersectAttrs (config.croft.services.postgresql.settings // { shared_preload_libraries = null; }) config.services.postgresql.settings;
            limits = config.systemd.slices.croft-services-postgresql.sliceConfig;
            inherit (config.systemd.services.postgresql.serviceConfig) Slice OOMPolicy;
          }
        else
          null;
      mysql =
        if config.services.mysql.enable then
          {
            settings = removeAttrs config.services.mysql.settings.mysqld [ "datadir" "port" ];
            limits = config.systemd.slices.croft-services-mysql.sliceConfig;
            inherit (config.systemd.services.mysql.serviceConfig) Slice OOMPolicy;
          }
        else
          null;
      redis = builtins.mapAttrs (name: server: {
        inherit (server) user group port save appendOnly unixSocket;
        memory = { inherit (server.settings) maxmemory maxmemory-policy; };
        inherit (config.systemd.services."redis-${name}".serviceConfig) Slice MemoryMax;
      }) config.services.redis.servers;
    };
    mail =
      if config.croft.services.mail == null then
        null
      else
        let
          startsWithAny = prefixes: name: builtins.any (prefix: startsWith prefix name) prefixes;
          only = keep: set: builtins.listToAttrs (map (name: { inherit name; value = set.${name}; }) (builtins.filter keep (builtins.attrNames set)));
          inherit (config.services) dovecot2 postfix rspamd;
          unitOf = name: builtins.intersectAttrs { LoadCredentialEncrypted = null; LoadCredential = null; ExecStartPre = null; RuntimeDirectory = null; } config.systemd.services.${name}.serviceConfig;
          startsAfter = name: builtins.filter (startsWithAny [ "croft-" "acme-" "dovecot" "rspamd" ]) config.systemd.services.${name}.after;
        in
        {
          inherit (postfix) enableSmtp enableSubmission enableSubmissions submissionOptions;
          main = only (
            name:
            startsWithAny [ "croft_" "inet_interfaces" "anvil_rate" "relayhost" "smtp_sasl" "smtp_tls_security" "smtp_tls_wrapper" "smtp_host_lookup" "myhostname" "myorigin" "mynetworks" "mydestination" "message_size" "virtual_" "smtpd_" ] name
          ) postfix.settings.main;
          master = builtins.mapAttrs (_: service: { inherit (service) name type private command args; }) (named "croft" postfix.settings.master);
          postfix = unitOf "postfix" // {
            after = startsAfter "postfix";
            # Hashes of files with its secrets; the rest of them is each tree's own affair.
            restartTriggers = builtins.filter (
              trigger: builtins.isString trigger && builtins.match "[0-9a-f]{64}" trigger != null
            ) config.systemd.services.postfix.restartTriggers;
          };
          dovecot = if dovecot2.enable then removeAttrs dovecot2.settings [ "mail_plugin_dir" "sendmail_path" ] // { after = startsAfter "dovecot"; } else null;
          rspamd = if rspamd.enable then builtins.mapAttrs (_: file: file.text) rspamd.locals else null;
        };
    virtualHosts =
      if config.services.nginx.enable then
        builtins.mapAttrs (
          _: host:
          {
            inherit (host) default forceSSL addSSL rejectSSL useACMEHost extraConfig;
            inherit (host.locations."/") proxyPass proxyWebsockets return;
            location = host.locations."/".extraConfig;
          }
          // (
            if (host.forceSSL || host.addSSL) && host.useACMEHost == null then
              { inherit (host) sslCertificate sslCertificateKey; }
            else
              { }
          )
        ) config.services.nginx.virtualHosts
      else
        { };
    monitoring =
      let
        watched = config.croft.services.monitoring;
        inherit (config.services.prometheus) exporters;
        ours = unit: builtins.intersectAttrs { Slice = null; RestartSec = null; LoadCredentialEncrypted = null; LoadCredential = null; ExecStartPre = null; RuntimeDirectory = null; EnvironmentFile = null; SupplementaryGroups = null; } config.systemd.services.${unit}.serviceConfig;
        exporter = service: {
          inherit (exporters.${service}) listenAddress port openFirewall user;
          unit = ours "prometheus-${service}-exporter";
        };
      in
      if watched == null then
        null
      else
        {
          exporters = builtins.mapAttrs (_: exporter) (
            (if watched.exporters.node != null then { node = "node"; } else { })
            // (if watched.exporters.systemd != null then { systemd = "systemd"; } else { })
            // (if watched.exporters.postgresql != null then { postgresql = "postgres"; } else { })
          );
          source = if exporters.postgres.enable then exporters.postgres.dataSourceName else null;
          collector =
            if watched.otlp == null then
              null
            else
              {
                inherit (config.services.opentelemetry-collector) settings;
                # With the real one the configuration is checked when the system is built.
                validated = config.services.opentelemetry-collector.validateConfigFile or true;
                unit = ours "opentelemetry-collector";
              };
        };
    # What of NixOS's own units is Croft's.
    orders = builtins.mapAttrs (name: cert: {
      inherit (cert) domain email group server webroot dnsProvider reloadServices;
      service =
        let
          service = config.systemd.services."acme-order-renew-${name}";
        in
        {
          after = builtins.filter (startsWith "step-ca") service.after;
          status = service.serviceConfig.SuccessExitStatus;
          credentials = service.serviceConfig.LoadCredentialEncrypted or [ ];
          opened = service.serviceConfig.LoadCredential or [ ];
          variables = builtins.filter (builtins.isString) (service.serviceConfig.Environment or [ ]);
          environment = removeAttrs service.environment [ "PATH" "LOCALE_ARCHIVE" "TZDIR" ];
        };
    }) config.security.acme.certs;
    authority =
      let
        authority = config.services.step-ca;
      in
      if authority.enable then
        {
          inherit (authority) address port intermediatePasswordFile settings;
          credentials = builtins.sort builtins.lessThan config.systemd.services.step-ca.serviceConfig.LoadCredential;
        }
      else
        null;
    sshd = config.services.openssh.extraConfig;
    tmpfiles = builtins.filter (startsWith "d /var/lib/croft") config.systemd.tmpfiles.rules;
    etc = builtins.mapAttrs (_: file: file.target) (named "croft/" config.environment.etc);
  };
}
