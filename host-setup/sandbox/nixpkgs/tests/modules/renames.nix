# Options that moved: the old name still works, reads back, and keeps its priority.
{ lib }:
let
  inherit (lib) mkOption types;
  system = lib.evalModules {
    modules = [
      {
        options = {
          new.name = mkOption { type = types.listOf types.str; default = [ ]; };
          other.target = mkOption { type = types.str; default = "default"; };
          changed.to = mkOption { type = types.str; default = "small"; };
          warnings = mkOption { type = types.listOf types.str; default = [ ]; };
          assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
        };
        imports = [
          (lib.mkRenamedOptionModule [ "old" "name" ] [ "new" "name" ])
          (lib.mkAliasOptionModule [ "alias" ] [ "other" "target" ])
          (lib.mkRemovedOptionModule [ "gone" ] "Use new.name instead.")
          (lib.mkRemovedOptionModule [ "gone-too" ] "Nobody misses it.")
          (lib.mkChangedOptionModule [ "changed" "from" ] [ "changed" "to" ] (config: if config.changed.from > 5 then "large" else "small"))
        ];
      }
      { _file = "user.nix"; old.name = [ "by-old-name" ]; alias = lib.mkForce "forced"; gone = 1; changed.from = 10; }
      { _file = "other.nix"; new.name = [ "by-new-name" ]; other.target = "weaker"; }
    ];
  };
in
{
  inherit (system.config) new other alias;
  to = system.config.changed.to;
  warnings = lib.sort lib.lessThan system.config.warnings;
  assertions = lib.sort (a: b: a.message < b.message) (map (a: { inherit (a) assertion message; }) (lib.filter (a: !a.assertion) system.config.assertions));
}
