# nix-daemon: Debian's unit (KillMode=process, as upstream's), with what NixOS adds to it. What `nix.settings` says does nothing
# here: the image's nix.conf belongs to the sandbox.
{ pkgs, ... }:
{
  systemd.services.nix-daemon = {
    path = [
      pkgs.nix
      pkgs.util-linux
      pkgs.openssh
    ];
    # One restart after activation, with the socket up all the time: a client does not try again. Builds that are under way have
    # processes of their own, which go on.
    stopIfChanged = false;
  };
}
