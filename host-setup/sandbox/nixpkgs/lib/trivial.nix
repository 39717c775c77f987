# Functions that belong to no data type.
{ lib }:
rec {
  inherit (builtins)
    addErrorContext
    bitAnd
    bitOr
    bitXor
    deepSeq
    fromJSON
    genericClosure
    isBool
    isFloat
    isInt
    isPath
    lessThan
    pathExists
    readFile
    readDir
    seq
    trace
    typeOf
    ;

  id = x: x;
  const = x: _: x;
  flip = f: a: b: f b a;
  pipe = builtins.foldl' (x: f: f x);
  concat = a: b: a ++ b;
  and = a: b: a && b;
  or = a: b: a || b;
  xor = a: b: a != b;
  not = b: !b;
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = base: int: base - (int * (base / int));
  compare = a: b: if a < b then -1 else if a > b then 1 else 0;
  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";
  mergeAttrs = a: b: a // b;
  mapNullable = f: a: if a == null then a else f a;
  defaultTo = default: a: if a == null then default else a;

  isFunction = f: builtins.isFunction f || (f ? __functor && builtins.isFunction (f.__functor f));
  functionArgs =
    f:
    if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  toFunction = v: if isFunction v then v else _: v;

  # builtins.warn is of Nix 2.23; older ones get the same words
  warn = builtins.warn or (message: builtins.trace "evaluation warning: ${message}");
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: warnIf (!condition);
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: throwIf (!condition);
  assertMsg = condition: message: condition || throw message;
  assertOneOf = name: value: values:
    assertMsg (builtins.elem value values)
      "${name} must be one of ${lib.generators.toPretty { } values}, but is: ${lib.generators.toPretty { } value}";
  showWarnings = warnings: value: builtins.foldl' (v: w: warn w v) value warnings;

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  # The release that the option table describes. `nixos-version` and `system.stateVersion` read it.
  release = "26.05";
  codeName = "Sandbox";
  versionSuffix = "-sandbox";
  version = release + versionSuffix;

  fix =
    f:
    let
      x = f x;
    in
    x;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  composeExtensions =
    f: g: final: prev:
    let
      fApplied = f final prev;
      prev' = prev // fApplied;
    in
    fApplied // g final prev';
  composeManyExtensions = lib.foldr composeExtensions (_: _: { });
}
