{ lib }: (lib.evalModules { modules = [ { options.name = lib.mkOption { type = lib.types.str; }; } ]; }).config.name
