# The package set: Debian's programs seen through store paths, and the means to build things with them.
{
  system ? null,
  localSystem ? null,
  hostPlatform ? null,
  overlays ? [ ],
  config ? { },
}:
let
  lib = import ../lib;
  chosen = lib.findFirst (x: x != null) "x86_64-linux" [ system localSystem hostPlatform ];
  platform = lib.systems.elaborate chosen;

  base =
    final:
    {
      _type = "pkgs";
      inherit lib config overlays;
      inherit (platform) system;
      hostPlatform = platform;
      buildPlatform = platform;
      targetPlatform = platform;
      path = ../.;
      pkgs = final;

      callPackage = lib.callPackageWith (final // { pkgs = final; });
      newScope = extra: lib.callPackageWith (final // extra);
      callPackages = lib.callPackagesWith final;
      extend = overlay: import ./. { system = platform.system; overlays = overlays ++ [ overlay ]; inherit config; };
      appendOverlays = more: import ./. { system = platform.system; overlays = overlays ++ more; inherit config; };
    }
    // import ./stdenv { inherit lib final; }
    // import ./debian.nix { inherit lib final; }
    // import ./programs.nix { inherit lib final; }
    // import ./build-support/trivial.nix { inherit lib final; }
    // import ./build-support/writers.nix { inherit lib final; }
    // import ./build-support/trees.nix { inherit lib final; }
    // import ./build-support/wrappers.nix { inherit lib final; }
    // import ./build-support/formats.nix { inherit lib final; };
in
lib.fix (lib.extends (lib.composeManyExtensions overlays) base)
