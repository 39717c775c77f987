# The helper as a package: its Python package, compiled, beside the programs that use it, the relay as a shell, and croft-guard for people.
{ pkgs }:
let
  inherit (pkgs) python3;
in
pkgs.stdenv.mkDerivation {
  pname = "croft-host";
  version = "0.1.0";
  src = ../helper;
  nativeBuildInputs = [ python3 ];
  dontConfigure = true;
  dontBuild = true;
  # The first lines (#!) are written below: the interpreter takes part in nothing but the standard library (-IS),
  # and a search for it by `env` would let the environment choose.
  dontFixup = true;
  PYTHONHASHSEED = "0";
  interpreter = "${python3}/bin/python3";
  # The bytecode is not compared with the source at run time, because the store does not change.
  installPhase = ''
    mkdir -p "$out/bin" "$out/libexec/croft-host"
    cp -R croft_hostd "$out/libexec/croft-host/"
    find "$out" -name __pycache__ -prune -exec rm -r {} +
    python3 -m compileall -q --invalidation-mode unchecked-hash "$out/libexec/croft-host/croft_hostd"
    for program in croft-hostd croft-op croft-host croft-guard; do
      { echo "#!$interpreter -IS"; tail -n +2 "$program"; } > "$out/libexec/croft-host/$program"
      chmod +x "$out/libexec/croft-host/$program"
    done
    ln -s ../libexec/croft-host/croft-host ../libexec/croft-host/croft-guard "$out/bin/"
  '';
  # A login shell, as `users.users.<name>.shell` wants it.
  passthru.shellPath = "/bin/croft-host";
  meta.mainProgram = "croft-host";
}
