# From the modules a caller names to the flat list of all modules, each in the one canonical form
#   { _file, _class, key, disabledModules, imports, options, config }
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    genericClosure
    head
    isAttrs
    isList
    isPath
    isString
    mapAttrs
    substring
    typeOf
    ;
  inherit (lib) isFunction;

  reservedNames = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "imports"
    "freeformType"
  ];
in
rec {
  # `args` are the arguments known before any option is evaluated; the rest comes from `_module.args`, lazily, so that a
  # module may name an argument without forcing the configuration.
  applyModuleArgs =
    key: f: args:
    let
      fromConfig = name: args.config._module.args.${name};
      context = name: "while evaluating the module argument `${name}' in \"${key}\":";
      lookup = name: _: builtins.addErrorContext (context name) (args.${name} or (fromConfig name));
    in
    f (args // mapAttrs lookup (lib.functionArgs f));

  loadModule =
    args: parentFile: fallbackKey: m:
    if isFunction m then
      unifyModuleSyntax parentFile fallbackKey (applyModuleArgs fallbackKey m args)
    else if isAttrs m then
      if m._type or "module" == "module" then
        unifyModuleSyntax parentFile fallbackKey m
      else if m._type == "if" || m._type == "override" then
        unifyModuleSyntax parentFile fallbackKey { config = m; }
      else
        throw "Expected a module, but found a value of type ${lib.escapeNixString m._type}${
          lib.optionalString (parentFile != lib.unknownModule) ", while trying to load a module into ${parentFile}"
        }.\nA module is typically loaded by adding it to the imports = [ ... ]; attribute of an existing module, or in the modules = [ ... ]; argument of various functions.\nPlease make sure that each of the list items is a module, and not a different kind of value.\n"
    else if isList m then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
        lib.showDefs [ { file = parentFile; value = m; } ]
      }"
    else
      let
        path = toString m;
        content = import m;
      in
      unifyModuleSyntax path path (if isFunction content then applyModuleArgs path content args else content);

  unifyModuleSyntax =
    file: key: m:
    let
      withFreeform =
        config:
        if m ? freeformType then
          lib.mkMerge [
            config
            { _module.freeformType = m.freeformType; }
          ]
        else
          config;
      withMeta =
        config:
        if m ? meta then
          lib.mkMerge [
            config
            { inherit (m) meta; }
          ]
        else
          config;
      unsupported = attrNames (removeAttrs m (reservedNames ++ [ "options" "config" "meta" ]));
      common = {
        _file = toString m._file or file;
        _class = m._class or null;
        key = toString m.key or key;
        disabledModules = m.disabledModules or [ ];
        imports = m.imports or [ ];
      };
    in
    if !isAttrs m then
      throw "module ${file} (${key}) does not look like a module."
    else if !(m ? config || m ? options) then
      common
      // {
        options = { };
        config = withFreeform (removeAttrs m reservedNames);
      }
    else if unsupported != [ ] then
      throw "Module `${key}' has an unsupported attribute `${head unsupported}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString unsupported}) into the explicit `config' attribute."
    else
      common
      // {
        options = m.options or { };
        config = withFreeform (withMeta (m.config or { }));
      };

  setDefaultModuleLocation = file: m: {
    _file = file;
    imports = [ m ];
  };

  # The list is breadth first and reversed by the caller; definitions of equal rank merge in that order, as in NixOS.
  collectModules =
    class: modulesPath: initialModules: args:
    let
      checkClass =
        m:
        if class == null || m._class == null || m._class == class then
          m
        else
          throw "The module `${m._file or m.key}` (class: ${lib.escapeNixString m._class}) cannot be imported into a module evaluation that expects class ${lib.escapeNixString class}.\n\nHelp:\n- Ensure that you are importing the correct module.\n- Verify that the module's `_class`, ${lib.escapeNixString m._class} matches the expected `class` ${lib.escapeNixString class}.\n- If you are using a custom class, make sure it is correctly defined and used consistently across your modules.\n";

      node =
        parentFile: parentKey: n: m:
        let
          module = checkClass (loadModule args parentFile "${parentKey}:anon-${toString n}" m);
        in
        {
          inherit (module) key;
          inherit module;
          children = nodes module._file module.key module.imports;
        };
      nodes = parentFile: parentKey: lib.imap1 (node parentFile parentKey);

      roots = nodes lib.unknownModule "" initialModules;

      disabledKeys = disabledBelow roots;
      disabledBelow = concatMap (n: map (disabledKey n.module._file) n.module.disabledModules ++ disabledBelow n.children);
      disabledKey =
        file: m:
        if isString m then
          if substring 0 1 m == "/" then m else "${toString modulesPath}/${m}"
        else if isPath m then
          toString m
        else if m ? key then
          m.key
        else
          throw "Module `${file}` contains a disabledModules item that is ${if isAttrs m then "an attribute set, presumably a module, that does not have a `key` attribute" else "of type ${typeOf m}"}. This means that the module system doesn't have any means to identify the module that should be disabled.";
      enabled = filter (n: !elem n.key disabledKeys);
    in
    map (n: n.module) (genericClosure {
      startSet = enabled roots;
      operator = n: enabled n.children;
    });
}
