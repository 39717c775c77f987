# croft-sampler: what reads the machine's and its units' figures, for all who watch at the same time.
{ pkgs }:
pkgs.stdenv.mkDerivation {
  pname = "croft-sampler";
  version = "1";
  src = ./croft-sampler.c;
  dontUnpack = true;
  dontConfigure = true;
  buildPhase = ''
    $CC -std=gnu17 -O2 -Wall -Wextra -Werror -fstack-protector-strong -o croft-sampler "$src"
  '';
  installPhase = ''
    install -D -m 0555 croft-sampler "$out/bin/croft-sampler"
  '';
  meta.mainProgram = "croft-sampler";
}
