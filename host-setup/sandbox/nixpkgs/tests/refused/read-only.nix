{ lib }: (lib.evalModules { modules = [ { options.name = lib.mkOption { type = lib.types.str; default = "a"; readOnly = true; }; } { _file = "user.nix"; name = "b"; } ]; }).config.name
