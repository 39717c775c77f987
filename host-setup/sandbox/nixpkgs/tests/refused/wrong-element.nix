{ lib }: (lib.evalModules { modules = [ { options.words = lib.mkOption { type = lib.types.listOf lib.types.str; }; } { _file = "user.nix"; words = [ "a" 1 ]; } ]; }).config.words
