# Attribute sets.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    foldl'
    head
    isAttrs
    length
    listToAttrs
    mapAttrs
    tail
    ;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    unsafeGetAttrPos
    zipAttrsWith
    ;

  nameValuePair = name: value: { inherit name value; };
  optionalAttrs = condition: attrs: if condition then attrs else { };
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if isAttrs set && set ? ${head path} then
      attrByPath (tail path) default set.${head path}
    else
      default;
  hasAttrByPath =
    path: set: path == [ ] || (isAttrs set && set ? ${head path} && hasAttrByPath (tail path) set.${head path});
  getAttrFromPath =
    path: set: attrByPath path (throw "cannot find attribute '${lib.concatStringsSep "." path}'") set;
  setAttrByPath = path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  genAttrs' = xs: f: listToAttrs (map f xs);
  attrsToList = mapAttrsToList nameValuePair;
  filterAttrs = predicate: set: removeAttrs set (lib.filter (name: !predicate name set.${name}) (attrNames set));
  filterAttrsRecursive =
    predicate: set:
    mapAttrs (_: v: if isAttrs v then filterAttrsRecursive predicate v else v) (filterAttrs predicate set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  concatMapAttrs = f: set: foldl' (all: x: all // x) { } (mapAttrsToList f set);
  mergeAttrsList = foldl' (a: b: a // b) { };
  foldlAttrs = f: initial: set: foldl' (acc: name: f acc name set.${name}) initial (attrNames set);
  foldAttrs =
    f: initial: sets:
    let
      add = set: all: name: all // { ${name} = f set.${name} (all.${name} or initial); };
    in
    lib.foldr (set: acc: foldl' (add set) acc (attrNames set)) { } sets;
  zipAttrs = builtins.zipAttrsWith (_: values: values);
  cartesianProduct =
    sets:
    foldl' (all: name: concatMap (partial: map (value: partial // { ${name} = value; }) sets.${name}) all) [ { } ] (
      attrNames sets
    );
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);
  collect =
    predicate: v:
    if predicate v then
      [ v ]
    else if isAttrs v then
      concatMap (collect predicate) (builtins.attrValues v)
    else
      [ ];
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond =
    descend: f: set:
    let
      go = path: mapAttrs (name: v: if isAttrs v && descend v then go (path ++ [ name ]) v else f (path ++ [ name ]) v);
    in
    go [ ] set;
  recursiveUpdateUntil =
    stop: a: b:
    let
      go =
        path:
        builtins.zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (head (tail values)) (head values) then head values else go here values
        );
    in
    go [ ] [ b a ];
  recursiveUpdate = recursiveUpdateUntil (_: a: b: !(isAttrs a && isAttrs b));
  updateManyAttrsByPath =
    updates: set:
    foldl' (
      acc: { path, update }: recursiveUpdate acc (setAttrByPath path (update (attrByPath path null acc)))
    ) set updates;
  matchAttrs =
    pattern: set:
    let
      matches =
        name:
        if isAttrs pattern.${name} then
          isAttrs set.${name} && matchAttrs pattern.${name} set.${name}
        else
          pattern.${name} == set.${name};
    in
    lib.all (name: set ? ${name} && matches name) (attrNames pattern);
  overrideExisting = old: new: mapAttrs (name: value: new.${name} or value) old;
  unionOfDisjoint =
    a: b:
    let
      both = lib.filter (name: elem name (attrNames b)) (attrNames a);
    in
    if both == [ ] then
      a // b
    else
      throw "unionOfDisjoint: collision on ${head both}; complete list: ${lib.concatStringsSep " " both}";
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  isDerivation = v: (v.type or null) == "derivation";
  toDerivation =
    path:
    let
      path' = builtins.storePath path;
    in
    {
      type = "derivation";
      name = builtins.unsafeDiscardStringContext (builtins.substring 33 (-1) (baseNameOf path'));
      outPath = path';
      outputs = [ "out" ];
      out = toDerivation path;
      outputName = "out";
    };

  getOutput = output: pkg: if !(pkg ? outputSpecified) || !pkg.outputSpecified then pkg.${output} or pkg.out or pkg else pkg;
  getFirstOutput =
    candidates: pkg:
    let
      found = lib.findFirst (output: pkg ? ${output}) null candidates;
    in
    if pkg.outputSpecified or false || found == null then pkg else pkg.${found};
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getDev = getOutput "dev";
  getMan = getOutput "man";
}
