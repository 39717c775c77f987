{
  networking.nftables.enable = true;
  networking.firewall = {
    allowedTCPPorts = [ 8080 22 80 ];
    allowedTCPPortRanges = [ { from = 9000; to = 9010; } ];
    allowedUDPPorts = [ 53 ];
    interfaces.wg0.allowedTCPPorts = [ 5432 ];
    trustedInterfaces = [ "podman0" ];
    allowPing = false;
  };
  networking.nftables.tables.mine = {
    family = "ip";
    content = "chain c { }";
  };
}
