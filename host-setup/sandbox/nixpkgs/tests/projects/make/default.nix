# Make and gcc: phases, flags, checks, a patch, two outputs, shebangs, a wrapper.
{ stdenv, makeWrapper, jq, lib }:
stdenv.mkDerivation (finalAttrs: {
  pname = "greet";
  version = "1.0";
  src = ./src;
  patches = [ ./script.patch ];
  outputs = [ "out" "man" ];
  nativeBuildInputs = [ makeWrapper ];
  makeFlags = [ "NAME=make" ];
  doCheck = true;
  postInstall = ''
    mkdir -p $man/share
    mv $out/share/man $man/share/
    wrapProgram $out/bin/greet-sh --prefix PATH : ${lib.makeBinPath [ jq ]} --set GREETING "it's set"
    echo "${finalAttrs.version}" > $out/version
  '';
  passthru.run = "bin/greet";
  meta.mainProgram = "greet";
})
