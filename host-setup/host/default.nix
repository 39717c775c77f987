# `services.croft-host`: the channel through which a console reaches this box, and the helper that acts on it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.croft-host;
  user = "croft-host";
  package = import ./package.nix { inherit pkgs; };
  sampler = import ./sampler { inherit pkgs; };

  # By the name that survives an update, so that sshd never holds on to an old version.
  relay = "/run/current-system/sw/bin/croft-host";

  # One key on one line: a line break or a quote would add options of its own to authorized_keys.
  publicKey = types.strMatching "(ssh-ed25519|sk-ssh-ed25519@openssh.com|ecdsa-sha2-nistp256) [A-Za-z0-9+/]{40,400}={0,2}( [A-Za-z0-9@._: +-]{0,100})?";

  # What the helper and its operations call. nix, systemctl and nixos-rebuild come with the running system, in the
  # versions that belong to it; the directories after it are those of a system that is not NixOS.
  searchPath = lib.concatStringsSep ":" [
    (lib.makeBinPath [
      pkgs.coreutils
      pkgs.curl
      pkgs.git
      pkgs.openssh
      pkgs.openssl
    ])
    "/run/current-system/sw/bin"
    "/usr/local/bin"
    "/usr/bin"
    "/bin"
  ];

  inHome = lib.any (top: lib.hasPrefix top "${toString cfg.flake}/") [
    "/home/"
    "/root/"
  ];

  # What starts operations as units of their own needs little itself: its files, the Nix daemon, systemd over D-Bus, the
  # journal, and the network to look at a git repository.
  confined = {
    CacheDirectory = "croft";
    CacheDirectoryMode = "0700";
    StateDirectory = "croft";
    StateDirectoryMode = "0755";

    NoNewPrivileges = true;
    ProtectSystem = "strict";
    # The rest of people's homes stays out of sight where the flake lies in one.
    ProtectHome = if inHome then "tmpfs" else true;
    BindReadOnlyPaths = lib.optional inHome "-${cfg.flake}";
    PrivateTmp = true;
    PrivateDevices = true;
    ProtectClock = true;
    ProtectHostname = true;
    ProtectControlGroups = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_UNIX"
    ];
    CapabilityBoundingSet = [
      "CAP_DAC_OVERRIDE"
      "CAP_DAC_READ_SEARCH"
      "CAP_FOWNER"
      "CAP_CHOWN"
    ];
    SystemCallArchitectures = "native";
    SystemCallFilter = [
      "@system-service"
      "~@resources"
    ];
    SystemCallErrorNumber = "EPERM";
    UMask = "0077";
    # What this program has in its memory may be a secret on its way to be sealed.
    LimitCORE = 0;
  };
  environment = {
    PATH = lib.mkForce searchPath;
    # Root would otherwise write to the store itself, which the settings above do not allow.
    NIX_REMOTE = "daemon";
    HOME = "/var/cache/croft";
  };

  timedUnits = {
    systemd.services = lib.mapAttrs (_: timed: {
      inherit (timed) description;
      # It is the timer's to start, and what it has begun goes on through a switch.
      restartIfChanged = false;
      inherit environment;
      serviceConfig =
        confined
        // {
          Type = "oneshot";
          ExecStart = lib.concatStringsSep " " ([ "${package}/libexec/croft-host/croft-op" ] ++ timed.arguments);
        }
        // timed.credentials;
    }) cfg.timed;
    systemd.timers = lib.mapAttrs (_: timed: {
      inherit (timed) description;
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = timed.onCalendar;
        RandomizedDelaySec = "30min";
        Persistent = true;
      };
    }) cfg.timed;
  };
