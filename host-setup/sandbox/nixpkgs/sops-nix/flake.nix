# What the input `sops-nix` of a box's flake points at on a sandbox host.
{
  description = "Croft's stand-in for sops-nix: its module, around a program that opens files encrypted for age";

  outputs =
    { self, nixpkgs }:
    {
      nixosModules.sops = nixpkgs.nixosModules.sops;
      nixosModules.default = self.nixosModules.sops;
    };
}
