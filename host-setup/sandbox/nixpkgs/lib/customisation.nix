# callPackage and its kin: functions of packages whose arguments come from a package set.
{ lib }:
rec {
  makeOverridable =
    f: args:
    let
      result = f args;
      override = new: makeOverridable f (args // (if lib.isFunction new then new args else new));
    in
    if builtins.isAttrs result then
      result // { inherit override; }
    else if lib.isFunction result then
      lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
    else
      result;

  callPackageWith =
    scope: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      wanted = lib.functionArgs f;
      given = builtins.intersectAttrs wanted scope // args;
      missing = lib.filter (name: !(given ? ${name}) && !wanted.${name}) (builtins.attrNames wanted);
      where = if builtins.isPath fn then " at ${toString fn}" else "";
    in
    if missing != [ ] then
      throw "Function called without required argument \"${lib.head missing}\"${where}"
    else
      makeOverridable f given;

  callPackagesWith = scope: fn: args: builtins.mapAttrs (_: lib.id) (callPackageWith scope fn args);

  makeScope =
    newScope: f:
    let
      self = f self // {
        newScope = extra: newScope (self // extra);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (lib.extends overlay f);
        packages = f;
      };
    in
    self;
}
