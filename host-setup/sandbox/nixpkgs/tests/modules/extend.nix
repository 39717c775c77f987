# extendModules: the same modules and more; types made of a configuration.
{ lib }:
let
  inherit (lib) mkOption types;
  base = lib.evalModules {
    specialArgs.a = 1;
    modules = [
      ({ a, ... }: { options.n = mkOption { type = types.int; default = a; }; options.m = mkOption { type = types.int; default = 0; }; })
      { m = 1; }
    ];
  };
  extended = base.extendModules { modules = [ { m = lib.mkForce 9; } ]; specialArgs.b = 2; };
  asType = lib.evalModules { modules = [ { options.x = mkOption { type = types.attrsOf base.type; default = { }; }; } { x.one.n = 5; } ]; };
in
{
  base = base.config;
  extended = extended.config;
  asType = asType.config;
}
