# The strongest definition counts; equal ones merge in the order of the modules.
{ lib }:
let
  inherit (lib) mkOption types;
  system = lib.evalModules {
    modules = [
      {
        options = {
          forced = mkOption { type = types.str; default = "default"; };
          plain = mkOption { type = types.str; default = "default"; };
          weak = mkOption { type = types.str; default = "default"; };
          untouched = mkOption { type = types.str; default = "default"; };
          words = mkOption { type = types.listOf types.str; default = [ "default" ]; };
          text = mkOption { type = types.lines; default = ""; };
        };
      }
      { forced = "module"; plain = "module"; weak = lib.mkDefault "weak"; words = [ "b" ]; text = "middle"; }
      { forced = lib.mkForce "forced"; words = lib.mkBefore [ "a" ]; text = lib.mkAfter "last"; }
      { words = lib.mkAfter [ "z" ]; text = lib.mkOrder 1 "first"; }
      { imports = [ { words = [ "imported" ]; } ]; words = lib.mkMerge [ [ "m1" ] (lib.mkIf false [ "no" ]) (lib.mkIf true [ "m2" ]) ]; }
    ];
  };
in
{
  inherit (system.config) forced plain weak untouched words text;
  priorities = lib.mapAttrs (_: o: o.highestPrio) (removeAttrs system.options [ "_module" ]);
  defined = lib.mapAttrs (_: o: o.isDefined) (removeAttrs system.options [ "_module" ]);
}
