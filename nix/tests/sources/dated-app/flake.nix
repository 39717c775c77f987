# Comes out differently each time: what a build that notes its date does.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs =
    { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux.default = pkgs.runCommand "dated-app" { meta.mainProgram = "serve"; } ''
        mkdir -p "$out/bin" "$out/share"
        echo "always the same" > "$out/share/index.html"
        echo "built at $(date +%s.%N)" > "$out/share/built"
        printf '#!%s\nexec %s -u -m http.server "$PORT" --bind "$HOST" --directory %s\n' \
          ${pkgs.bash}/bin/bash ${pkgs.python3}/bin/python3 "$out/share" > "$out/bin/serve"
        chmod +x "$out/bin/serve"
      '';
    };
}
