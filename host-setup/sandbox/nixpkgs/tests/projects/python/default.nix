# Python: tests in the build, byte code, a program started through its own first line.
{ stdenv, python3 }:
stdenv.mkDerivation {
  pname = "greet-python";
  version = "1.0";
  src = ./src;
  nativeBuildInputs = [ python3 ];
  doCheck = true;
  checkPhase = "python3 -m unittest";
  installPhase = ''
    runHook preInstall
    mkdir -p $out/lib $out/bin
    cp *.py $out/lib/
    python3 -m compileall -q $out/lib
    ln -s ../lib/app.py $out/bin/greet
    runHook postInstall
  '';
  meta.mainProgram = "greet";
}