in
{
  options.services.croft-host = {
    enable = lib.mkEnableOption "the channel for a Croft console";

    authorizedKeys = mkOption {
      type = types.listOf publicKey;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… croft" ];
      description = "Public keys of the consoles that may change this box. They can do nothing but speak croft-host/1.";
    };

    flake = mkOption {
      type = types.path;
      default = "/var/lib/croft/flake";
      description = "The git repository with the flake of this box, on this box. Root has to own it.";
    };

    stateFile = mkOption {
      type = types.strMatching "[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*";
      default = "state.json";
      example = "hosts/attic/state.json";
      description = "The file that `croft.stateFile` reads, from the top of that repository: the only one that Croft writes.";
    };

    branch = mkOption {
      type = types.strMatching "[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*";
      default = "main";
      description = "The branch that is checked out there. Croft's commits go on top of it.";
    };

    attribute = mkOption {
      type = types.nullOr (types.strMatching "[A-Za-z0-9_][A-Za-z0-9_-]*");
      default = null;
      description = "The name of this box in `nixosConfigurations`, when it is not its host name.";
    };

    timed = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            description = mkOption { type = types.str; };
            arguments = mkOption {
              type = types.listOf (types.strMatching "[a-z0-9-]+");
              description = "What croft-op is told.";
            };
            onCalendar = mkOption { type = types.str; };
            credentials = mkOption {
              type = types.attrsOf (types.listOf types.str);
              default = { };
              description = "What the unit is given of secrets, in systemd's settings.";
            };
          };
        }
      );
      default = { };
      internal = true;
      description = "Operations that the box starts by itself: units of these names, with a timer each.";
    };
  };

  config = lib.mkIf cfg.enable (lib.mkMerge [ timedUnits {
    users.users.${user} = {
      isSystemUser = true;
      group = user;
      description = "Croft console";
      shell = package;
      # Whatever the client asks for, sshd runs the relay; `restrict` takes away all the rest.
      openssh.authorizedKeys.keys = map (key: ''restrict,command="${relay}" ${key}'') cfg.authorizedKeys;
    };
    users.groups.${user} = { };

    # Also puts the relay where /etc/passwd and authorized_keys look for it.
    environment.systemPackages = [ package ];

    services.openssh = {
      enable = true;
      # A second lock on the same door, for the case that a key gets into the file by another way.
      extraConfig = ''
        Match User ${user}
          AuthenticationMethods publickey
          ForceCommand ${relay}
          DisableForwarding yes
          PermitTTY no
          PermitTunnel no
          PermitUserRC no
          MaxSessions 100
        Match All
      '';
    };

    # The box's configuration is a flake, and its owner's tools need to know, too.
    nix.settings.experimental-features = [
      "nix-command"
      "flakes"
    ];

    environment.etc."croft/hostd.json".text = builtins.toJSON {
      inherit (cfg) branch flake stateFile;
      attribute = config.networking.hostName;
      nixosConfiguration = cfg.attribute;
    };

    systemd.slices.croft-build.description = "Builds and changes of this box";

    systemd.sockets.croft-hostd = {
      description = "Croft host helper";
      wantedBy = [ "sockets.target" ];
      socketConfig = {
        ListenStream = "/run/croft/hostd.sock";
        SocketUser = "root";
        SocketGroup = user;
        SocketMode = "0660";
        DirectoryMode = "0755";
        # One process takes them all and forks for each; systemd would start a unit and an interpreter for every question.
        Accept = false;
        Backlog = 128;
      };
    };

    systemd.services.croft-hostd = {
      description = "Croft host helper";
      # A new helper takes over by one restart, while systemd holds the socket. The dialogues that are under way have
      # processes of their own, which KillMode=process leaves alone: a change must not end the commands that watch it.
      stopIfChanged = false;
      inherit environment;
      serviceConfig = confined // {
        ExecStart = "${package}/libexec/croft-host/croft-hostd";
        KillMode = "process";
      };
    };

    # What measures, for croft-hostd alone, while anybody watches. Everything that it reads is for all to read.
    systemd.sockets.croft-sampler = {
      description = "Croft sampler";
      wantedBy = [ "sockets.target" ];
      socketConfig = {
        ListenStream = "/run/croft/sampler.sock";
        SocketMode = "0600";
        DirectoryMode = "0755";
        Accept = false;
      };
    };
    systemd.services.croft-sampler = {
      description = "Croft sampler";
      serviceConfig = {
        ExecStart = "${sampler}/bin/croft-sampler";
        DynamicUser = true;
        # Nine files of a unit stay open.
        LimitNOFILE = 16384;
        MemoryMax = "128M";
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        PrivateDevices = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "invisible";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictAddressFamilies = [ "AF_UNIX" ];
        IPAddressDeny = "any";
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
          "~@resources"
        ];
        SystemCallErrorNumber = "EPERM";
        UMask = "0077";
      };
    };

    # Once after a boot: gives every operation that a power cut left without a result its true end.
    systemd.services.croft-settle = {
      description = "Croft: end what the last boot left open";
      wantedBy = [ "multi-user.target" ];
      after = [
        "local-fs.target"
        "nix-daemon.socket"
        "systemd-tmpfiles-setup.service"
      ];
      wants = [ "nix-daemon.socket" ];
      # A switch brings back what multi-user.target wants and is not up: this one stays up when it is done, and a new version
      # of it waits for the next boot.
      restartIfChanged = false;
      inherit environment;
      serviceConfig = confined // {
        # Not oneshot: neither the boot nor a switch waits for its end, and a switch may be what it has to wait for.
        Type = "exec";
        RemainAfterExit = true;
        ExecStart = "${package}/libexec/croft-host/croft-op settle";
      };
    };

    # The policy is in /etc/croft/facts.json; a box that is not to collect by itself has the timer, too.
    systemd.services.croft-gc = {
      description = "Croft: make room by the box's policy";
      after = [ "nix-daemon.socket" ];
      wants = [ "nix-daemon.socket" ];
      # It is the timer's to start, and what it has begun goes on through a switch.
      restartIfChanged = false;
      inherit environment;
      serviceConfig = confined // {
        Type = "oneshot";
        Slice = "croft-build.slice";
        ExecStart = "${package}/libexec/croft-host/croft-op gc-auto";
      };
    };
    systemd.timers.croft-gc = {
      description = "Croft: make room once a day";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = "daily";
        RandomizedDelaySec = "1h";
        # A box that is off at that hour collects when it is on again.
        Persistent = true;
      };
    };

    systemd.services.croft-sizes = {
      description = "Croft: write down how large the apps' directories are";
      restartIfChanged = false;
      inherit environment;
      serviceConfig = confined // {
        Type = "oneshot";
        Slice = "croft-build.slice";
        ExecStart = "${package}/libexec/croft-host/croft-op note-sizes";
      };
    };
    systemd.timers.croft-sizes = {
      description = "Croft: write down the sizes once a day";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = "daily";
        RandomizedDelaySec = "1h";
        Persistent = true;
      };
    };

    systemd.tmpfiles.rules = [
      "d /var/lib/croft 0755 root root -"
      "d /var/lib/croft/flake 0755 root root -"
      "d /var/lib/croft/operations 0700 root root -"
      "d /var/lib/croft/credentials 0700 root root -"
      "d /var/lib/croft/apps 0755 root root -"
      "d /var/lib/croft/snapshots 0700 root root -"
      "d /var/lib/croft/backups 0700 root root -"
    ];
  } ]);
}
