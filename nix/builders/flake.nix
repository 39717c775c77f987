# A project with a flake.nix of its own. It gives packages.<system>.default or apps.<system>.default.
{ lib, pkgs, ... }:
{
  name,
  app,
  source,
  version,
  refuse,
}:
let
  inherit (pkgs.stdenv.hostPlatform) system;
  inherit (app.source) url;

  # A query takes "+" for a blank and "=" and "/" for themselves at best.
  escape = builtins.replaceStrings [ "+" "/" "=" ] [ "%2B" "%2F" "%3D" ];
  scpStyle = builtins.match "([A-Za-z0-9._-]+@[A-Za-z0-9.-]+):(.*)" url;
  address =
    if scpStyle == null then url else "ssh://${lib.elemAt scpStyle 0}/${lib.elemAt scpStyle 1}";
  reference =
    "git+${address}?rev=${app.source.rev}&narHash=${escape app.source.narHash}"
    + lib.optionalString (app.source.ref != null) "&ref=${app.source.ref}";

  definition = import "${source}/flake.nix";
  inputs =
    (definition.inputs or { })
    // lib.mapAttrs (_: _: { }) (removeAttrs (builtins.functionArgs definition.outputs) [ "self" ]);
  others = lib.attrNames (removeAttrs inputs [ "nixpkgs" "self" ]);

  # Without a lock file nothing says which nixpkgs is meant: the box's own is, and no other input can be.
  unlocked =
    if others != [ ] then
      refuse "flake.nix has the input ${lib.concatStringsSep ", " others}, but there is no flake.lock. Run `nix flake lock`, commit the file and deploy again."
    else
      let
        outputs = definition.outputs { inherit self nixpkgs; };
        self = outputs // {
          inherit outputs;
          inputs = { inherit nixpkgs; };
          outPath = "${source}";
          sourceInfo = source;
          inherit (source) rev shortRev lastModified narHash;
        };
        nixpkgs = {
          outPath = toString pkgs.path;
          inherit (pkgs) lib;
          legacyPackages.${system} = pkgs;
        };
      in
      outputs;

  outputs =
    if !builtins.pathExists "${source}/flake.nix" then
      refuse "there is no flake.nix in ${url}. Add one, or choose another builder."
    else if builtins.pathExists "${source}/flake.lock" then
      builtins.getFlake reference
    else
      unlocked;

  package =
    outputs.packages.${system}.default or outputs.defaultPackage.${system} or null;
  program = outputs.apps.${system}.default.program or null;

  # As `nix run` finds it.
  mainProgram = package.meta.mainProgram or package.pname or (builtins.parseDrvName package.name).name;
in
if package == null && program == null then
  refuse "the flake has neither packages.${system}.default nor apps.${system}.default. Add one of them."
else
  {
    inherit package;
    directory = "${package}";
    runsInSource = false;
    programs = lib.optional (package != null) package;
    command = [ (if program != null then program else "${package}/bin/${mainProgram}") ];
  }
