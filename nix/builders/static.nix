# Files served as they are, by darkhttpd. The web root is the first of public/, dist/, site/, _site/, www/ and the
# repository itself that has an index.html.
{ lib, pkgs, ... }:
{
  name,
  app,
  source,
  version,
  refuse,
}:
let
  roots = lib.filter (root: builtins.pathExists "${source}/${root}/index.html") [
    "public"
    "dist"
    "site"
    "_site"
    "www"
    "."
  ];
  root =
    if roots == [ ] then
      refuse "there is no index.html in public/, dist/, site/, _site/, www/ or at the top of ${app.source.url}. Commit the finished pages, or choose another builder."
    else
      lib.head roots;

  package = pkgs.stdenv.mkDerivation {
    pname = "croft-app-${name}";
    inherit version;
    src = "${source}";
    dontConfigure = true;
    dontBuild = true;
    dontFixup = true;
    webRoot = root;
    installPhase = ''
      mkdir -p "$out/share"
      cp -R "$webRoot" "$out/share/www"
      echo "croft: serving $(find "$out/share/www" -type f | wc -l) files from $webRoot/"
    '';
  };
  directory = "${package}/share/www";
in
{
  inherit package directory;
  runsInSource = true;
  programs = [ pkgs.darkhttpd ];
  command = [
    "${pkgs.darkhttpd}/bin/darkhttpd"
    directory
    "--port"
    (toString app.run.port)
    "--addr"
    (if app.domains == [ ] then "0.0.0.0" else "127.0.0.1")
    "--no-listing"
    "--no-server-id"
  ];
}
