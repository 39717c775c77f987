# makeWrapper: programs that start another program with more environment or arguments.
{ lib, final }:
rec {
  makeWrapper = final.makeSetupHook { name = "make-wrapper-hook"; } ./make-wrapper.sh;
  makeBinaryWrapper = makeWrapper;
}
