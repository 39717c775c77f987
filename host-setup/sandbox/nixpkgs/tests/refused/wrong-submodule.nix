{ lib }: (lib.evalModules { modules = [ { options.x = lib.mkOption { type = lib.types.submodule { }; }; } { _file = "user.nix"; x = 3; } ]; }).config.x
