# The module system: options are declared, defined by many modules, and merged into one configuration.
#
#   properties.nix   mkIf, mkMerge, mkOverride, mkOrder: values that say when and how strongly they count
#   collect.nix      from a list of modules to a flat list, following `imports` and `disabledModules`
#   merge.nix        from declarations and definitions to options with values
#   eval.nix         evalModules, which ties the three together
#   renames.nix      options that moved or went away
{ lib }:
let
  parts = map (file: import file { inherit lib; }) [
    ./properties.nix
    ./collect.nix
    ./merge.nix
    ./eval.nix
    ./renames.nix
  ];
in
builtins.foldl' (all: part: all // part) { } parts
