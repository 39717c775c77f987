# The smallest flake that nixos-rebuild can build: systems of one unit, made without any nixpkgs.
{
  outputs =
    { self }:
    let
      wish = builtins.fromJSON (builtins.readFile ./wish.json);
      toplevel = derivation {
        name = "nixos-system-box-${wish.label}";
        system = builtins.currentSystem or "x86_64-linux";
        builder = "/usr/bin/bash";
        # A file and not `-c`: of that, bash would become its last command, and Nix kills a builder that closes its output early.
        args = [
          "-eu"
          ./build-system.sh
        ];
        PATH = "/usr/bin";
        program = builtins.readFile ./switch-to-configuration;
        passAsFile = [
          "program"
          "units"
        ];
        revision = self.rev or "";
        inherit (wish) label broken;
        units = builtins.toJSON wish.units;
      };
    in
    {
      nixosConfigurations.box.config.system.build.toplevel =
        if wish.label == "throw" then throw "this configuration does not evaluate" else toplevel;
    };
}
