{ lib }: (lib.evalModules { modules = [ { options.a = lib.mkOption { default = 1; }; } { a = lib.mkIf "yes" 2; } ]; }).config.a
