# `nixosModules.default`: everything that state.json can say about a box.
{
  imports = [
    ./options.nix
    ./state.nix
    ./asserts.nix
    ./host.nix
    ./apps/service.nix
    ./ingress.nix
  ];
}
