# From all declarations and all definitions to a tree of options that have values.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    concatLists
    concatMap
    filter
    head
    intersectAttrs
    isAttrs
    length
    mapAttrs
    typeOf
    zipAttrsWith
    ;
  inherit (lib)
    dischargeProperties
    filterOverrides'
    isOption
    mkOption
    mkOptionDefault
    pushDownProperties
    showDefs
    showFiles
    showOption
    sortProperties
    ;
in
rec {
  mergeModules =
    prefix: modules:
    mergeTree prefix
      (map (m: { inherit (m) _file options; }) modules)
      (concatMap (m: map (config: { file = m._file; inherit config; }) (pushDownProperties m.config)) modules);

  # decls: [ { _file, options } ]   configs: [ { file, config } ]
  # The result names options lazily: what nobody defines and nobody reads is never looked at, which is what makes a table of
  # thousands of declared options cheap.
  mergeTree =
    prefix: decls: configs:
    let
      declsByName = zipAttrsWith (_: concatLists) (
        map (
          decl:
          if !isAttrs decl.options then
            throw "An option declaration for `${showOption prefix}' has type `${typeOf decl.options}' rather than an attribute set.\nDid you mean to define this outside of `options'?\n"
          else
            mapAttrs (_: options: [ { inherit (decl) _file; inherit options; } ]) decl.options
        ) decls
      );

      checked = map (
        def:
        if isAttrs def.config then
          def
        else
          throw ''
            In module `${def.file}', you're trying to define a value of type `${typeOf def.config}'
            rather than an attribute set for the option
            `${showOption prefix}'!

            This usually happens if `${showOption prefix}' has option
            definitions inside that are not matched. Please check how to properly define
            this option by e.g. referring to `man 5 configuration.nix'!
          ''
      ) configs;

      rawByName = zipAttrsWith (_: concatLists) (
        map (def: mapAttrs (_: value: [ { inherit (def) file; inherit value; } ]) def.config) checked
      );
      pushedByName = mapAttrs (
        _: concatMap (def: map (config: { inherit (def) file; inherit config; }) (pushDownProperties def.value))
      ) rawByName;

      results = mapAttrs (
        name: decls: mergeName (prefix ++ [ name ]) decls (rawByName.${name} or [ ]) (pushedByName.${name} or [ ])
      ) declsByName;

      # Definitions nobody declared an option for: here, and further down where there are definitions at all.
      unmatchedHere = removeAttrs rawByName (attrNames declsByName);
      unmatchedBelow = mapAttrs (name: _: results.${name}.unmatched) (intersectAttrs declsByName rawByName);
    in
    {
      options = mapAttrs (_: result: result.options) results;
      unmatched = concatLists (
        lib.mapAttrsToList (name: map (def: def // { path = [ name ] ++ def.path or [ ]; })) (
          unmatchedBelow // unmatchedHere
        )
      );
      # The options that have definitions, found without looking at the others.
      defined = concatMap (name: results.${name}.defined) (attrNames (intersectAttrs declsByName rawByName));
    };

  mergeName =
    loc: decls: raw: pushed:
    let
      isDeclaration =
        decl:
        decl.options ? _type
        && (
          decl.options._type == "option"
          || throw "In module ${decl._file}: expected an option declaration at option path `${showOption loc}` but got an attribute set with type ${decl.options._type}"
        );
      declarations = filter isDeclaration decls;
      trees = filter (decl: !isOption decl.options) decls;
      leaf = decls: rec {
        options = evalOptionValue loc (mergeOptionDecls loc decls) raw;
        unmatched = [ ];
        defined = [ options ];
      };
    in
    if trees == [ ] then
      leaf decls
    else if declarations == [ ] then
      mergeTree loc decls pushed
    else if all (decl: decl.options.type.name or null == "submodule") declarations then
      leaf (map treeToSubmodule decls)
    else
      throw "The option `${showOption loc}' in module `${(head declarations)._file}' would be a parent of the following options, but its type `${
        (head declarations).options.type.description or "<no description>"
      }' does not support nested options.\n${
        lib.concatMapStringsSep "\n" (
          decl:
          lib.concatMapStringsSep "\n" (
            name: " - option(s) with prefix `${showOption (loc ++ [ name ])}' in module `${decl._file}'"
          ) (attrNames decl.options)
        ) trees
      }";

  # Options below an option of type submodule count as declared inside that submodule.
  treeToSubmodule =
    decl:
    if isOption decl.options then
      decl
    else
      decl
      // {
        options = mkOption {
          type = lib.types.submoduleWith {
            modules = [ { inherit (decl) options; } ];
            # null: whatever the other declaration says
            shorthandOnlyDefinesConfig = null;
          };
        };
      };

  # Several modules may declare one option if only one of them gives each property and the types agree.
  mergeOptionDecls =
    loc: decls:
    let
      step =
        merged: decl:
        let
          both = name: decl.options ? ${name} && merged ? ${name};
          mergedType = merged.type.typeMerge decl.options.type.functor;
          alreadyDeclared = throw "The option `${showOption loc}' in `${decl._file}' is already declared in ${showFiles merged.declarations}.";
        in
        if both "default" || both "example" || both "description" || both "apply" then
          alreadyDeclared
        else
          decl.options
          // merged
          // {
            declarations = merged.declarations ++ [ decl._file ];
          }
          // lib.optionalAttrs (both "type") { type = if mergedType == null then alreadyDeclared else mergedType; };
      located =
        decl:
        if decl.options.type.getSubModules or null == null then
          decl
        else
          # so that a message about a nested option names the file that declared it
          decl
          // {
            options = decl.options // {
              type = decl.options.type.substSubModules (
                map (lib.setDefaultModuleLocation decl._file) decl.options.type.getSubModules
              );
            };
          };
      merged = builtins.foldl' step { inherit loc; declarations = [ ]; } (map located decls);
    in
    merged // { type = merged.type or lib.types.unspecified; };

  evalOptionValue =
    loc: option: definitions:
    let
      defs =
        lib.optional (option ? default) {
          file = head option.declarations;
          value = mkOptionDefault option.default;
        }
        ++ definitions;
      merged =
        if option.readOnly or false && length defs > 1 then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${
            showDefs (map (def: def // { value = (mergeDefinitions loc option.type [ def ]).mergedValue; }) defs)
          }"
        else
          mergeDefinitions loc option.type defs;
      value = if option ? apply then option.apply merged.mergedValue else merged.mergedValue;
    in
    option
    // {
      value = builtins.addErrorContext "while evaluating the option `${showOption loc}':" value;
      inherit (merged) isDefined highestPrio;
      definitions = map (def: def.value) merged.defsFinal;
      files = map (def: def.file) merged.defsFinal;
      definitionsWithLocations = merged.defsFinal;
      __toString = _: showOption loc;
    };

  mergeDefinitions =
    loc: type: defs:
    let
      discharged = concatMap (
        def:
        map
          (value: if (value._type or null) == "definition" then value else { inherit (def) file; inherit value; })
          (builtins.addErrorContext "while evaluating definitions from `${def.file}':" (dischargeProperties def.value))
      ) defs;
      filtered = filterOverrides' discharged;
    in
    rec {
      inherit (filtered) highestPrio;
      defsFinal = sortProperties filtered.values;
      isDefined = defsFinal != [ ];
      optionalValue = if isDefined then { value = mergedValue; } else { };
      mergedValue =
        if isDefined then
          if all (def: type.check def.value) defsFinal then type.merge loc defsFinal else throw mismatch
        else
          type.emptyValue.value
            or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.");
      mismatch = "A definition for option `${showOption loc}' is not of type `${type.description}'. ${type.explainMismatch loc defsFinal}";
    };

  mergeAttrDefinitionsWithPrio =
    option:
    let
      defs = concatMap (
        def: map (value: { inherit (def) file; inherit value; }) (pushDownProperties def.value)
      ) option.definitionsWithLocations;
      located = map (def: mapAttrs (_: value: [ (def // { inherit value; }) ]) def.value) defs;
      byName = zipAttrsWith (_: concatLists) located;
    in
    mapAttrs (
      name: defs:
      let
        merged = mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType defs;
      in
      {
        value = merged.mergedValue;
        inherit (merged) highestPrio;
      }
    ) byName;

  # Kept under nixpkgs' name for callers of the types.
  fixupOptionType = _: option: option // { type = option.type or lib.types.unspecified; };
}
