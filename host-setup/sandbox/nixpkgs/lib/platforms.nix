# Lists of systems for `meta.platforms`.
{ lib }:
rec {
  linux = [ "x86_64-linux" "aarch64-linux" ];
  unix = linux;
  all = linux;
  x86_64 = [ "x86_64-linux" ];
  aarch64 = [ "aarch64-linux" ];
  darwin = [ ];
  none = [ ];
}
