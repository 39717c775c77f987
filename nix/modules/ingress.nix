# How an app is reached: by its domains through nginx, or directly on its port.
{ config, lib, ... }:
let
  apps = lib.filterAttrs (_: app: app.run.port != null) config.croft.apps;
  named = lib.filterAttrs (_: app: app.domains != [ ]) apps;
  direct = lib.filterAttrs (_: app: app.domains == [ ]) apps;

  virtualHost = app: {
    locations."/" = {
      proxyPass = "http://127.0.0.1:${toString app.run.port}";
      proxyWebsockets = true;
    };
  };
in
{
  networking.firewall.allowedTCPPorts =
    lib.mapAttrsToList (_: app: app.run.port) direct ++ lib.optional (named != { }) 80;

  services.nginx = lib.mkIf (named != { }) {
    enable = true;
    recommendedProxySettings = true;
    virtualHosts = lib.foldl' (hosts: app: hosts // lib.genAttrs app.domains (_: virtualHost app)) { } (
      lib.attrValues named
    );
  };
}
