# Types made of other types that still hold one value.
{ lib, core }:
let
  inherit (core) defaultFunctor mkOptionType phrase;
  inherit (lib) showDefs showFiles showOption;
in
rec {
  # Keeps the whole type and narrows what it accepts.
  addCheck =
    type: check:
    let
      narrowed = x: type.check x && check x;
    in
    type
    // {
      check = narrowed;
      explainMismatch = (if type.isNested or false then core.explainNested else core.explainBadDefinitions) narrowed;
    };

  nullOr =
    elemType:
    mkOptionType {
      name = "nullOr";
      description = "null or ${phrase [ "noun" "conjunction" ] elemType}";
      descriptionClass = "conjunction";
      check = x: x == null || elemType.check x;
      merge =
        loc: defs:
        let
          nulls = lib.count (def: def.value == null) defs;
        in
        if nulls == lib.length defs then
          null
        else if nulls != 0 then
          throw "The option `${showOption loc}` is defined both null and not null, in ${showFiles (lib.getFiles defs)}."
        else
          elemType.merge loc defs;
      emptyValue.value = null;
      inherit (elemType) getSubOptions getSubModules;
      substSubModules = modules: nullOr (elemType.substSubModules modules);
      functor = core.elemTypeFunctor "nullOr" { inherit elemType; };
      nestedTypes = { inherit elemType; };
    };

  either =
    a: b:
    let
      explain =
        loc: defs:
        "The option `${showOption loc}` is neither a value of type `${a.description}` nor `${b.description}`, Definition values: ${showDefs defs}";
      description =
        if a.descriptionClass or null == "nonRestrictiveClause" then
          "${a.description}, or ${phrase [ "noun" "conjunction" ] b}"
        else
          "${phrase [ "noun" "conjunction" ] a} or ${phrase [ "noun" "conjunction" "composite" ] b}";
    in
    mkOptionType {
      name = "either";
      inherit description;
      descriptionClass = "conjunction";
      check = x: a.check x || b.check x;
      merge =
        loc: defs:
        if lib.all (def: a.check def.value) defs then
          a.merge loc defs
        else if lib.all (def: b.check def.value) defs then
          b.merge loc defs
        else
          throw "A definition for option `${showOption loc}' is not of type `${description}'. TypeError: ${explain loc defs}";
      explainMismatch = loc: defs: "TypeError: ${explain loc defs}";
      functor = core.elemTypeFunctor "either" { elemType = [ a b ]; };
      typeMerge =
        other:
        let
          a' = a.typeMerge (lib.head other.payload.elemType).functor;
          b' = b.typeMerge (lib.last other.payload.elemType).functor;
        in
        if other.name == "either" && a' != null && b' != null then either a' b' else null;
      nestedTypes = {
        left = a;
        right = b;
      };
    }
    // {
      isNested = true;
    };
  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      builtins.foldl' either (lib.head types) (lib.tail types);

  coercedTo =
    from: coerce: to:
    let
      coerced = def: def // { value = if from.check def.value then coerce def.value else def.value; };
      check = x: (from.check x && to.check (coerce x)) || to.check x;
    in
    mkOptionType {
      name = "coercedTo";
      description = "${phrase [ "noun" ] to} or ${phrase [ "noun" ] from} convertible to it";
      inherit check;
      merge = loc: defs: to.merge loc (map coerced defs);
      explainMismatch = loc: defs: to.explainMismatch loc (map coerced defs);
      inherit (to) emptyValue getSubOptions getSubModules;
      substSubModules = modules: coercedTo from coerce (to.substSubModules modules);
      typeMerge = _: null;
      functor = defaultFunctor "coercedTo";
      nestedTypes = {
        coercedType = from;
        finalType = to;
      };
    };

  uniq = unique { message = ""; };
  unique =
    { message }:
    elemType:
    mkOptionType {
      name = "unique";
      inherit (elemType)
        description
        descriptionClass
        check
        emptyValue
        getSubOptions
        getSubModules
        ;
      merge = lib.mergeUniqueOption {
        inherit message;
        inherit (elemType) merge;
      };
      substSubModules = modules: uniq (elemType.substSubModules modules);
      functor = core.elemTypeFunctor "unique" { inherit elemType; } // {
        type = payload: unique { inherit message; } payload.elemType;
      };
      nestedTypes = { inherit elemType; };
    };

  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${phrase [ "noun" "composite" ] elemType}";
      descriptionClass = "composite";
      check = lib.isFunction;
      merge =
        loc: defs: arg:
        (lib.mergeDefinitions (loc ++ [ "<function body>" ]) elemType (
          map (def: def // { value = def.value arg; }) defs
        )).mergedValue;
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: functionTo (elemType.substSubModules modules);
      functor = core.elemTypeFunctor "functionTo" { inherit elemType; };
      nestedTypes = { inherit elemType; };
    };

  serializableValueWith =
    {
      typeName,
      nullable ? true,
    }:
    let
      inherit (lib.types) attrsOf bool float int listOf path str;
      base = oneOf [ bool int float str path (attrsOf value) (listOf value) ];
      value = (if nullable then nullOr base else base) // {
        description = "${typeName} value";
        descriptionClass = "noun";
      };
    in
    value;
  json = serializableValueWith { typeName = "JSON"; };
  toml = serializableValueWith {
    typeName = "TOML";
    nullable = false;
  };
}
