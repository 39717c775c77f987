# The box's MariaDB: settings and limits. The apps' databases are made by apps/attach.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.croft.services.mysql;
in
{
  imports = [ (import ./limits.nix "mysql" "mysql") ];

  config = lib.mkIf (cfg != null) {
    services.mysql = {
      enable = true;
      package = pkgs.mariadb;
      settings.mysqld = lib.filterAttrs (_: value: value != null) cfg.settings // {
        # Apps come by the socket, which tells the server who they are.
        bind-address = lib.mkDefault "127.0.0.1";
      };
    };
    # A query that takes too much ends its session, not the server.
    systemd.services.mysql.serviceConfig.OOMPolicy = "continue";
  };
}
