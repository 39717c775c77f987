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
  inherit (import ../lib) git;
  inherit (pkgs.stdenv.hostPlatform) system;
  inherit (app.source) url;

  # Read once more as a flake. A reference of this kind cannot carry the hash, so it is compared.
  locked =
    let
      flake = builtins.getFlake (git.flakeReference app.source);
    in
    if flake.narHash == app.source.narHash then
      flake
    else
      refuse "the flake at ${url} has the hash ${flake.narHash}, not ${app.source.narHash}. Deploy again to take it as it is now.";

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
        # As Nix does: what the flake declares, and itself.
        outputs = definition.outputs (
          { inherit self; } // lib.optionalAttrs (inputs ? nixpkgs) { inherit nixpkgs; }
        );
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
      locked
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
