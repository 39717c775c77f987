# Lists and attribute sets whose elements have a type.
{ lib, core }:
let
  inherit (core) elemTypeFunctor mkOptionType phrase;
  inherit (lib) concatLists imap1 mergeDefinitions;
  nested = type: type // { isNested = true; };
  element = phrase [ "noun" "composite" ];
in
rec {
  listOf =
    elemType:
    nested (mkOptionType {
      name = "listOf";
      description = "list of ${element elemType}";
      descriptionClass = "composite";
      check = builtins.isList;
      explainMismatch = core.explainNested builtins.isList;
      merge =
        loc: defs:
        let
          entry =
            n: def: m: value:
            mergeDefinitions (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType [
              {
                inherit (def) file;
                inherit value;
              }
            ];
          # an element may be wrapped in mkIf, and then be gone
          entries = lib.filter (e: e.optionalValue ? value) (
            concatLists (imap1 (n: def: imap1 (entry n def) def.value) defs)
          );
        in
        map (e: e.mergedValue) entries;
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: listOf (elemType.substSubModules modules);
      functor = elemTypeFunctor "listOf" { inherit elemType; };
      nestedTypes = { inherit elemType; };
    });
  nonEmptyListOf =
    elemType:
    let
      list = lib.types.addCheck (listOf elemType) (xs: xs != [ ]);
    in
    list
    // {
      description = "non-empty ${phrase [ "noun" ] list}";
      emptyValue = { };
      substSubModules = modules: nonEmptyListOf (elemType.substSubModules modules);
    };

  attrsOf = elemType: attrsWith { inherit elemType; };
  # Lazy: the names are known without evaluating which definitions a mkIf removes.
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };
  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    let
      name = if lazy then "lazyAttrsOf" else "attrsOf";
    in
    nested (mkOptionType {
      inherit name;
      description = "${lib.optionalString lazy "lazy "}attribute set of ${element elemType}";
      descriptionClass = "composite";
      check = builtins.isAttrs;
      explainMismatch = core.explainNested builtins.isAttrs;
      merge =
        loc: defs:
        let
          located = map (def: builtins.mapAttrs (_: value: { inherit (def) file; inherit value; }) def.value) defs;
          merged = builtins.zipAttrsWith (name: mergeDefinitions (loc ++ [ name ]) elemType) located;
        in
        if lazy then
          builtins.mapAttrs (_: m: m.optionalValue.value or elemType.emptyValue.value or m.mergedValue) merged
        else
          builtins.mapAttrs (_: m: m.mergedValue) (lib.filterAttrs (_: m: m.isDefined) merged);
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: attrsWith {
        elemType = elemType.substSubModules modules;
        inherit lazy placeholder;
      };
      functor = {
        name = "attrsWith";
        type = attrsWith;
        payload = { inherit elemType lazy placeholder; };
        binOp =
          a: b:
          let
            merged = a.elemType.typeMerge b.elemType.functor;
          in
          if merged == null || a.lazy != b.lazy then
            null
          else
            {
              elemType = merged;
              inherit (a) lazy;
              placeholder = if a.placeholder == "name" then b.placeholder else a.placeholder;
            };
      };
      nestedTypes = { inherit elemType; };
    });
  loaOf = attrsOf;
}
