# lib.nixosSystem: modules in, a configuration out, exactly as nixpkgs' nixos/lib/eval-config.nix answers.
{
  system ? null,
  modules,
  specialArgs ? { },
  extraModules ? [ ],
  prefix ? [ ],
  pkgs ? null,
  baseModules ? import ./modules/module-list.nix,
  ...
}:
let
  lib = import ../lib;
  evaluated = lib.evalModules {
    inherit prefix;
    class = "nixos";
    modules =
      baseModules
      ++ extraModules
      ++ [
        {
          _file = "nixos/default.nix";
          config = lib.mkMerge [
            (lib.mkIf (system != null) { nixpkgs.system = lib.mkDefault system; })
            (lib.mkIf (pkgs != null) { nixpkgs.pkgs = lib.mkDefault pkgs; })
          ];
        }
      ]
      ++ modules;
    specialArgs = {
      modulesPath = toString ./modules;
    } // specialArgs;
    explainUnknown = import ./unknown-options.nix { inherit lib; };
  };
in
evaluated
// {
  inherit lib;
  inherit (evaluated._module.args) pkgs;
}
