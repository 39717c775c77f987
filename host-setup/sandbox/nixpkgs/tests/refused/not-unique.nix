{ lib }: (lib.evalModules { modules = [ { options.name = lib.mkOption { type = lib.types.raw; }; } { _file = "one.nix"; name = 1; } { _file = "two.nix"; name = 2; } ]; }).config.name
