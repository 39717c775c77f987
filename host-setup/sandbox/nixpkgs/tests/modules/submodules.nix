# Submodules: names, defaults from each other, several declarations of one option, values given as functions.
{ lib }:
let
  inherit (lib) mkOption types;
  app =
    { name, config, ... }:
    {
      options = {
        enable = lib.mkEnableOption name;
        port = mkOption { type = types.port; default = 80; };
        url = mkOption { type = types.str; };
        tags = mkOption { type = types.listOf types.str; default = [ ]; };
      };
      config.url = lib.mkDefault "http://${name}:${toString config.port}";
    };
  system = lib.evalModules {
    modules = [
      { options.apps = mkOption { type = types.attrsOf (types.submodule app); default = { }; }; }
      # a second declaration adds an option to each
      { options.apps = mkOption { type = types.attrsOf (types.submodule { options.extra = mkOption { type = types.int; default = 7; }; }); }; }
      { apps.web = { port = 8080; enable = true; tags = [ "one" ]; }; }
      { apps.web = { config, ... }: { tags = [ "port-${toString config.port}" ]; }; }
      { apps.api = lib.mkIf true { port = lib.mkDefault 1; }; apps.gone = lib.mkIf false { }; }
      { options.single = mkOption { type = types.submodule { options.a = mkOption { type = types.str; default = "a"; }; }; default = { }; }; }
      # options below an option of type submodule count as its own
      { options.single.b = mkOption { type = types.str; default = "b"; }; config.single.a = "changed"; }
      { options.list = mkOption { type = types.listOf (types.submodule { options.x = mkOption { type = types.int; default = 1; }; }); default = [ ]; }; }
      { list = [ { } { x = 2; } (lib.mkIf false { x = 3; }) ]; }
      { options.maybe = mkOption { type = types.nullOr (types.submodule { options.y = mkOption { type = types.int; default = 5; }; }); default = null; }; }
      { maybe = { }; }
    ];
  };
in
removeAttrs system.config [ ] // { description = system.options.apps.type.description; }
