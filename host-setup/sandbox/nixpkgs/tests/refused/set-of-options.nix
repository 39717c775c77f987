{ lib }: (lib.evalModules { modules = [ { options.a.b = lib.mkOption { default = 1; }; } { _file = "user.nix"; a = 5; } ]; }).config.a.b
