# What every type is made with.
{ lib }:
rec {
  isType = tag: v: builtins.isAttrs v && (v._type or null) == tag;
  setType = tag: v: v // { _type = tag; };
  isOptionType = isType "option-type";

  mkOptionType =
    {
      name,
      description ? null,
      descriptionClass ? null,
      check ? (_: true),
      merge ? lib.mergeDefaultOption,
      # { value = …; } if the option has a value even when nobody defines it
      emptyValue ? { },
      getSubOptions ? (_: { }),
      getSubModules ? null,
      substSubModules ? (_: null),
      functor ? defaultFunctor name,
      typeMerge ? defaultTypeMerge functor,
      nestedTypes ? { },
      deprecationMessage ? null,
      # the sentence after "is not of type …"
      explainMismatch ? explainBadDefinitions check,
    }:
    {
      _type = "option-type";
      description = if description == null then name else description;
      inherit
        name
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        functor
        typeMerge
        nestedTypes
        deprecationMessage
        explainMismatch
        ;
    };

  badDefinitions = check: defs: lib.showDefs (builtins.filter (def: !check def.value) defs);
  explainBadDefinitions =
    check: _: defs:
    "Definition values:${badDefinitions check defs}";
  # Types that look inside their values report in one step, and NixOS words it so:
  explainNested =
    check: _: defs:
    "TypeError: Definition values: ${badDefinitions check defs}";

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };
  defaultTypeMerge =
    mine: other:
    let
      merged = mine.binOp mine.payload other.payload;
    in
    if mine.name != other.name then
      null
    else if mine.payload == null then
      mine.type
    else if merged == null then
      null
    else
      mine.type merged;
  elemTypeFunctor = name: payload: {
    inherit name payload;
    type = payload: lib.types.${name} payload.elemType;
    binOp =
      a: b:
      let
        merged = a.elemType.typeMerge b.elemType.functor;
      in
      if merged == null then null else { elemType = merged; };
  };

  # "list of (a or b)": parentheses unless the phrase is of one of the classes that read well without.
  phrase =
    classes: type: if lib.elem (type.descriptionClass or null) classes then type.description else "(${type.description})";
}
