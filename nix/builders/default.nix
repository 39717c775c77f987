# From an app's source to something that can be started.
#
# A builder takes { name, app, source, refuse } and gives
#   package      derivation with everything the app needs
#   command      argv that runs when `run.command` is not set
#   programs     packages whose bin/ is searched for the program of `run.command`
#   directory    where a program `./…` is looked for
#   runsInSource whether the process starts in `directory` (otherwise in its state directory)
{
  lib,
  pkgs,
  fetch ? import ./source.nix,
}:
let
  shared = {
    inherit lib pkgs;
    procfile = import ./procfile.nix { inherit lib pkgs; };
  };
  builders = {
    flake = import ./flake.nix shared;
    static = import ./static.nix shared;
    python = import ./python.nix shared;
    node = import ./node.nix (shared // { npmLock = import ./npm-lock.nix { inherit lib pkgs; }; });
  };
in
name: app:
builders.${app.build.builder} {
  inherit name app;
  source = fetch app.source;
  version = builtins.substring 0 12 app.source.rev;
  refuse = message: throw "croft: apps.${name}.build: ${message}";
}
