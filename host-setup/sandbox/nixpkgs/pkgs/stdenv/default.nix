# stdenv.mkDerivation: attributes become the environment of a bash that runs setup.sh.
{ lib, final }:
let
  # What is on PATH of every build. Everything else has to be named in nativeBuildInputs, as with nixpkgs.
  initialPath = with final; [
    coreutils
    findutils
    diffutils
    gnused
    gnugrep
    gawk
    gnutar
    gzip
    bzip2
    gnumake
    bash
    patch
    xz
    file
    gcc
    binutils
  ];

  notEnvironment = [
    "meta"
    "passthru"
    "env"
    "pos"
    "finalPackage"
    "overrideAttrs"
    "checkInputs"
    "nativeCheckInputs"
    "strictDeps"
  ];

  # What a package brings along for those that build with it.
  propagated = field: lib.concatMap (input: [ input ] ++ propagated field (lib.filter lib.isAttrs (input.${field} or [ ])));
  closure =
    field: inputs:
    lib.unique (propagated field (lib.filter (x: x != null && x != "") (lib.flatten inputs)));

  simpleDerivation =
    overrideAttrs:
    attrs@{
      pname ? null,
      version ? null,
      outputs ? [ "out" ],
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      propagatedBuildInputs ? [ ],
      propagatedNativeBuildInputs ? [ ],
      checkInputs ? [ ],
      nativeCheckInputs ? [ ],
      doCheck ? false,
      env ? { },
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      name =
        attrs.name or (
          if pname == null then
            throw "mkDerivation: give the derivation a `name', or a `pname' and a `version'"
          else if version == null then
            pname
          else
            "${pname}-${version}"
        );
      # The programs of checks are only there for builds that check.
      native = nativeBuildInputs ++ lib.optionals doCheck nativeCheckInputs;
      host = buildInputs ++ lib.optionals doCheck checkInputs;
      environment = removeAttrs attrs notEnvironment // env;
      derivationAttrs =
        environment
        // {
          name = lib.sanitizeDerivationName name;
          inherit (final) system;
          inherit outputs doCheck;
          builder = final.buildShell;
          args = attrs.args or [ "-e" ./default-builder.sh ];
          stdenv = ./setup.sh;
          initialPath = initialPath;
          nativeBuildInputs = closure "propagatedNativeBuildInputs" (native ++ propagatedNativeBuildInputs);
          buildInputs = closure "propagatedBuildInputs" (host ++ propagatedBuildInputs);
          inherit propagatedBuildInputs propagatedNativeBuildInputs;
        };
      drv = builtins.derivation derivationAttrs;
    in
    drv
    // lib.optionalAttrs (pname != null) { inherit pname; }
    // lib.optionalAttrs (version != null) { inherit version; }
    // {
      inherit
        name
        overrideAttrs
        passthru
        propagatedBuildInputs
        propagatedNativeBuildInputs
        nativeBuildInputs
        buildInputs
        ;
      src = attrs.src or null;
      stdenv = final.stdenv;
      meta = { inherit name; available = true; outputsToInstall = [ (lib.head outputs) ]; } // meta;
    }
    // passthru;

  # The function form sees the finished attributes and package, after every overrideAttrs.
  extensible =
    recipe:
    let
      attrs = recipe (attrs // { finalPackage = package; inherit overrideAttrs; });
      package = simpleDerivation overrideAttrs attrs;
      overrideAttrs =
        change:
        extensible (
          self:
          let
            previous = recipe self;
            applied = if lib.isFunction change then change previous else change;
            # `previous: { }` and `final: previous: { }` are both in use
            overlay = if lib.isFunction applied then change self previous else applied;
          in
          previous // overlay
        );
    in
    package;
  mkDerivation = recipe: extensible (if lib.isFunction recipe then recipe else _: recipe);
in
rec {
  # Debian's bash, visible in the build sandbox through `extra-sandbox-paths`.
  buildShell = "/usr/bin/bash";

  stdenv = {
    inherit mkDerivation initialPath;
    inherit (final) system hostPlatform buildPlatform targetPlatform;
    shell = buildShell;
    isLinux = true;
    isDarwin = false;
    isx86_64 = final.hostPlatform.isx86_64;
    isAarch64 = final.hostPlatform.isAarch64;
    cc = final.gcc;
    setup = ./setup.sh;
    name = "stdenv-sandbox";
  };
  stdenvNoCC = stdenv;
  gccStdenv = stdenv;
}
