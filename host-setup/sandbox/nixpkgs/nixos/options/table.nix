# The option table as a tree: { row?, children }. Built level by level and only where somebody looks, because there are
# thousands of rows and a configuration touches a few dozen.
{ lib }:
let
  file = builtins.fromJSON (builtins.readFile ../../data/nixos-options.json);
  rows = lib.filterAttrs (name: _: builtins.substring 0 1 name != "_") file;

  # "a.b" → [ a b ]; a part that contains dots is written in quotes
  parsePath =
    text:
    let
      pieces = builtins.filter builtins.isString (builtins.split "\"" text);
      parts = s: builtins.filter (p: builtins.isString p && p != "") (builtins.split "\\." s);
    in
    if builtins.length pieces == 1 then
      builtins.filter builtins.isString (builtins.split "\\." text)
    else
      lib.concatLists (lib.imap0 (i: piece: if lib.mod i 2 == 1 then [ piece ] else parts piece) pieces);

  tree =
    depth: entries:
    let
      here = builtins.partition (e: builtins.length e.path == depth) entries;
    in
    {
      children = builtins.mapAttrs (_: tree (depth + 1)) (builtins.groupBy (e: builtins.elemAt e.path depth) here.wrong);
    }
    // lib.optionalAttrs (here.right != [ ]) { inherit (builtins.head here.right) row; };

  entries = lib.mapAttrsToList (name: row: { path = parsePath name; inherit row; }) rows;

  # Rows of modules that live outside nixpkgs, by the name the module gets in flake.nix. They are no options of NixOS: a
  # configuration has them when it imports the module, the upstream one or the declaration here.
  outside = {
    agenix = e: e.row.group == "agenix";
    arion = e: e.row.group == "arion";
    comin = e: e.row.group == "comin";
    disko = e: e.row.group == "disko";
    impermanence = e: lib.hasPrefix "environment.persistence" (lib.concatStringsSep "." (lib.take 2 e.path));
    microvm = e: e.row.group == "microvm-guest";
    microvm-host = e: e.row.group == "microvm-host";
    quadlet = e: e.row.group == "quadlet-nix";
    sops = e: e.row.group == "sops";
  };
  isOutside = e: lib.any (matches: matches e) (lib.attrValues outside);
  inNixos = lib.filter (e: !isOutside e) entries;
in
{
  nixos = tree 0 inNixos;
  outside = lib.mapAttrs (_: matches: tree 0 (lib.filter matches entries)) outside;
  coverage = builtins.mapAttrs (_: v: if builtins.isList v then map parsePath v else v) file._sources._coverage;
  # Moved and removed options become modules of their own, as in NixOS.
  renamed = lib.filter (e: e.row.renamed or false) inNixos;
  removed = lib.filter (e: e.row.removed or false && !(e.row.renamed or false)) inNixos;
  inherit parsePath;
}
