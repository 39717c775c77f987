# Values without parts.
{ lib, core }:
let
  inherit (core) defaultFunctor mkOptionType;
  inherit (lib)
    mergeEqualOption
    mergeOneOption
    isStringLike
    showDefs
    showFiles
    showOption
    ;
  noun = name: description: check: merge: mkOptionType {
    inherit name description check merge;
    descriptionClass = "noun";
  };
  scalar = name: description: check: noun name description check mergeEqualOption;
  accept = _: true;

  restricted =
    base: name: description: check:
    lib.types.addCheck base check
    // {
      inherit name description;
    };
  both = low: high: "${toString low} and ${toString high} (both inclusive)";
  between =
    low: high:
    assert lib.assertMsg (low <= high) "ints.between: lowest must be smaller than highest";
    restricted int "intBetween" "integer between ${both low high}" (x: x >= low && x <= high);
  sized =
    name: start: low: high:
    restricted int name "${start}; between ${both low high}" (x: x >= low && x <= high);

  int = scalar "int" "signed integer" builtins.isInt;
  float = scalar "float" "floating point number" builtins.isFloat;
  str = scalar "str" "string" builtins.isString;
  nonRestrictive = type: type // { descriptionClass = "nonRestrictiveClause"; };

  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    mkOptionType {
      name = "path";
      description =
        lib.optionalString (absolute != null) (if absolute then "absolute " else "relative ")
        + "path"
        + lib.optionalString (inStore != null) (if inStore then " in the Nix store" else " not in the Nix store");
      descriptionClass = "noun";
      merge = mergeEqualOption;
      check =
        x:
        let
          # a Nix path literal would be copied to the store later on, so it cannot be promised to stay outside
          rightKind = if inStore == null || inStore then isStringLike x else builtins.isString x;
          s = toString x;
        in
        rightKind
        && (inStore == null || inStore == lib.hasPrefix "${builtins.storeDir}/" s)
        && (absolute == null || absolute == (builtins.substring 0 1 s == "/"));
      functor = defaultFunctor "path" // {
        type = pathWith;
        payload = { inherit inStore absolute; };
        binOp = a: b: if a == b then a else null;
      };
    };
