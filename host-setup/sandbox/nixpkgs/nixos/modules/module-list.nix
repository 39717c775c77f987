# The modules every configuration is made of. What they implement is listed in implemented.nix.
[
  (import ../options { })
  ./assertions.nix
  ./nixpkgs.nix
  ./misc.nix
  ./version.nix
  ./implemented.nix
  ./system/etc.nix
  ./system/users.nix
  ./system/path.nix
  ./system/activation.nix
  ./system/toplevel.nix
  ./systemd/manager.nix
  ./systemd/units.nix
  ./systemd/services.nix
  ./systemd/tmpfiles.nix
  ./systemd/journald.nix
  ./services/nix-daemon.nix
  ./services/openssh.nix
  ./services/sudo.nix
  ./services/firewall.nix
  ./services/nginx.nix
  ./services/step-ca.nix
  ./security/acme.nix
]
