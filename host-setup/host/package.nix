# The helper as a package: the Python package, compiled, and one small program for each way into it.
{ pkgs }:
let
  inherit (pkgs) python3;
  programs = {
    croft-hostd = "hostd";
    croft-op = "op";
    croft-relay = "relay";
  };
in
pkgs.stdenv.mkDerivation {
  pname = "croft-host";
  version = "0.1.0";
  src = ../helper;
  nativeBuildInputs = [ python3 ];
  dontConfigure = true;
  dontBuild = true;
  dontFixup = true;
  PYTHONHASHSEED = "0";
  interpreter = "${python3}/bin/python3";
  programNames = builtins.attrNames programs;
  programModules = builtins.attrValues programs;
  # -I and -S: nothing from the environment, the working directory or site-packages takes part. The bytecode is
  # not checked against the source at run time: the store does not change.
  installPhase = ''
    mkdir -p "$out/bin" "$out/lib/croft-host"
    cp -R croft_hostd "$out/lib/croft-host/"
    python3 -m compileall -q --invalidation-mode unchecked-hash "$out/lib/croft-host"
    set -- $programModules
    for program in $programNames; do
      printf '%s\n' \
        "#!$interpreter -IS" \
        "import sys" \
        "sys.path.insert(0, \"$out/lib/croft-host\")" \
        "from croft_hostd.$1 import main" \
        "sys.exit(main())" > "$out/bin/$program"
      chmod +x "$out/bin/$program"
      shift
    done
  '';
  # A login shell, as `users.users.<name>.shell` wants it.
  passthru.shellPath = "/bin/croft-relay";
  meta.mainProgram = "croft-hostd";
}
