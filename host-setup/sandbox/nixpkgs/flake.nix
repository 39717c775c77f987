{
  description = "Croft's stand-in for nixpkgs on the sandbox host: module system, NixOS options and Debian's programs as packages";

  outputs =
    { self }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      lib = import ./lib;
      pkgsFor = system: import ./pkgs { inherit system; };
    in
    {
      lib = lib // {
        nixosSystem =
          arguments:
          import ./nixos (
            {
              # nixpkgs.hostPlatform may say it instead, as on NixOS
              system = null;
            }
            // arguments
          );
      };
      legacyPackages = lib.genAttrs systems pkgsFor;
      # The options of well-known modules from outside nixpkgs, declared so that a configuration that uses them evaluates.
      nixosModules = lib.genAttrs [
        "agenix"
        "arion"
        "comin"
        "disko"
        "impermanence"
        "microvm"
        "microvm-host"
        "quadlet"
      ] (from: import ./nixos/options { inherit from; })
      // {
        # This one does what its options say.
        sops.imports = [
          (import ./nixos/options { from = "sops"; })
          ./nixos/modules/outside/sops.nix
        ];
      };
    };
}
