{ lib }: (lib.evalModules { modules = [ { options.a = lib.mkOption { default = 1; }; } ({ nowhere, ... }: { a = nowhere; }) ]; }).config.a
