# Lists and attribute sets.
{ lib }:
let
  set = { a = 1; b = 2; c = { d = 3; e.f = 4; }; };
in
{
  range = lib.range 2 5;
  unique = lib.unique [ 1 2 1 3 2 ];
  flatten = lib.flatten [ 1 [ 2 [ 3 ] ] ];
  partition = lib.partition (x: x > 1) [ 1 2 3 ];
  fold = [ (lib.foldr (x: acc: acc + toString x) "" [ 1 2 3 ]) (lib.foldl (acc: x: acc + toString x) "" [ 1 2 3 ]) (lib.foldl' (a: b: a + b) 0 [ 1 2 3 ]) ];
  slices = [ (lib.take 2 [ 1 2 3 ]) (lib.drop 2 [ 1 2 3 ]) (lib.sublist 1 1 [ 1 2 3 ]) (lib.init [ 1 2 ]) (lib.last [ 1 2 ]) (lib.reverseList [ 1 2 3 ]) (lib.take 5 [ 1 ]) ];
  find = [ (lib.findFirst (x: x > 1) null [ 1 2 3 ]) (lib.findFirst (x: x > 9) "none" [ 1 ]) ];
  zip = lib.zipListsWith (a: b: a + b) [ 1 2 ] [ 10 20 30 ];
  sort = [ (lib.sort (a: b: a < b) [ 3 1 2 ]) (lib.sortOn (x: -x) [ 1 3 2 ]) (lib.naturalSort [ "v10" "v9" ]) ];
  toposort = (lib.toposort (a: b: b == "${a}a") [ "aaa" "a" "aa" ]).result;
  subtract = [ (lib.subtractLists [ 2 ] [ 1 2 3 ]) (lib.intersectLists [ 1 2 ] [ 2 3 ]) (lib.remove 1 [ 1 2 1 ]) ];
  imap = [ (lib.imap0 (i: v: "${v}${toString i}") [ "a" "b" ]) (lib.imap1 (i: v: "${v}${toString i}") [ "a" "b" ]) ];
  count = lib.count (x: x == 1) [ 1 2 1 ];
  cartesian = lib.cartesianProduct { a = [ 1 2 ]; b = [ 3 ]; };
  byPath = [ (lib.attrByPath [ "c" "d" ] 0 set) (lib.attrByPath [ "c" "x" ] 0 set) (lib.hasAttrByPath [ "c" "e" ] set) (lib.getAttrFromPath [ "c" "e" "f" ] set) (lib.setAttrByPath [ "x" "y" ] 1) ];
  filter = [ (lib.filterAttrs (n: v: n != "b") set) (lib.getAttrs [ "a" ] set) (lib.genAttrs [ "x" "y" ] (n: n + n)) ];
  map = [ (lib.mapAttrs' (n: v: lib.nameValuePair "x-${n}" v) { a = 1; }) (lib.mapAttrsToList (n: v: "${n}=${toString v}") { a = 1; b = 2; }) (lib.concatMapAttrs (n: v: { "${n}${n}" = v; }) { a = 1; }) ];
  recursive = [ (lib.recursiveUpdate { a.b = 1; a.c = 2; } { a.b = 3; d = 4; }) (lib.mapAttrsRecursive (path: v: lib.concatStringsSep "." path + toString v) set) (lib.collect lib.isInt set) ];
  zipAttrs = lib.zipAttrs [ { a = 1; } { a = 2; b = 3; } ];
  foldAttrs = lib.foldAttrs (n: a: [ n ] ++ a) [ ] [ { a = 2; b = 7; } { a = 3; } ];
  optional = [ (lib.optional true 1) (lib.optionals false [ 1 ]) (lib.optionalAttrs true { a = 1; }) ];
}
