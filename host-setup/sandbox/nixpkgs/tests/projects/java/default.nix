# A JDK: compile, pack a jar, run it in the build, a wrapper that starts it.
{ stdenv, jdk_headless, makeWrapper }:
stdenv.mkDerivation {
  pname = "greet-java";
  version = "1.0";
  src = ./src;
  nativeBuildInputs = [ jdk_headless makeWrapper ];
  buildPhase = ''
    test -d "$JAVA_HOME"
    javac -Werror -d classes app/Main.java
    jar --create --file greet.jar --date=1980-02-01T00:00:00Z --main-class app.Main -C classes .
  '';
  doCheck = true;
  checkPhase = "java -jar greet.jar | grep -q 'hello from java'";
  installPhase = ''
    install -D -m 644 greet.jar $out/share/greet.jar
    makeWrapper ${jdk_headless}/bin/java $out/bin/greet --add-flags "-jar $out/share/greet.jar"
  '';
  meta.mainProgram = "greet";
}
