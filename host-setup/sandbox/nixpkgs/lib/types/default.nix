# Option types. A type knows its name, what it accepts (`check`), how definitions merge (`merge loc defs`), and how two
# declarations of one option combine (`typeMerge`).
{ lib }:
let
  core = import ./core.nix { inherit lib; };
  load = file: import file { inherit lib core; };
in
{
  inherit (core)
    mkOptionType
    isOptionType
    isType
    setType
    defaultFunctor
    defaultTypeMerge
    ;
}
// load ./scalars.nix
// load ./combinators.nix
// load ./collections.nix
// load ./submodules.nix
