{ lib }: (lib.evalModules { modules = [ { options.a.b.c = lib.mkOption { default = 1; }; } { _file = "user.nix"; a.b.d = { x = "y"; }; } ]; }).config
