# Settings with a free form: declared keys have types and defaults, the others merge as the free form says.
{ lib }:
let
  inherit (lib) mkOption types;
  system = lib.evalModules {
    modules = [
      {
        options.settings = mkOption {
          type = types.submodule {
            freeformType = types.attrsOf (types.attrsOf types.anything);
            options.log.level = mkOption { type = types.enum [ "info" "debug" ]; default = "info"; };
          };
          default = { };
        };
      }
      { settings.server.port = 1; }
      { settings.server.hosts = [ "a" ]; settings.log.level = "debug"; settings.log.file = "/dev/null"; }
      {
        options.open = mkOption { type = types.lazyAttrsOf types.raw; default = { }; };
        config.open.a = x: x;
        config.open.b = 1;
      }
    ];
  };
  top = lib.evalModules { modules = [ { freeformType = types.attrsOf types.int; options.known = mkOption { type = types.int; default = 1; }; } { other = 2; } ]; };
in
{
  inherit (system.config) settings;
  open = lib.attrNames system.config.open;
  top = top.config;
  description = system.options.settings.type.description;
}
