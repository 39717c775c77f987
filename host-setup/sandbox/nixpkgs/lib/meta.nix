# Facts about packages.
{ lib }:
rec {
  getExe =
    pkg:
    getExe' pkg (
      pkg.meta.mainProgram or (lib.warn
        "getExe: Package ${builtins.toJSON (pkg.name or (toString pkg))} does not have the meta.mainProgram attribute. We'll assume that the main program has the same name for now, but this behavior is deprecated, because it leads to surprising errors when the assumption does not hold. If the package has a main program, please set `meta.mainProgram` in its definition to make this warning go away."
        (lib.getName pkg))
    );
  getExe' =
    pkg: program:
    assert lib.assertMsg (builtins.isString program) "lib.meta.getExe': The second argument is of type ${builtins.typeOf program}, but it should be a string";
    assert lib.assertMsg (builtins.match ".*/.*" program == null)
      "lib.meta.getExe': The second argument \"${program}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead.";
    "${lib.getBin pkg}/bin/${program}";
  addMetaAttrs = attrs: pkg: pkg // { meta = (pkg.meta or { }) // attrs; };
  setName = name: pkg: pkg // { inherit name; };
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  hiPrio = setPrio (-10);
  dontDistribute = pkg: pkg;
  availableOn = _: _: true;
}
