# The builder of every stdenv derivation: load the functions, then run the phases (or buildCommand).
source "$stdenv"
genericBuild
