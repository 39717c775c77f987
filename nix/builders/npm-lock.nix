# The packages of a package-lock.json (lockfileVersion 2 and 3, npm 7 and later; https://docs.npmjs.com/cli/configuring-npm/package-lock-json),
# laid out as npm would, without npm and without a network during the build: the lock has the address and the hash of each one, so
# each is a download of its own that Nix checks, and nobody has to find a hash.
#
# Install scripts of packages are not run, as with `npm ci --ignore-scripts`: they are other people's programs that want a network
# and compilers.
{ lib, pkgs }:
{ source, refuse }:
let
  lock = builtins.fromJSON (builtins.readFile "${source}/package-lock.json");

  # "node_modules/a/node_modules/@b/c" -> "@b/c"
  nameOf = path: lib.last (lib.splitString "node_modules/" path);

  step = "[A-Za-z0-9_~-][A-Za-z0-9._~-]*";
  isModule = path: builtins.match "(${step}/|@${step}/)*node_modules/(@${step}/)?${step}" path != null;

  # As npm reads `os`, `cpu` and `libc`: a list of what fits, or of what does not (!).
  fits =
    wanted: here:
    let
      refused = lib.filter (lib.hasPrefix "!") wanted;
    in
    wanted == [ ] || (if refused == [ ] then lib.elem here wanted else !lib.elem "!${here}" refused);
  cpu = if pkgs.stdenv.hostPlatform.system == "aarch64-linux" then "arm64" else "x64";
  isForHere =
    package:
    fits (lib.toList (package.os or [ ])) "linux"
    && fits (lib.toList (package.cpu or [ ])) cpu
    && fits (lib.toList (package.libc or [ ])) "glibc";

  wanted = lib.filterAttrs (
    path: package:
    # The project itself and its workspaces; what a package brings within itself.
    path != "" && lib.hasInfix "node_modules/" path && !(package.inBundle or false) && isForHere package
  ) lock.packages;

  # The strongest of those that the lock names.
  hashOf =
    package:
    let
      all = lib.filter (hash: hash != "") (lib.splitString " " (package.integrity or ""));
    in
    lib.findFirst (lib.hasPrefix "sha512-") (if all == [ ] then null else lib.head all) all;

  # npm leaves the registry's own addresses out where it is told to (omit-lockfile-registry-resolved); then they follow from the name.
  # A package under another name (npm:…) has its own as `name`.
  urlOf =
    path: package:
    let
      name = package.name or (nameOf path);
    in
    package.resolved
      or "https://registry.npmjs.org/${name}/-/${lib.last (lib.splitString "/" name)}-${package.version or ""}.tgz";

  # Nix's own downloader: the hash is checked by Nix, which also keeps the file for the next app that wants it.
  download =
    path: package:
    if !isModule path then
      refuse "package-lock.json has a package at \"${path}\", which is no place for one. Make the file anew: npm install --package-lock-only"
    else if hashOf package == null || builtins.match "https?://.*" (urlOf path package) == null then
      refuse "package-lock.json says of ${nameOf path} that it comes from ${urlOf path package}, and ${
        if hashOf package == null then "has no hash (integrity) of it" else "that is no registry"
      }. The node builder takes packages of a registry only: publish it there, or give the project a flake.nix and choose the flake builder."
    else
      import <nix/fetchurl.nix> {
        name = "npm-${
          lib.replaceStrings [ "@" "/" "~" ] [ "" "-" "-" ] (nameOf path)
        }-${lib.replaceStrings [ "~" ] [ "-" ] (package.version or "0")}.tgz";
        url = urlOf path package;
        hash = hashOf package;
      };

  # A workspace is a directory of the source; its place among the packages is a link to it.
  isLink = package: package.link or false;

  targetOf =
    path: package:
    let
      target = package.resolved or "";
    in
    if builtins.match "(${step}/)*${step}" target == null || !isModule path then
      refuse "package-lock.json links ${path} to \"${target}\", which is not within the project."
    else
      target;

  bins =
    package:
    let
      bin = package.bin or { };
    in
    lib.filterAttrs (name: file: builtins.match step name != null && builtins.isString file) (
      if builtins.isString bin then { } else bin
    );

  # One line for each: kind, place, and what it is made of. Deeper places come after those that they are in.
  lines = lib.concatLists (
    lib.mapAttrsToList (
      path: package:
      (
        if isLink package then
          [ "link\t${path}\t${targetOf path package}" ]
        else
          [ "unpack\t${path}\t${download path package}" ]
      )
      ++ lib.mapAttrsToList (name: file: "bin\t${path}\t${name}\t${file}") (bins package)
    ) wanted
  );

  ofDevelopment = lib.attrNames (lib.filterAttrs (_: package: package.dev or false) wanted);
  scripted = lib.attrNames (lib.filterAttrs (_: package: package.hasInstallScript or false) wanted);
in
if (lock.lockfileVersion or 1) < 2 || !lock ? packages then
  refuse "package-lock.json is of npm 6 or older (lockfileVersion 1). Make it anew with a newer npm: npm install --package-lock-only"
else
  {
    count = lib.length (lib.attrNames wanted);
    packages = pkgs.writeText "npm-packages" (lib.concatMapStrings (line: line + "\n") lines);
    development = pkgs.writeText "npm-development" (lib.concatMapStrings (path: path + "\n") ofDevelopment);
    inherit scripted;
  }
