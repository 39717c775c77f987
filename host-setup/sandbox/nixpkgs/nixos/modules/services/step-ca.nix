# services.step-ca: NixOS's unit, user and places, around a program that takes step-ca's ca.json (see pkgs/step-ca.py).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.step-ca;
  configFile = pkgs.writeText "ca.json" (
    builtins.toJSON (cfg.settings // { address = "${cfg.address}:${toString cfg.port}"; })
  );
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !lib.hasPrefix builtins.storeDir (toString cfg.intermediatePasswordFile);
        message = "<option>services.step-ca.intermediatePasswordFile</option> points to\na file in the Nix store. You should use a quoted absolute path to\nprevent this.";
      }
    ];

    users.users.step-ca = {
      isSystemUser = true;
      group = "step-ca";
      home = "/var/lib/step-ca";
    };
    users.groups.step-ca = { };
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
    environment.etc."smallstep/ca.json".source = configFile;

    systemd.services.step-ca = {
      description = "step-ca service";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      restartTriggers = [ configFile ];
      path = [ pkgs.openssl ];
      serviceConfig = {
        ExecStart = "${lib.getExe cfg.package} /etc/smallstep/ca.json --password-file \${CREDENTIALS_DIRECTORY}/intermediate_password";
        LoadCredential = "intermediate_password:${cfg.intermediatePasswordFile}";
        User = "step-ca";
        Group = "step-ca";
        DynamicUser = true;
        StateDirectory = "step-ca";
        UMask = "0077";
        Environment = "HOME=%S/step-ca";
        Restart = "on-failure";
        RestartSec = 5;
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
        NoNewPrivileges = true;
        ProtectSystem = "full";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectKernelTunables = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        LockPersonality = true;
        RestrictSUIDSGID = true;
        RestrictRealtime = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
