# What belongs to this machine and not to Croft: boot loader, disks, network, your own account.
# Anything that a NixOS configuration can say fits here.
{
  nixpkgs.hostPlatform = "x86_64-linux";

  # imports = [ ./hardware.nix ./disk.nix ];

  services.croft-host = {
    enable = true;
    # The console shows its public key when you add this box.
    authorizedKeys = [
      # "ssh-ed25519 AAAA… croft"
    ];
  };
}
