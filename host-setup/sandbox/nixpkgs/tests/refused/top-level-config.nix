{ lib }: (lib.evalModules { modules = [ { key = "mixed"; config = { }; name = 1; } ]; }).config
