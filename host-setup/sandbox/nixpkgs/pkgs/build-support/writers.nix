# Text files and scripts. These are most of a system's derivations, so they skip stdenv: bash, one cp.
{ lib, final }:
rec {
  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      derivationArgs ? { },
      ...
    }:
    let
      matches = builtins.match "/bin/([^/]+)" destination;
      drv = builtins.derivation (
        {
          name = lib.sanitizeDerivationName name;
          inherit (final) system;
          builder = final.buildShell;
          PATH = "/usr/bin";
          inherit text checkPhase;
          passAsFile = [ "text" ];
          target = destination;
          mode = if executable then "755" else "644";
          preferLocalBuild = true;
          allowSubstitutes = false;
          args = [
            "-euc"
            ''
              target="$out$target"
              [ "$target" = "$out" ] || mkdir -p "''${target%/*}"
              install -m "$mode" "$textPath" "$target"
              eval "$checkPhase"
              : # bash would exec the last command; Nix takes a program that closes its output early for the end, and kills it.
            ''
          ];
        }
        // derivationArgs
      );
    in
    drv
    // derivationArgs
    // {
      meta = lib.optionalAttrs (executable && matches != null) { mainProgram = lib.head matches; } // meta;
      inherit text passthru;
    }
    // passthru;

  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir = path: text: writeTextFile { name = baseNameOf path; inherit text; destination = "/${path}"; };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text: writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };

  syntaxCheck = ''/usr/bin/bash -n "$target"'';
  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      text = "#!${final.runtimeShell}\n${text}\n";
      checkPhase = syntaxCheck;
    };
  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = "#!${final.runtimeShell}\n${text}\n";
      checkPhase = syntaxCheck;
      meta.mainProgram = name;
    };
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? { },
      bashOptions ? [ "errexit" "nounset" "pipefail" ],
      inheritPath ? true,
      meta ? { },
      passthru ? { },
      ...
    }:
    writeTextFile {
      inherit name passthru;
      executable = true;
      destination = "/bin/${name}";
      text =
        "#!${final.runtimeShell}\n"
        + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + lib.concatStrings (lib.mapAttrsToList (n: v: "${lib.toShellVar n v}\nexport ${n}\n") runtimeEnv)
        + lib.optionalString (runtimeInputs != [ ]) (
          "\nexport PATH=\"${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}\"\n"
        )
        + "\n${text}\n";
      checkPhase = syntaxCheck;
      meta = { mainProgram = name; } // meta;
    };

  concatTextFile =
    { name, files, executable ? false, destination ? "" }:
    final.runCommandLocal name { inherit files; } ''
      file=$out${destination}
      mkdir -p "$(dirname "$file")"
      cat $files > "$file"
      ${lib.optionalString executable ''chmod +x "$file"''}
    '';
  concatText = name: files: concatTextFile { inherit name files; };
  concatScript = name: files: concatTextFile { inherit name files; executable = true; };
}
