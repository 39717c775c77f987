# `pkgs` and `utils` for the modules.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.nixpkgs;
  hostSystem =
    if options.nixpkgs.hostPlatform.isDefined then
      (if lib.isString cfg.hostPlatform then cfg.hostPlatform else cfg.hostPlatform.system)
    else if options.nixpkgs.system.isDefined then
      cfg.system
    else
      throw "Neither nixpkgs.hostPlatform nor the argument `system' of lib.nixosSystem is set; try nixpkgs.hostPlatform = \"x86_64-linux\".";
in
{
  config._module.args = {
    utils = import ../utils.nix { inherit lib; };
    pkgs =
      if options.nixpkgs.pkgs.isDefined then
        (if cfg.overlays == [ ] then cfg.pkgs else cfg.pkgs.appendOverlays cfg.overlays)
      else
        import ../../pkgs {
          system = hostSystem;
          inherit (cfg) overlays config;
        };
  };
}
