# deferredModule: modules as values, to be evaluated somewhere else.
{ lib }:
let
  inherit (lib) mkOption types;
  outer = lib.evalModules {
    modules = [
      { options.defaults = mkOption { type = types.deferredModule; default = { }; }; }
      { defaults = { options.port = mkOption { type = types.int; default = 1; }; }; }
      { defaults = { config, ... }: { options.url = mkOption { type = types.str; }; config.url = "http://x:${toString config.port}"; }; }
    ];
  };
  inner = lib.evalModules { modules = [ outer.config.defaults { port = 5; } ]; };
in
inner.config
