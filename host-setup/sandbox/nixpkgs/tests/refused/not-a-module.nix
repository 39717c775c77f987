{ lib }: (lib.evalModules { modules = [ (lib.mkOption { }) ]; }).config
