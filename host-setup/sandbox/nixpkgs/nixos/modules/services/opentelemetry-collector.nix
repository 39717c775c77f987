# services.opentelemetry-collector: NixOS's unit. Debian has no collector: the unit can be evaluated here, and not built.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.opentelemetry-collector;
  generated =
    if cfg.configFile == null then (pkgs.formats.yaml { }).generate "config.yaml" cfg.settings else cfg.configFile;
  conf =
    if cfg.validateConfigFile then
      pkgs.runCommandLocal "config.yaml" { inherit generated; } ''
        cp $generated $out
        ${lib.getExe cfg.package} validate --config=file:$out
      ''
    else
      generated;
in
{
  config = lib.mkMerge [
    {
      services.opentelemetry-collector = {
        package = lib.mkDefault pkgs.opentelemetry-collector;
        validateConfigFile = lib.mkDefault true;
      };
    }
    (lib.mkIf cfg.enable {
      assertions = [
        {
          assertion = (cfg.settings == { }) != (cfg.configFile == null);
          message = ''
            Please specify a configuration for Opentelemetry Collector with either
            'services.opentelemetry-collector.settings' or
            'services.opentelemetry-collector.configFile'.
          '';
        }
      ];
      systemd.services.opentelemetry-collector = {
        description = "Opentelemetry Collector Service Daemon";
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          ExecStart = "${lib.getExe cfg.package} --config=file:${conf}";
          DynamicUser = true;
          Restart = "always";
          ProtectSystem = "full";
          DevicePolicy = "closed";
          NoNewPrivileges = true;
          WorkingDirectory = "%S/opentelemetry-collector";
          StateDirectory = "opentelemetry-collector";
          SupplementaryGroups = [ "systemd-journal" ];
        };
      };
    })
  ];
}
