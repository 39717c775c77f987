{ lib }: (lib.evalModules { modules = [ { options.a = lib.mkOption { type = lib.types.nullOr lib.types.str; }; } { _file = "one.nix"; a = null; } { _file = "two.nix"; a = "x"; } ]; }).config.a
