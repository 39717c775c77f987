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

  # The owner's own configuration may have a better answer for unknown names.
  others = removeAttrs config.services.nginx.virtualHosts [ "_" ];
  ownersDefault = lib.any (host: host.default) (lib.attrValues others);
in
{
  networking.firewall.allowedTCPPorts =
    lib.mapAttrsToList (_: app: app.run.port) direct ++ lib.optional (named != { }) 80;

  services.nginx = lib.mkIf (named != { }) {
    enable = true;
    recommendedProxySettings = true;
    virtualHosts =
      {
        # Without it nginx gives a request for any other name, or for the bare address, to the first app.
        "_" = {
          default = !ownersDefault;
          locations."/".return = "404";
        };
      }
      // lib.foldl' (hosts: app: hosts // lib.genAttrs app.domains (_: virtualHost app)) { } (
        lib.attrValues named
      );
  };
}
