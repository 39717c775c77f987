# services.openssh: Debian's sshd under NixOS's unit, with NixOS's configuration file.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOptionDefault;
  cfg = config.services.openssh;

  # sshd takes the first value it meets; lists are joined as each keyword wants it
  commaLists = [ "Ciphers" "KexAlgorithms" "Macs" "HostKeyAlgorithms" "PubkeyAcceptedAlgorithms" ];
  showValue =
    name: value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else if lib.isList value then
      lib.concatStringsSep (if lib.elem name commaLists then "," else " ") value
    else
      toString value;
  settings = lib.concatStrings (
    lib.mapAttrsToList (name: value: "${name} ${showValue name value}\n") (lib.filterAttrs (_: v: v != null) cfg.settings)
  );

  # IPv6 addresses want brackets before a port
  bracketed = address: if lib.hasInfix ":" address && !(lib.hasPrefix "[" address) then "[${address}]" else address;
  listen = lib.concatMapStrings (
    l: "ListenAddress ${bracketed l.addr}${lib.optionalString (l.port != null) ":${toString l.port}"}\n"
  ) cfg.listenAddresses;

  text = ''
    ${settings}${lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports}${listen}
    AuthorizedKeysFile ${toString cfg.authorizedKeysFiles}
    AuthorizedKeysCommand ${cfg.authorizedKeysCommand}
    ${lib.optionalString (cfg.authorizedKeysCommand != "none") "AuthorizedKeysCommandUser ${cfg.authorizedKeysCommandUser}\n"}${
      lib.optionalString cfg.allowSFTP "Subsystem sftp internal-sftp\n"
    }${lib.concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys}
    ${cfg.extraConfig}
  '';

  hosts = config.programs.ssh.knownHosts;
  knownHosts = lib.concatStrings (
    map (
      host:
      "${lib.optionalString host.certAuthority "@cert-authority "}${lib.concatStringsSep "," host.hostNames} ${
        if host.publicKey != null then host.publicKey else lib.fileContents host.publicKeyFile
      }\n"
    ) (lib.attrValues hosts)
  );

  # A configuration that sshd does not understand must not get as far as a running host.
  configFile = pkgs.runCommandLocal "sshd.conf-final" { inherit text; passAsFile = [ "text" ]; } ''
    /usr/sbin/sshd -G -f "$textPath" > /dev/null
    cp "$textPath" "$out"
  '';
in
{
  options.programs.ssh.knownHosts = lib.mkOption {
    type = lib.types.attrsOf (
      lib.types.submodule (
        { name, config, ... }:
        {
          config.hostNames = mkOptionDefault ([ name ] ++ config.extraHostNames);
        }
      )
    );
  };

  config = lib.mkMerge [
    {
      # for git over SSH, among others
      environment.etc = {
        "ssh/ssh_known_hosts" = mkIf (hosts != { }) { text = knownHosts; };
        "ssh/ssh_config.d/nixos.conf" = mkIf (config.programs.ssh.extraConfig != "") {
          text = config.programs.ssh.extraConfig;
        };
      };

      services.openssh = {
        generateHostKeys = mkOptionDefault cfg.enable;
        hostKeys = mkOptionDefault [
          {
            type = "rsa";
            bits = 4096;
            path = "/etc/ssh/ssh_host_rsa_key";
          }
          {
            type = "ed25519";
            path = "/etc/ssh/ssh_host_ed25519_key";
          }
        ];
        settings.KexAlgorithms = mkOptionDefault [
          "mlkem768x25519-sha256"
          "sntrup761x25519-sha512"
          "sntrup761x25519-sha512@openssh.com"
          "curve25519-sha256"
          "curve25519-sha256@libssh.org"
        ];
      };
    }
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = !cfg.startWhenNeeded;
          message = "services.openssh.startWhenNeeded: the sandbox host has sshd.service only, no sshd.socket.";
        }
      ];

      services.openssh.authorizedKeysFiles =
        lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys" ++ [ "/etc/ssh/authorized_keys.d/%u" ];

      users.users.sshd = {
        isSystemUser = true;
        group = "sshd";
        description = "SSH privilege separation user";
        # where Debian has it; sshd changes its root there
        home = "/run/sshd";
      };
      users.groups.sshd = { };

      environment.etc."ssh/sshd_config".source = configFile;
      networking.firewall.allowedTCPPorts = mkIf cfg.openFirewall cfg.ports;

      systemd.services = {
        sshd-keygen = mkIf cfg.generateHostKeys {
          description = "SSH Host Keys Generation";
          # a machine whose image has keys keeps them
          unitConfig.ConditionFileNotEmpty = map (key: "|!${key.path}") cfg.hostKeys;
          serviceConfig.Type = "oneshot";
          path = [ pkgs.openssh ];
          script = lib.concatMapStrings (key: ''
            if ! [ -s ${lib.escapeShellArg key.path} ]; then
              rm -f ${lib.escapeShellArg key.path}
              mkdir -p "$(dirname ${lib.escapeShellArg key.path})"
              ssh-keygen -t ${lib.escapeShellArg key.type} ${
                lib.optionalString (key ? bits) "-b ${toString key.bits}"
              } -f ${lib.escapeShellArg key.path} -N "" -C ${lib.escapeShellArg (key.comment or "")}
            fi
          '') cfg.hostKeys;
        };
        sshd = {
          description = "SSH Daemon";
          wantedBy = [ "multi-user.target" ];
          after = [ "network.target" "sshd-keygen.service" ];
          wants = [ "sshd-keygen.service" ];
          # Debian's own unit serves the same port. Its sessions live on (KillMode=process there, too).
          conflicts = [ "ssh.service" "ssh.socket" ];
          # One restart after activation: between stop and start nobody could connect.
          stopIfChanged = false;
          restartTriggers = [ configFile ];
          serviceConfig = {
            Type = "notify";
            ExecStart = "/usr/sbin/sshd -D -f /etc/ssh/sshd_config";
            ExecReload = "/bin/kill -HUP $MAINPID";
            # sessions are in their own scopes or survive as processes of this unit: a restart must not end them
            KillMode = "process";
            Restart = "always";
            RuntimeDirectory = "sshd";
            RuntimeDirectoryMode = "0755";
            RuntimeDirectoryPreserve = true;
          };
        };
      };
    })
  ];
}
