# What the box's owner may have in host/default.nix: /etc/croft/facts.json has to tell of it.
{
  networking.firewall = {
    allowedTCPPorts = [
      8001
      8002
    ];
    allowedTCPPortRanges = [
      {
        from = 8004;
        to = 8010;
      }
      {
        from = 8006;
        to = 8008;
      }
    ];
    allowedUDPPorts = [ 51820 ];
    interfaces.lan.allowedTCPPorts = [ 9100 ];
    interfaces.lan.allowedUDPPortRanges = [
      {
        from = 60000;
        to = 61000;
      }
    ];
  };
  services.openssh = {
    ports = [ 2222 ];
    openFirewall = true;
    listenAddresses = [
      {
        addr = "0.0.0.0";
        port = 2022;
      }
    ];
  };
  users.users.grace = {
    isNormalUser = true;
    openssh.authorizedKeys.keys = [ "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBIocoJorcEGlR0ovXa/LCjkQhnydqXsrCcFHJCL531nOyuXsvLs1oYkZTCaMC5QGnPVvHTSODH/zZRFseJprN50=" ];
  };
  users.users.robot = {
    isSystemUser = true;
    group = "robot";
    openssh.authorizedKeys.keys = [ "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQDASCCXpF3dx/7TkUjXQfYjYXsWbk0OKDxxcQBfrc3Fac2PCoWO8L/JsVNXR1u7EAyxG71sdjJRcDM51y2HqRfbgcpJv0BGgAA2tlqbhKOgWQscdguz34i0tmuiGYFqu1v525upQuKG6Y72peCMQb6YeBfk2a6nfwsv5uOBCpz06vrwdc14tNciv2Lzgj5O9EQq4Ua/VALsNks7yHSioXN3iLH5n+NMJGh+a9bCmR0gfA3xYDA2vJZm8kYNh5w4YtAzNPgB0FGqJ/RYtGukHDtNNh/83BH3ZRJGFPjujSnjdWyYaJ/e4slmxV3axC48J46RsFrc5yM0KO+V4K8C6FCeIZ9Edxf/1v3O5PzFx4KvzRKGZmmh/oQ1Y6EZaUE76diBnuFEgYl9PV9F5jDxVnb8HNpe5nEFtE34gieW2vjcQ8lLy08SLOTkxn8YFhbFAPoy6TdAjy5Fk+QjCs+aGc8nqI7o2cWvr74Y+ug303XjjHA0/ahhm2daTyFzkPMTqQtPRgUzipd4iqPaa/oJYT5d/zTo35iYvizI+J9soxVU/ddyl8Zfl7b9SgzGBL+T5075ZOLV6pHutUxiE6nvSOZDJAPkjtfxV5PJhqOsRYBFQpCkVmuJgsNnge3B7y4erc7wVgIuIAQulo3qEY1rSysfJURH9NfELdR2glq4RbW4lg==" ];
  };
  users.users.daemonlike = {
    isSystemUser = true;
    group = "robot";
  };
  users.groups.robot.members = [ "grace" ];
  # A clone in somebody's home, which the helper has to see, and nothing else there.
  services.croft-host.flake = "/home/grace/clone";
  # What the state asks for holds against this.
  services.journald.storage = "volatile";
  networking.enableIPv6 = false;
}
