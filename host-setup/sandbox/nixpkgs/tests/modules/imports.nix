# imports, disabledModules, keys, module arguments and shorthand.
{ lib }:
let
  inherit (lib) mkOption types;
  words = mkOption { type = types.listOf types.str; default = [ ]; };
  keyed = word: { key = "keyed-${word}"; config.words = [ word ]; };
  system = lib.evalModules {
    specialArgs.special = "from-special";
    modules = [
      { options.words = words; options.args = mkOption { type = types.attrsOf types.str; default = { }; }; }
      { imports = [ (keyed "once") (keyed "twice") ]; }
      { imports = [ (keyed "once") ]; }
      { imports = [ (keyed "disabled") ]; disabledModules = [ { key = "keyed-disabled"; } ]; }
      ({ special, ... }: { args = { inherit special; }; })
      ({ given, config, ... }@all: { args = { inherit given; count = toString (lib.length config.words); }; })
      { _module.args.given = "from-config"; }
      (lib.mkIf true { words = [ "module-in-mkIf" ]; })
    ];
  };
  words' = system.config.words;
in
{
  inherit (system.config) args;
  words = words';
}
