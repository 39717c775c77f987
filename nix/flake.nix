{
  description = "Croft: NixOS modules that turn state.json into a running system";

  # No inputs on purpose: the box chooses its nixpkgs, and everything here takes `pkgs` and `lib` from the
  # system it is imported into. Files reach `../host-setup`, so refer to the repository as `…?dir=nix`.
  outputs =
    { self }:
    {
      # `croft.*`: the state and the apps it describes.
      nixosModules.default = ./modules;

      # `services.croft-host`: the channel through which the console asks, and the helper that acts.
      nixosModules.host = ../host-setup/host;

      # Pure functions of the state; they need nothing but builtins.
      lib = import ./lib;

      # croft-guard and the rest of the helper as a package, from the nixpkgs of whoever asks: for a clone of a box's flake, where
      # no box is at hand.
      helper = pkgs: import ../host-setup/host/package.nix { inherit pkgs; };

      # Lets a console look after the NixOS box that it runs on; a script, so that it needs no nixpkgs.
      apps = builtins.listToAttrs (
        map
          (system: {
            name = system;
            value.enrol = {
              type = "app";
              program = "${self.sourceInfo}/host-setup/enrol/enrol";
            };
          })
          [
            "x86_64-linux"
            "aarch64-linux"
          ]
      );

      templates.default = {
        path = ./template;
        description = "The flake of one box that Croft looks after";
      };
    };
}
