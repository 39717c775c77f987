# mkIf and mkMerge at every height, and conditions that depend on what they guard.
{ lib }:
let
  inherit (lib) mkOption types;
  system = lib.evalModules {
    modules = [
      {
        options = {
          mode = mkOption { type = types.str; default = "a"; };
          nested.deep.flag = lib.mkEnableOption "flag";
          nested.deep.value = mkOption { type = types.int; default = 0; };
          set = mkOption { type = types.attrsOf types.str; default = { }; };
        };
      }
      ({ config, ... }: {
        config = lib.mkMerge [
          (lib.mkIf (config.mode == "b") { nested.deep.flag = true; set.only-b = "yes"; })
          (lib.mkIf (config.mode == "a") { set.only-a = "yes"; })
          { nested = lib.mkIf (config.mode == "b") { deep = lib.mkForce { value = 3; }; }; }
        ];
      })
      { mode = lib.mkIf true (lib.mkDefault "b"); }
      { set = lib.mkMerge [ { x = lib.mkIf false "no"; y = lib.mkIf true "yes"; } (lib.mkIf false { z = "no"; }) ]; }
    ];
  };
in
system.config
