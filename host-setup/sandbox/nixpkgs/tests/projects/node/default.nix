# Node: a build step and a program with a generated module.
{ stdenv, nodejs }:
stdenv.mkDerivation {
  pname = "greet-node";
  version = "1.0";
  src = ./src;
  nativeBuildInputs = [ nodejs ];
  buildPhase = ''
    node build.js
    node --check main.js
  '';
  installPhase = ''
    mkdir -p $out/lib $out/bin
    cp package.json *.js $out/lib/
    ln -s ../lib/main.js $out/bin/greet
  '';
  meta.mainProgram = "greet";
}
