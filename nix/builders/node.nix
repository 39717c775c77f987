# A Node.js program without dependencies. It starts by `web:` of a Procfile, or as package.json says
# (scripts.start, main), or by server.js or index.js. scripts.build runs during the build.
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
  inherit (pkgs) nodejs;

  has = file: builtins.pathExists "${source}/${file}";
  manifest = lib.optionalAttrs (has "package.json") (
    builtins.fromJSON (builtins.readFile "${source}/package.json")
  );
  scripts = manifest.scripts or { };

  declares = field: (manifest.${field} or { }) != { };
  asking = lib.findFirst declares null (
    [
      "dependencies"
      "optionalDependencies"
    ]
    # Tools of the build matter only when there is one.
    ++ lib.optional (scripts ? build) "devDependencies"
  );

  entry = lib.findFirst (file: file != null && has file) null [
    (manifest.main or null)
    "server.js"
    "index.js"
  ];
  web = procfile.web source;

  package = pkgs.stdenv.mkDerivation {
    pname = "croft-app-${name}";
    inherit version;
    src = "${source}";
    nativeBuildInputs = [ nodejs ];
    # For the first lines (#!) of the app's own scripts.
    buildInputs = [ nodejs ];
    dontConfigure = true;
    dontStrip = true;
    entryFile = lib.optionalString (app.run.command == null && web == null && !scripts ? start) (toString entry);
    buildScript = scripts.build or "";
    buildPhase = ''
      if [ -n "$buildScript" ]; then
        echo "croft: running the build script of package.json"
        bash -e -c "$buildScript"
      fi
      if [ -n "$entryFile" ]; then
        node --check "$entryFile"
      fi
    '';
    installPhase = ''
      mkdir -p "$out"
      cp -R . "$out/app"
      echo "croft: packed $(find . -name '*.js' -o -name '*.mjs' -o -name '*.cjs' | wc -l) JavaScript files"
    '';
  };
in
if asking != null then
  refuse "package.json asks for packages (${asking}), which the node builder does not fetch. Remove them, or give the project a flake.nix and choose the flake builder."
else if app.run.command == null && web == null && !scripts ? start && entry == null then
  refuse "there is no web: line in a Procfile, no scripts.start or main in a package.json and no server.js or index.js in ${app.source.url}. Set run.command, or choose another builder."
else
  {
    inherit package;
    directory = "${package}/app";
    runsInSource = true;
    programs = [ nodejs ];
    command =
      if web != null then
        web
      else if scripts ? start then
        procfile.shell scripts.start
      else
        [
          "${nodejs}/bin/node"
          entry
        ];
  }
