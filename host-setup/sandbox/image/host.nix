# What belongs to this machine and not to Croft: on the sandbox host, the way in and the name servers it was booted with.
{ lib, ... }:
{
  nixpkgs.hostPlatform = "x86_64-linux";

  services.openssh.enable = true;
  services.croft-host = {
    enable = true;
    # The console's own key, made by `croft up` before the sandbox was started.
    authorizedKeys = [ (lib.removeSuffix "\n" (builtins.readFile ./channel_ed25519.pub)) ];
  };
}
