# sops-nix, as a box's flake.nix adds it: here the sandbox's, whose program nothing needs to be built for.
{ pkgs, ... }:
let
  standIn = ../../../../host-setup/sandbox/nixpkgs/nixos;
in
{
  imports = [
    (import (standIn + "/options") { from = "sops"; })
    (standIn + "/modules/outside/sops.nix")
  ];
  sops.package = pkgs.writeShellScriptBin "sops-install-secrets" "exit 0";
}
