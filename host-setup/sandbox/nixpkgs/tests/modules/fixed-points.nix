# Overlays, callPackage, pipe and other plumbing.
{ lib }:
let
  base = final: { a = 1; b = final.a + 1; };
  overlay = final: prev: { a = prev.a + 10; };
  call = lib.callPackageWith { x = 1; y = 2; };
  made = call ({ x, y ? 5, z ? 7 }: { sum = x + y + z; }) { z = 10; };
in
{
  fixed = lib.fix base;
  extended = lib.fix (lib.extends overlay base);
  composed = lib.fix (lib.extends (lib.composeManyExtensions [ overlay overlay ]) base);
  pipe = lib.pipe 3 [ (x: x + 1) toString ];
  called = made.sum;
  overridden = (made.override { x = 100; }).sum;
  exe = [
    (lib.getExe { type = "derivation"; name = "foo-1"; outPath = "/s/foo"; meta.mainProgram = "foo"; })
    (lib.getExe' { type = "derivation"; name = "foo-1"; outPath = "/s/foo"; } "bar")
  ];
  outputs = [ (lib.getBin { outPath = "/s/a"; bin = { outPath = "/s/a-bin"; }; }).outPath (lib.getDev { outPath = "/s/a"; }).outPath ];
  functions = [ (lib.isFunction (x: x)) (lib.isFunction { __functor = self: x: x; }) (lib.functionArgs ({ a, b ? 1 }: a)) ];
}
