# Trees of links to other packages.
{ lib, final }:
rec {
  # Links every file of every path into one tree; directories are made, never linked, so that trees can overlap.
  # The first path wins. `pathsToLink` limits what is taken.
  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      extraPrefix ? "",
      postBuild ? "",
      extraOutputsToInstall ? [ ],
      ignoreCollisions ? false,
      passthru ? { },
      meta ? { },
      nativeBuildInputs ? [ ],
      ...
    }:
    let
      outputsOf =
        pkg:
        if lib.isAttrs pkg && !(pkg.outputSpecified or false) then
          [ pkg ] ++ lib.concatMap (output: lib.optional (pkg ? ${output}) pkg.${output}) extraOutputsToInstall
        else
          [ pkg ];
    in
    final.runCommandLocal name
      {
        # by priority, lowest number first, as the order of links decides
        trees = lib.unique (
          lib.concatMap outputsOf (lib.sortOn (pkg: pkg.meta.priority or 5) (lib.filter (x: x != null) (lib.flatten paths)))
        );
        inherit pathsToLink nativeBuildInputs passthru meta;
        prefix = extraPrefix;
      }
      ''
        mkdir -p "$out"
        for wanted in $pathsToLink; do
          wanted=''${wanted%/}
          for tree in $trees; do
            [ -e "$tree$wanted" ] || continue
            # -L for trees that are links themselves; nix-support is for builders only
            (cd -L "$tree" && find -H ".$wanted" -mindepth 0 ! -type d ! -path './nix-support/*' -print0) |
              while IFS= read -r -d "" file; do
                target="$out$prefix/''${file#./}"
                [ -e "$target" ] || [ -L "$target" ] && continue
                mkdir -p "''${target%/*}"
                ln -s "$tree/''${file#./}" "$target"
              done
          done
        done
        ${postBuild}
      '';

  symlinkJoin =
    arguments@{
      name ? "${arguments.pname}-${arguments.version}",
      paths,
      postBuild ? "",
      nativeBuildInputs ? [ ],
      meta ? { },
      passthru ? { },
      ...
    }:
    buildEnv {
      inherit
        name
        paths
        postBuild
        nativeBuildInputs
        meta
        passthru
        ;
    };

  # linkFarm "name" { "bin/x" = drv; } or [ { name; path; } ]
  linkFarm =
    name: entries:
    let
      pairs =
        if lib.isList entries then
          entries
        else
          lib.mapAttrsToList (name: path: { inherit name path; }) entries;
    in
    final.runCommandLocal name { passthru.entries = lib.listToAttrs (map (e: lib.nameValuePair e.name e.path) pairs); } (
      "mkdir -p $out\n"
      + lib.concatMapStrings (e: ''
        mkdir -p "$out/$(dirname ${lib.escapeShellArg e.name})"
        ln -s ${lib.escapeShellArg "${e.path}"} "$out"/${lib.escapeShellArg e.name}
      '') pairs
    );
  linkFarmFromDrvs = name: drvs: linkFarm name (map (drv: { inherit (drv) name; path = drv; }) drvs);
}
