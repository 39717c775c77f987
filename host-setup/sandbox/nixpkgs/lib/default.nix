# The library of the stand-in: the part of nixpkgs' `lib` that configurations and modules use in practice.
# Every file is a function of the finished library, so files may use each other; nothing here touches a store.
let
  load = file: import file { inherit lib; };

  namespaces = {
    trivial = load ./trivial.nix;
    lists = load ./lists.nix;
    attrsets = load ./attrsets.nix;
    strings = load ./strings.nix;
    meta = load ./meta.nix;
    customisation = load ./customisation.nix;
    options = load ./options.nix;
    modules = load ./modules;
  };

  # Both lists and strings have a `replicate`; without a namespace the one for lists is meant.
  flat = builtins.foldl' (all: name: all // namespaces.${name}) { } (builtins.attrNames namespaces) // {
    inherit (namespaces.lists) replicate;
  };

  lib =
    flat
    // namespaces
    // {
      types = load ./types;
      inherit (lib.types)
        mkOptionType
        isOptionType
        isType
        setType
        ;
      generators = load ./generators.nix;
      licenses = load ./licenses.nix;
      maintainers = { };
      teams = { };
      platforms = load ./platforms.nix;
      systems = load ./systems.nix;
      fileset = throw "lib.fileset is not part of the sandbox's library; use `src = ./.` or builtins.path instead";
    };
in
lib
