{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs =
    { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux.default =
        pkgs.runCommand "flake-app"
          {
            meta.mainProgram = "serve";
            inherit (self) rev;
          }
          ''
            mkdir -p "$out/bin" "$out/share"
            echo "flake $rev" > "$out/share/index.html"
            printf '#!%s\nexec %s -u -m http.server "$PORT" --bind "$HOST" --directory %s\n' \
              ${pkgs.bash}/bin/bash ${pkgs.python3}/bin/python3 "$out/share" > "$out/bin/serve"
            chmod +x "$out/bin/serve"
          '';
    };
}
