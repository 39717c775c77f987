# croft-launch: what stands in front of a program that takes its secrets from the environment.
{ pkgs }:
pkgs.stdenv.mkDerivation {
  pname = "croft-launch";
  version = "1";
  src = ./croft-launch.c;
  dontUnpack = true;
  dontConfigure = true;
  buildPhase = ''
    $CC -std=gnu17 -O2 -Wall -Wextra -Werror -fstack-protector-strong -o croft-launch "$src"
  '';
  installPhase = ''
    install -D -m 0555 croft-launch "$out/bin/croft-launch"
  '';
  meta.mainProgram = "croft-launch";
}
