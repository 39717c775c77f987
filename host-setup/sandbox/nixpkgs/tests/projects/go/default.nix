# Go: a module with a package of its own and no dependencies, checked, a static program.
{ stdenv, go }:
stdenv.mkDerivation {
  pname = "greet-go";
  version = "1.0";
  src = ./src;
  nativeBuildInputs = [ go ];
  buildPhase = "go build -o greet-go .";
  doCheck = true;
  checkPhase = "go vet ./...";
  installPhase = "install -D greet-go $out/bin/greet";
  meta.mainProgram = "greet";
}
