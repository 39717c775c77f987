# How each type merges several definitions.
{ lib }:
let
  inherit (lib) mkOption types;
  merge =
    type: values:
    (lib.evalModules {
      modules = [ { options.x = mkOption { inherit type; }; } ] ++ map (value: { x = value; }) values;
    }).config.x;
in
{
  bool = merge types.bool [ true true ];
  boolByOr = merge types.boolByOr [ false true ];
  lines = merge types.lines [ "a" "b" ];
  commas = merge types.commas [ "a" "b" ];
  list = merge (types.listOf types.int) [ [ 1 ] [ 2 3 ] ];
  attrs = merge types.attrs [ { a = 1; } { b = 2; } ];
  attrsOf = merge (types.attrsOf types.int) [ { a = 1; } { b = 2; } ];
  nested = merge (types.attrsOf (types.listOf types.int)) [ { a = [ 1 ]; } { a = [ 2 ]; } ];
  anythingSets = merge types.anything [ { a.b = 1; } { a.c = [ 1 ]; } ];
  anythingList = merge types.anything [ [ 1 ] [ 1 ] ];
  anythingFunction = merge types.anything [ (x: { a = x; }) (x: { b = x; }) ] 5;
  nullOrValue = merge (types.nullOr types.str) [ "a" "a" ];
  nullOrNull = merge (types.nullOr types.str) [ null null ];
  coerced = merge (types.coercedTo types.int toString types.str) [ 5 ];
  coercedList = merge (types.coercedTo types.str lib.singleton (types.listOf types.str)) [ "a" [ "b" ] ];
  either = merge (types.either types.int (types.listOf types.int)) [ [ 1 ] [ 2 ] ];
  function = merge (types.functionTo types.lines) [ (x: x) (x: x + "!") ] "hi";
  singleLine = merge types.singleLineStr [ "one\n" ];
  emptyAttrs = merge (types.attrsOf types.int) [ ];
  emptyList = merge (types.listOf types.int) [ ];
  emptyNull = merge (types.nullOr types.int) [ ];
  emptySubmodule = merge (types.submodule { options.a = mkOption { default = 1; }; }) [ ];
  orderedInside = merge (types.attrsOf (types.listOf types.int)) [ { a = lib.mkAfter [ 9 ]; } { a = [ 1 ]; } ];
  overriddenInside = merge (types.attrsOf types.int) [ { a = lib.mkForce 1; } { a = 2; } ];
}
