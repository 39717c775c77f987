{ lib }: (lib.evalModules { class = "nixos"; modules = [ { key = "other"; _class = "homeManager"; } ]; }).config
