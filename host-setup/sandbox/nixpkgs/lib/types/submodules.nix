# Values that are configurations of their own, and modules as values.
{ lib, core }:
let
  inherit (core) defaultFunctor mkOptionType;
  isModule = x: builtins.isAttrs x || lib.isFunction x || lib.types.path.check x;
  withoutCheck = {
    _file = "<built-in module that disables checks for the purpose of documentation generation>";
    config._module.check = lib.mkForce false;
  };
in
rec {
  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = lib.toList modules;
    };

  submoduleWith =
    arguments@{
      modules,
      specialArgs ? { },
      # true: an attribute set given as a value is all configuration, even if it has an attribute named `config`
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }:
    let
      base = lib.evalModules {
        inherit class specialArgs;
        modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
      };
      documented = base.extendModules { modules = [ withoutCheck ]; };
      freeform = documented._module.freeformType;
      asModule =
        def:
        if builtins.isAttrs def.value && shorthandOnlyDefinesConfig == true then
          {
            _file = def.file;
            config = def.value;
          }
        else
          {
            _file = def.file;
            imports = [ def.value ];
          };
    in
    mkOptionType {
      name = "submodule";
      description =
        if description != null then
          description
        else if freeform != null then
          "open submodule of ${core.phrase [ "noun" "composite" ] freeform}"
        else
          "submodule";
      check = isModule;
      explainMismatch = core.explainNested isModule;
      merge =
        loc: defs:
        (base.extendModules {
          modules = [ { _module.args.name = lib.last loc; } ] ++ map asModule defs;
          prefix = loc;
        }).config;
      emptyValue.value = base.config;
      getSubOptions =
        prefix:
        let
          inside = base.extendModules {
            inherit prefix;
            modules = [ withoutCheck ];
          };
        in
        inside.options
        // lib.optionalAttrs (inside._module.freeformType != null) {
          _freeformOptions = inside._module.freeformType.getSubOptions prefix;
        };
      getSubModules = modules;
      substSubModules = modules: submoduleWith (arguments // { inherit modules; });
      nestedTypes = lib.optionalAttrs (freeform != null) { freeformType = freeform; };
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = {
          inherit
            modules
            class
            specialArgs
            shorthandOnlyDefinesConfig
            description
            ;
        };
        binOp = a: b: {
          modules = a.modules ++ b.modules;
          specialArgs =
            let
              common = builtins.attrNames (builtins.intersectAttrs a.specialArgs b.specialArgs);
            in
            if common == [ ] then
              a.specialArgs // b.specialArgs
            else
              throw "A submoduleWith option is declared multiple times with the same specialArgs \"${toString common}\"";
          class = agree "class values" a.class b.class;
          shorthandOnlyDefinesConfig =
            agree "shorthandOnlyDefinesConfig values" a.shorthandOnlyDefinesConfig b.shorthandOnlyDefinesConfig;
          description = agree "descriptions" a.description b.description;
        };
      };
    }
    // {
      isNested = true;
    };

  # Two declarations of one submodule option: null means "as the other says".
  agree =
    what: a: b:
    if a == null then
      b
    else if b == null || a == b then
      a
    else
      throw "A submoduleWith option is declared multiple times with conflicting ${what}";

  deferredModule = deferredModuleWith { };
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (def: lib.setDefaultModuleLocation "${def.file}, via option ${lib.showOption loc}" def.value) defs;
      };
      inherit (submoduleWith { modules = staticModules; }) getSubOptions getSubModules;
      substSubModules = modules: deferredModuleWith { staticModules = modules; };
      functor = defaultFunctor "deferredModuleWith" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };
}
