# A Node.js program, with the packages that its package-lock.json names. It starts by `web:` of a Procfile, or as package.json says
# (scripts.start, main), or by server.js or index.js. scripts.build runs during the build.
{
  lib,
  pkgs,
  procfile,
  npmLock,
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

  locked = if has "package-lock.json" then npmLock { inherit source refuse; } else null;

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
  webLine = procfile.line source;
  web = if webLine == null then null else procfile.shell (withPackages webLine);
  # As npm does for its scripts: programs of packages are found by name.
  withPackages = line: if locked == null then line else "PATH=${package}/app/node_modules/.bin:$PATH\n${line}";

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
      export HOME=$TMPDIR
    ''
    + lib.optionalString (locked != null) ''
      . ${./npm-unpack.sh}
      croftUnpackPackages ${locked.packages}
      echo "croft: unpacked ${toString locked.count} packages of package-lock.json"
      export PATH=$PWD/node_modules/.bin:$PATH
    ''
    + lib.optionalString (locked != null && locked.scripted != [ ]) ''
      echo ${lib.escapeShellArg "croft: these have install scripts, which are not run: ${lib.concatStringsSep ", " locked.scripted}"}
    ''
    + ''
      if [ -n "$buildScript" ]; then
        echo "croft: running the build script of package.json"
        bash -e -c "$buildScript"
      fi
      if [ -n "$entryFile" ]; then
        node --check "$entryFile"
      fi
    ''
    + lib.optionalString (locked != null) ''
      croftRemovePackages ${locked.development}
    '';
    installPhase = ''
      mkdir -p "$out"
      cp -R . "$out/app"
      echo "croft: packed $(find . -name node_modules -prune -o '(' -name '*.js' -o -name '*.mjs' -o -name '*.cjs' ')' -print | wc -l) JavaScript files"
    '';
  };
in
if asking != null && locked == null then
  refuse "package.json asks for packages (${asking}), and there is no package-lock.json that says which. Commit the one that npm makes (npm install --package-lock-only), or give the project a flake.nix and choose the flake builder."
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
        procfile.shell (withPackages scripts.start)
      else
        [
          "${nodejs}/bin/node"
          entry
        ];
  }
