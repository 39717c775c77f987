# The hello app as a project with a flake of its own, whose evaluation needs the version: from a build that somebody may have done
# already, or from what url.nix names.
{
  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      version = pkgs.runCommand "version" { } "cp ${./VERSION} $out";
      text = builtins.readFile (
        if builtins.pathExists ./url.nix then builtins.fetchurl (import ./url.nix) else version
      );
    in
    {
      packages.${system} = {
        inherit version;
        default = pkgs.runCommand "hello" { } ''
          mkdir -p "$out/bin" "$out/share"
          cp ${./main.py} "$out/share/main.py"
          cp ${builtins.toFile "VERSION" text} "$out/share/VERSION"
          printf '#!%s\nexec %s "%s"\n' ${pkgs.runtimeShell} ${pkgs.python3}/bin/python3 "$out/share/main.py" >"$out/bin/hello"
          chmod +x "$out/bin/hello"
        '';
      };
    };
}
