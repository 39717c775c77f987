# What types accept and how they describe themselves.
{ lib }:
let
  inherit (lib) types;
  all = {
    inherit (types) bool int float str port path lines commas package attrs anything raw nonEmptyStr singleLineStr number json envVar;
    inherit (types.ints) unsigned positive u8 u32 s8;
    between = types.ints.between 2 5;
    enum = types.enum [ "a" "b" 3 ];
    one = types.enum [ "a" ];
    nullStr = types.nullOr types.str;
    nullOneOf = types.nullOr (types.oneOf [ types.int types.str ]);
    listOfEither = types.listOf (types.either types.int types.str);
    listOfEnum = types.listOf (types.enum [ "a" "b" ]);
    attrsOfList = types.attrsOf (types.listOf types.int);
    lazy = types.lazyAttrsOf types.str;
    nonEmpty = types.nonEmptyListOf types.str;
    matching = types.strMatching "[a-z]+";
    coerced = types.coercedTo types.int toString types.str;
    function = types.functionTo types.str;
    unsignedOr = types.either types.ints.unsigned types.str;
    checked = types.addCheck types.str (s: s != "no");
    submodule = types.submodule { };
    deferred = types.deferredModule;
    passwd = types.passwdEntry types.str;
    separated = types.separatedString "-";
  };
  samples = [ null true 1 (-1) 300 4 1.5 "" "a" "no" "A b" "two\nlines" "/x" [ ] [ 1 "a" ] [ "a" ] { } { x = [ 1 ]; } (x: x) ];
in
lib.mapAttrs (_: type: {
  inherit (type) description name;
  accepts = map (v: type.check v) samples;
}) all
