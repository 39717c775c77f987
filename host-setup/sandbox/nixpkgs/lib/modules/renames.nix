# Options that moved, merged or went away.
{ lib }:
let
  inherit (lib)
    getAttrFromPath
    mkOption
    setAttrByPath
    showFiles
    showOption
    ;
in
rec {
  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    {
      options = setAttrByPath path (mkOption {
        visible = false;
        apply = _: throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
      });
      config.assertions =
        let
          option = getAttrFromPath path options;
        in
        [
          {
            assertion = !option.isDefined;
            message = ''
              The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.
              ${instructions}
            '';
          }
        ];
    };

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      fromOption = getAttrFromPath from options;
      toOf = lib.attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
      # the old name takes what the new one takes, so that a merge over several definitions works under both
      toType = (lib.attrByPath to { } options).type or null;
      alias = if withPriority then lib.mkAliasAndWrapDefsWithPriority else lib.mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = _: use (toOf config);
        }
        // lib.optionalAttrs (toType != null) { type = toType; }
      );
      config = lib.mkIf condition (
        lib.mkMerge [
          (lib.optionalAttrs (options ? warnings) {
            warnings = lib.optional (warn && fromOption.isDefined)
              "The option `${showOption from}' defined in ${showFiles fromOption.files} has been renamed to `${showOption to}'.";
          })
          (alias (setAttrByPath to) fromOption)
        ]
      );
    };

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkRenamedOptionModuleWith = { from, to, sinceRelease }: mkRenamedOptionModule from to;
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = lib.id;
    };

  mkMergedOptionModule =
    from: to: merge:
    { config, options, ... }:
    let
      untouched = "_mkMergedOptionModule";
      isSet = path: getAttrFromPath path config != untouched;
    in
    {
      options = builtins.foldl' lib.recursiveUpdate { } (
        map (path: setAttrByPath path (mkOption { visible = false; default = untouched; })) from
      );
      config =
        {
          warnings = map (
            path:
            "The option `${showOption path}' defined in ${showFiles (getAttrFromPath path options).files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly."
          ) (builtins.filter isSet from);
        }
        // setAttrByPath to (lib.mkMerge (lib.optional (lib.any isSet from) (merge config)));
    };
  mkChangedOptionModule = from: mkMergedOptionModule [ from ];

  importApply = path: arguments: lib.setDefaultModuleLocation path (import path arguments);
}
