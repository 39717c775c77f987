# What options tell about themselves: files, locations, documentation.
{ lib }:
let
  inherit (lib) mkOption types;
  system = lib.evalModules {
    modules = [
      {
        _file = "declares.nix";
        options.a.b = mkOption { type = types.listOf types.int; default = [ ]; description = "Some numbers."; example = [ 1 ]; };
        options.c = mkOption { type = types.attrsOf (types.submodule { options.d = mkOption { type = types.str; description = "Inner."; }; }); default = { }; };
        options.r = mkOption { type = types.int; readOnly = true; default = 3; apply = x: x + 1; };
      }
      { _file = "one.nix"; a.b = [ 1 ]; }
      { _file = "two.nix"; a.b = [ 2 ]; }
    ];
  };
  option = system.options.a.b;
  docs = lib.optionAttrSetToDocList (removeAttrs system.options [ "_module" ]);
in
{
  inherit (option) files loc declarations definitions isDefined;
  located = map (d: { inherit (d) file value; }) option.definitionsWithLocations;
  shown = "${option}";
  r = system.config.r;
  docs = map (d: { inherit (d) name type readOnly internal description; }) (lib.filter (d: !lib.hasInfix "_module" d.name) docs);
}
