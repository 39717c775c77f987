# evalModules: a list of modules in, { config, options, … } out.
{ lib }:
let
  inherit (builtins)
    attrNames
    filter
    head
    length
    ;
  inherit (lib)
    mkOption
    showDefs
    showOption
    types
    ;
in
{
  evalModules =
    arguments@{
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      # called with the definitions that match no option; null = NixOS's own words. See nixos/unknown-options.nix.
      explainUnknown ? null,
    }:
    let
      internalModule = {
        _file = "lib/modules.nix";
        key = "lib/modules.nix";
        options._module = {
          args = mkOption {
            type = types.lazyAttrsOf types.raw;
            internal = prefix != [ ];
            description = "Additional arguments passed to each module.";
          };
          check = mkOption {
            type = types.bool;
            internal = true;
            default = true;
            description = "Whether to check whether all option definitions have matching declarations.";
          };
          freeformType = mkOption {
            type = types.nullOr types.optionType;
            internal = true;
            default = null;
            description = "If set, merge all definitions that don't have an associated option together using this type.";
          };
          specialArgs = mkOption {
            readOnly = true;
            internal = true;
            description = "Externally provided module arguments that can't be modified from within a configuration.";
          };
        };
        config._module = {
          args = {
            inherit extendModules;
            moduleType = type;
            # an addition of the stand-in: see nixos/modules/implemented.nix
            definedOptions = defined;
          };
          inherit specialArgs;
        };
      };

      allModules = lib.collectModules class (specialArgs.modulesPath or "") (modules ++ [ internalModule ]) (
        {
          inherit lib options specialArgs;
          _class = class;
          _prefix = prefix;
          config = builtins.addErrorContext "if you get an infinite recursion here, you probably reference `config` in `imports`. If you are trying to achieve a conditional import behavior dependent on `config`, consider importing unconditionally, and using `mkEnableOption` and `mkIf` to control its effect." config;
        }
        // specialArgs
      );

      merged = lib.mergeModules prefix (lib.reverseList allModules);
      inherit (merged) options unmatched defined;

      declared = lib.mapAttrsRecursiveCond (v: !lib.isOption v) (_: option: option.value) options;
      freeformType = declared._module.freeformType;
      freeform = freeformType.merge prefix (
        map (def: { inherit (def) file; value = lib.setAttrByPath def.path def.value; }) unmatched
      );
      config =
        if freeformType == null || unmatched == [ ] then declared else lib.recursiveUpdate freeform declared;

      checked =
        value:
        if !declared._module.check || freeformType != null || unmatched == [ ] then
          value
        else if explainUnknown != null then
          throw (explainUnknown unmatched unknownMessage)
        else
          throw unknownMessage;

      unknownMessage =
        let
          first = head unmatched;
          parent = lib.init first.path;
          siblings = filter (name: name != "_module") (attrNames (lib.attrByPath parent { } options));
          near = lib.sortOn (lib.levenshtein (lib.last first.path)) (
            if length siblings < 100 then siblings else filter (lib.levenshteinAtMost 2 (lib.last first.path)) siblings
          );
          suggestions = map (name: "`${showOption (prefix ++ parent ++ [ name ])}'") (lib.take 3 near);
          suggestion =
            if suggestions == [ ] then
              ""
            else if length suggestions == 1 then
              "\n\nDid you mean ${head suggestions}?"
            else
              "\n\nDid you mean ${lib.concatStringsSep ", " (lib.init suggestions)} or ${lib.last suggestions}?";
          base = "The option `${showOption (prefix ++ first.path)}' does not exist. Definition values:${showDefs [ first ]}${suggestion}";
        in
        if attrNames options != [ "_module" ] then
          base
        else if prefix == [ ] then
          "${base}\n\nIt seems as if you're trying to declare an option by placing it into `config' rather than `options'!\n"
        else
          "${base}\n\nHowever there are no options defined in `${showOption prefix}'. Are you sure you've\ndeclared your options properly? This can happen if you e.g. declared your options in `types.submodule'\nunder `config' rather than `options'.\n";

      extendModules =
        extension:
        lib.evalModules (
          arguments
          // {
            modules = modules ++ extension.modules or [ ];
            specialArgs = specialArgs // extension.specialArgs or { };
            prefix = extension.prefix or prefix;
          }
        );
      type = types.submoduleWith { inherit modules specialArgs class; };
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      inherit extendModules type class;
    };
}
