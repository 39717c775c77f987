# A Python program without dependencies. It starts by `web:` of a Procfile, or by main.py, app.py or server.py.
{
  lib,
  pkgs,
  procfile,
}:
{
  name,
  app,
  source,
  version,
  refuse,
}:
let
  inherit (pkgs) python3;

  has = file: builtins.pathExists "${source}/${file}";
  toml = file: lib.optionalAttrs (has file) (builtins.fromTOML (builtins.readFile "${source}/${file}"));

  requirements = lib.filter (
    line: builtins.match "[ \t\r]*(#.*)?" (builtins.substring 0 200 line) == null
  ) (lib.optionals (has "requirements.txt") (lib.splitString "\n" (builtins.readFile "${source}/requirements.txt")));

  pyproject = toml "pyproject.toml";

  # The file that asks for packages, or null.
  asking =
    if requirements != [ ] then
      "requirements.txt"
    else if
      (pyproject.project.dependencies or [ ]) != [ ]
      || removeAttrs (pyproject.tool.poetry.dependencies or { }) [ "python" ] != { }
    then
      "pyproject.toml"
    else if ((toml "Pipfile").packages or { }) != { } then
      "Pipfile"
    else
      null;

  entry = lib.findFirst has null [
    "main.py"
    "app.py"
    "server.py"
  ];
  web = procfile.web source;

  package = pkgs.stdenv.mkDerivation {
    pname = "croft-app-${name}";
    inherit version;
    src = "${source}";
    nativeBuildInputs = [ python3 ];
    # For the first lines (#!) of the app's own scripts.
    buildInputs = [ python3 ];
    dontConfigure = true;
    dontStrip = true;
    PYTHONHASHSEED = "0";
    # The bytecode is made here because the store is read-only when the app runs. A syntax error in the entry
    # file ends the build; other files may be templates or for another Python.
    entryFile = lib.optionalString (app.run.command == null && web == null) (toString entry);
    buildPhase = ''
      python3 -m compileall -q --invalidation-mode unchecked-hash . \
        || echo "croft: some files are no valid $(python3 -V); they stay as they are"
      if [ -n "$entryFile" ]; then
        python3 -m py_compile "$entryFile"
        python3 -m compileall -q -f --invalidation-mode unchecked-hash "$entryFile"
      fi
    '';
    installPhase = ''
      mkdir -p "$out"
      cp -R . "$out/app"
      echo "croft: packed $(find . -name '*.py' | wc -l) Python files"
    '';
  };
in
if asking != null then
  refuse "${asking} asks for packages, which the python builder does not fetch. Remove them, or give the project a flake.nix and choose the flake builder."
else if app.run.command == null && web == null && entry == null then
  refuse "there is no web: line in a Procfile and no main.py, app.py or server.py in ${app.source.url}. Set run.command, or choose another builder."
else
  {
    inherit package;
    directory = "${package}/app";
    runsInSource = true;
    programs = [ python3 ];
    command =
      if web != null then
        web
      else
        [
          "${python3}/bin/python3"
          "-u"
          entry
        ];
  }
