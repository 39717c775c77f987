# Properties wrap a definition. They are looked through in two ways: *pushed down* into the attributes of a set, so that a
# condition may depend on the configuration it guards, and *discharged* where an option finally merges its definitions.
{ lib }:
let
  inherit (builtins)
    concatMap
    filter
    foldl'
    head
    isAttrs
    isBool
    length
    mapAttrs
    sort
    ;
  kind = v: if isAttrs v then v._type or null else null;
in
rec {
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkAssert = assertion: message: content: mkIf (if assertion then true else throw "\nFailed assertion: ${message}") content;
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkDefinition = args: args // { _type = "definition"; };

  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  pushDownProperties =
    v:
    let
      # A condition around something that is no set is left as it is: the error message about it reads better later.
      into = wrap: x: if isAttrs x then mapAttrs (_: wrap) x else x;
    in
    if kind v == "merge" then
      concatMap pushDownProperties v.contents
    else if kind v == "if" then
      map (into (mkIf v.condition)) (pushDownProperties v.content)
    else if kind v == "override" then
      map (into (mkOverride v.priority)) (pushDownProperties v.content)
    else
      [ v ];

  dischargeProperties =
    v:
    if kind v == "merge" then
      concatMap dischargeProperties v.contents
    else if kind v == "if" then
      if !isBool v.condition then
        throw "‘mkIf’ called with a non-Boolean condition"
      else if v.condition then
        dischargeProperties v.content
      else
        [ ]
    else
      [ v ];

  # Only the definitions of the strongest (numerically lowest) priority count.
  filterOverrides = defs: (filterOverrides' defs).values;
  filterOverrides' =
    defs:
    let
      priority = def: if kind def.value == "override" then def.value.priority else defaultOverridePriority;
      strip = def: if kind def.value == "override" then def // { value = def.value.content; } else def;
      highestPrio =
        if length defs == 1 then priority (head defs) else foldl' (best: def: lib.min best (priority def)) 9999 defs;
    in
    {
      values = map strip (filter (def: priority def == highestPrio) defs);
      inherit highestPrio;
    };

  sortProperties =
    defs:
    let
      strip =
        def:
        if kind def.value == "order" then
          def
          // {
            value = def.value.content;
            inherit (def.value) priority;
          }
        else
          def;
      rank = def: def.priority or defaultOrderPriority;
    in
    if lib.any (def: kind def.value == "order") defs then sort (a: b: rank a < rank b) (map strip defs) else defs;

  # For options whose definitions are handed on to another option.
  mkAliasDefinitions = mkAliasAndWrapDefinitions lib.id;
  mkAliasAndWrapDefinitions = wrap: option: mkIf option.isDefined (wrap (mkMerge option.definitions));
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      priority = option.highestPrio or defaultOverridePriority;
    in
    mkIf option.isDefined (wrap (mkMerge (map (mkOverride priority) option.definitions)));
}