in
rec {
  inherit int float str pathWith;
  raw = noun "raw" "raw value" accept mergeOneOption;
  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };
  bool = scalar "bool" "boolean" builtins.isBool;
  boolByOr = noun "boolByOr" "boolean (merged using or)" builtins.isBool (
    _: builtins.foldl' (all: def: all || def.value) false
  );

  ints = {
    inherit between;
    unsigned = nonRestrictive (restricted int "unsignedInt" "unsigned integer, meaning >=0" (x: x >= 0));
    positive = nonRestrictive (restricted int "positiveInt" "positive integer, meaning >0" (x: x > 0));
    u8 = sized "unsignedInt8" "8 bit unsigned integer" 0 255;
    u16 = sized "unsignedInt16" "16 bit unsigned integer" 0 65535;
    u32 = sized "unsignedInt32" "32 bit unsigned integer" 0 4294967295;
    s8 = sized "signedInt8" "8 bit signed integer" (-128) 127;
    s16 = sized "signedInt16" "16 bit signed integer" (-32768) 32767;
    s32 = sized "signedInt32" "32 bit signed integer" (-2147483648) 2147483647;
  };
  port = ints.u16;
  number = lib.types.either int float;
  numbers = {
    between =
      low: high:
      restricted number "numberBetween"
        "integer or floating point number between ${builtins.toJSON low} and ${builtins.toJSON high} (both inclusive)"
        (x: x >= low && x <= high);
    nonnegative = nonRestrictive (
      restricted number "numberNonnegative" "nonnegative integer or floating point number, meaning >=0" (x: x >= 0)
    );
    positive = nonRestrictive (
      restricted number "numberPositive" "positive integer or floating point number, meaning >0" (x: x > 0)
    );
  };

  nonEmptyStr = scalar "nonEmptyStr" "non-empty string" (
    x: builtins.isString x && builtins.match "[ \t\n]*" x == null
  );
  strMatching =
    pattern:
    mkOptionType {
      name = "strMatching ${lib.escapeNixString pattern}";
      description = "string matching the pattern ${pattern}";
      descriptionClass = "noun";
      check = x: builtins.isString x && builtins.match pattern x != null;
      merge = mergeEqualOption;
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    };
  singleLineStr = noun "singleLineStr" "(optionally newline-terminated) single-line string" (strMatching "[^\n\r]*\n?").check (
    loc: defs: lib.removeSuffix "\n" (mergeEqualOption loc defs)
  );
  separatedString =
    sep:
    mkOptionType {
      name = "separatedString";
      description = "strings concatenated with ${builtins.toJSON sep}";
      descriptionClass = "noun";
      check = builtins.isString;
      merge = _: defs: lib.concatStringsSep sep (lib.getValues defs);
      functor = defaultFunctor "separatedString" // {
        payload = { inherit sep; };
        type = payload: separatedString payload.sep;
        binOp = a: b: if a.sep == b.sep then a else null;
      };
    };
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";
  passwdEntry =
    type:
    lib.types.addCheck type (s: !(lib.hasInfix ":" (toString s) || lib.hasInfix "\n" (toString s)))
    // {
      name = "passwdEntry ${type.name}";
      description = "${core.phrase [ "noun" ] type}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };

  path = pathWith { absolute = true; };
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };
  package = noun "package" "package" (x: lib.isDerivation x || lib.isStorePath x) (
    loc: defs:
    let
      merged = mergeOneOption loc defs;
    in
    if builtins.isPath merged || (builtins.isString merged && !builtins.hasContext merged) then
      lib.toDerivation merged
    else
      merged
  );
  shellPackage = package // {
    check = x: lib.isDerivation x && x ? shellPath;
  };
  pkgs = noun "pkgs" "Nixpkgs package set" (x: builtins.isAttrs x && (x._type or null) == "pkgs") mergeOneOption;

  optionDeclaration = noun "optionDeclaration" "option declaration" (
    x: core.isType "option" x && !(x ? value)
  ) mergeOneOption;
  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = core.isOptionType;
    # several freeform types for one set of modules must agree
    merge =
      loc: defs:
      builtins.foldl' (
        a: b:
        let
          merged = a.typeMerge b.functor;
        in
        if merged == null then
          throw "The option `${showOption loc}' has conflicting types. Definition values:${showDefs defs}"
        else
          merged
      ) (lib.head defs).value (map (def: def.value) (lib.tail defs));
  };

  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = builtins.isAttrs;
    merge = _: builtins.foldl' (all: def: all // def.value) { };
    emptyValue.value = { };
  };

  enum =
    values:
    let
      show =
        v:
        if builtins.isString v then
          ''"${v}"''
        else if builtins.isInt v then
          toString v
        else if builtins.isBool v then
          lib.boolToString v
        else
          "<${builtins.typeOf v}>";
    in
    mkOptionType {
      name = "enum";
      description =
        if values == [ ] then
          "impossible (empty enum)"
        else if lib.length values == 1 then
          "value ${show (lib.head values)} (singular enum)"
        else
          "one of ${lib.concatMapStringsSep ", " show values}";
      descriptionClass = if lib.length values < 2 then "noun" else "conjunction";
      check = x: lib.elem x values;
      merge = mergeEqualOption;
      functor = defaultFunctor "enum" // {
        payload = { inherit values; };
        type = payload: enum payload.values;
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  # Merges whatever can be merged without knowing what it means.
  anything = noun "anything" "anything" accept (
    loc: defs:
    let
      kind = v: if builtins.isAttrs v && isStringLike v then "stringCoercibleSet" else builtins.typeOf v;
      common = builtins.foldl' (
        k: def:
        if kind def.value == k then
          k
        else
          throw "The option `${showOption loc}' has conflicting option types in ${showFiles (lib.getFiles defs)}"
      ) (kind (lib.head defs).value) defs;
      call = arg: map (def: def // { value = def.value arg; }) defs;
      mergers = {
        set = (lib.types.attrsOf anything).merge;
        stringCoercibleSet = mergeOneOption;
        lambda = loc: _: arg: anything.merge (loc ++ [ "<function body>" ]) (call arg);
      };
    in
    (mergers.${common} or mergeEqualOption) loc defs
  );
}
