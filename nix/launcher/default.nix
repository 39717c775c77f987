# croft-launch: what stands in front of a program that takes its secrets from the environment. croft-relay: carries connections to where
# the program cannot reach.
{ pkgs }:
pkgs.stdenv.mkDerivation {
  pname = "croft-launch";
  version = "1";
  srcs = [ ./croft-launch.c ./croft-relay.c ];
  dontUnpack = true;
  dontConfigure = true;
  buildPhase = ''
    for source in $srcs; do
      program=''${source##*-croft-}
      $CC -std=gnu17 -O2 -Wall -Wextra -Werror -fstack-protector-strong -o "croft-''${program%.c}" "$source"
    done
  '';
  installPhase = ''
    install -D -m 0555 --target-directory="$out/bin" croft-launch croft-relay
  '';
  meta.mainProgram = "croft-launch";
}
