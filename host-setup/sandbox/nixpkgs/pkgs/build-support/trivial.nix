# runCommand and its relatives: a derivation that is one piece of shell code.
{ lib, final }:
rec {
  runCommandWith =
    {
      name,
      derivationArgs ? { },
      runLocal ? false,
      stdenv ? final.stdenv,
    }:
    buildCommand:
    stdenv.mkDerivation (
      {
        inherit name;
        passAsFile = [ "buildCommand" ] ++ derivationArgs.passAsFile or [ ];
        inherit buildCommand;
      }
      // lib.optionalAttrs runLocal {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // removeAttrs derivationArgs [ "passAsFile" ]
    );
  runCommand = name: derivationArgs: runCommandWith { inherit name derivationArgs; };
  runCommandLocal = name: derivationArgs: runCommandWith { inherit name derivationArgs; runLocal = true; };
  runCommandCC = runCommand;
  runCommandNoCC = runCommand;

  srcOnly = { name, src, ... }: runCommand name { inherit src; } "cp -r $src $out";

  # @name@ in a file becomes the value; a name that is not there is an error.
  replaceVarsWith =
    {
      src,
      replacements,
      name ? src.name or (builtins.unsafeDiscardStringContext (baseNameOf (toString src))),
      dir ? "",
      isExecutable ? false,
      ...
    }:
    let
      flags = lib.concatLists (
        lib.mapAttrsToList (
          var: value: if value == null then [ ] else [ "--replace-fail" "@${var}@" "${value}" ]
        ) replacements
      );
      target = "$out" + lib.optionalString (dir != "") "/${dir}/${name}";
    in
    runCommandLocal name { inherit src; } ''
      mkdir -p "$(dirname ${target})"
      substitute "$src" ${target} ${lib.escapeShellArgs flags}
      ${lib.optionalString isExecutable "chmod +x ${target}"}
    '';
  replaceVars = src: replacements: replaceVarsWith { inherit src replacements; };
  replaceVarsBin = src: replacements: replaceVarsWith { inherit src replacements; dir = "bin"; isExecutable = true; };

  emptyFile = runCommandLocal "empty-file" { } "touch $out";
  emptyDirectory = runCommandLocal "empty-directory" { } "mkdir $out";

  # store-paths: everything that the roots need, one path a line. Nix writes its own description of it, of which that is a part.
  closureInfo =
    { rootPaths }:
    runCommandLocal "closure-info"
      {
        exportReferencesGraph = lib.concatLists (lib.imap0 (i: root: [ "closure-${toString i}" root ]) rootPaths);
      }
      ''
        mkdir "$out"
        for graph in closure-*; do
          while read -r path && read -r deriver && read -r count; do
            echo "$path"
            while [ "$count" -gt 0 ]; do
              read -r reference
              count=$((count - 1))
            done
          done < "$graph"
        done | sort -u > "$out/store-paths"
      '';

  makeSetupHook =
    {
      name,
      propagatedBuildInputs ? [ ],
      substitutions ? { },
      meta ? { },
    }:
    script:
    runCommandLocal name { inherit propagatedBuildInputs meta; } ''
      mkdir -p $out/nix-support
      substitute ${script} $out/nix-support/setup-hook ${
        lib.escapeShellArgs (
          lib.concatLists (lib.mapAttrsToList (var: value: [ "--subst-var-by" var "${value}" ]) substitutions)
        )
      }
    '';

  # For work that must not reach the network here: the sandbox host has none while it builds.
  fetchurl = arguments: builtins.fetchurl (
    if lib.isString arguments then arguments else { inherit (arguments) url; sha256 = arguments.sha256 or arguments.hash; }
  );
  fetchgit =
    {
      url,
      rev,
      hash ? null,
      ...
    }:
    builtins.fetchTree (
      {
        type = "git";
        inherit url rev;
      }
      // lib.optionalAttrs (hash != null) { narHash = hash; }
    );
}
