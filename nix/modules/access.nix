# Who gets into the box, and by which ports.
{ config, lib, ... }:
let
  inherit (config.croft) host;
  admins = lib.attrNames (lib.filterAttrs (_: user: user.admin) host.users);
in
{
  networking.firewall = {
    allowedTCPPorts = host.firewall.tcp;
    allowedUDPPorts = host.firewall.udp;
  };

  # Against what the box's own configuration says: two words on who gets in are an error, not a matter of rank.
  services.openssh.settings.PasswordAuthentication = host.ssh.passwordAuthentication;
  # A password can also be asked for this way. Somebody may want it for something else, such as one-time codes.
  services.openssh.settings.KbdInteractiveAuthentication = lib.mkDefault host.ssh.passwordAuthentication;

  # Accounts without a password: a key opens them, and the box's own configuration may add one.
  users.users = lib.mapAttrs (_: user: {
    isNormalUser = true;
    extraGroups = lib.optional user.admin "wheel";
    openssh.authorizedKeys = { inherit (user) keys; };
  }) host.users;

  # sudo asks members of wheel for the password that these accounts do not have.
  security.sudo.extraRules = lib.mkIf (admins != [ ]) [
    {
      users = admins;
      commands = [
        {
          command = "ALL";
          options = [ "NOPASSWD" ];
        }
      ];
    }
  ];
}
