{ lib }: (lib.evalModules { modules = [ { _file = "user.nix"; imports = [ [ { } ] ]; } ]; }).config
