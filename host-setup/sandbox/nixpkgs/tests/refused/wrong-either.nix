{ lib }: (lib.evalModules { modules = [ { options.x = lib.mkOption { type = lib.types.either lib.types.int lib.types.bool; }; } { _file = "user.nix"; x = "a"; } ]; }).config.x
