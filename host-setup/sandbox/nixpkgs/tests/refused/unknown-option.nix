{ lib }: (lib.evalModules { modules = [ { options.apple = lib.mkOption { default = 1; }; } { _file = "user.nix"; appel = 2; } ]; }).config
