# The flake of this box. It is yours: Croft writes only state.json next to it, one commit per change.
# To build by hand:  nixos-rebuild build --flake /var/lib/croft/flake
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    # Where you take Croft from; `?dir=nix` because its flake is in that folder.
    croft.url = "git+https://git.example/croft.git?dir=nix";
    # For secrets that are kept in here, encrypted by sops: take the sign away. README.md tells more.
    # sops-nix = { url = "github:Mic92/sops-nix"; inputs.nixpkgs.follows = "nixpkgs"; };
  };

  outputs =
    {
      self,
      nixpkgs,
      croft,
      ...
    }@inputs:
    let
      # Only the name is read here; the modules read the rest.
      state = builtins.fromJSON (builtins.readFile ./state.json);
      systems = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ];
    in
    {
      # Looks for secrets in these files: `nix run .#croft-guard`, in CI and in .githooks/pre-commit. README.md tells more.
      apps = systems (system: {
        croft-guard = {
          type = "app";
          program = "${croft.helper nixpkgs.legacyPackages.${system}}/bin/croft-guard";
        };
      });

      nixosConfigurations.${state.host.name} = nixpkgs.lib.nixosSystem {
        modules = [
          croft.nixosModules.default
          croft.nixosModules.host
          {
            croft.stateFile = ./state.json;
            # The commit, so that a running system tells what made it. Uncommitted changes have none.
            system.configurationRevision = self.rev or null;
          }
          # Your own configuration: hardware, disks, users, keys.
          ./host
        ]
        ++ nixpkgs.lib.optional (inputs ? sops-nix) inputs.sops-nix.nixosModules.sops;
      };
    };
}
