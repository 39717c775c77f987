# environment.etc: a tree of links in the store, and which of them are to be copies. nixos/activation/setup-etc.py lays it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption mkOptionDefault types;

  entries = lib.filter (entry: entry.enable) (lib.attrValues config.environment.etc);
  targets = map (entry: entry.target) entries;
  twice = lib.unique (lib.filter (target: lib.count (t: t == target) targets > 1) targets);

  entryModule =
    { name, config, options, ... }:
    {
      config = {
        target = mkOptionDefault name;
        user = mkOptionDefault "+${toString config.uid}";
        group = mkOptionDefault "+${toString config.gid}";
        # a text given with mkDefault must not beat a source given without
        source = mkIf (config.text != null) (
          let
            priority = options.text.highestPrio;
          in
          lib.mkOverride priority (pkgs.writeText ("etc-" + baseNameOf name) config.text)
        );
      };
    };
in
{
  options.environment.etc = mkOption { type = types.attrsOf (types.submodule entryModule); };

  config = {
    assertions = map (target: {
      assertion = false;
      message = "duplicate entry ${target} in environment.etc";
    }) twice;

    # The derivation has etc/ with a link for every entry, and copies.json for those that are no links in /etc.
    system.build.etc = builtins.derivation {
      name = "etc";
      inherit (pkgs) system;
      builder = pkgs.buildShell;
      PATH = "/usr/bin";
      __structuredAttrs = true;
      links = lib.listToAttrs (map (entry: lib.nameValuePair entry.target "${entry.source}") entries);
      copies = builtins.toJSON (
        map (entry: { inherit (entry) target mode user group; }) (lib.filter (entry: entry.mode != "symlink") entries)
      );
      preferLocalBuild = true;
      allowSubstitutes = false;
      args = [ "-eu" ./make-etc.sh ];
    };

    system.build.etcActivationCommands = ''
      python3 -I ${../../activation/setup-etc.py} ${config.system.build.etc}
    '';
    system.activationScripts.etc = {
      deps = [ "users" ];
      text = config.system.build.etcActivationCommands;
    };
  };
}
