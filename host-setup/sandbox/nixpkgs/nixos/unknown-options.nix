# The message for an option that does not exist. NixOS's words come first; where the table does not claim to be complete,
# a second sentence says so, since the option may well exist on a real host. It is an error either way: what the sandbox
# does not know it cannot do, and doing nothing silently would be worse.
{ lib }:
unmatched: nixosMessage:
let
  inherit (import ./options/table.nix { inherit lib; }) coverage;
  path = (lib.head unmatched).path;
  matchesPart = pattern: part: pattern == "<name>" || pattern == "*" || pattern == part;
  matches =
    pattern: lib.length pattern <= lib.length path && lib.all lib.id (lib.zipListsWith matchesPart pattern path);
  complete = lib.any matches coverage.complete && !(lib.any matches coverage.exceptions);
in
if complete then
  nixosMessage
else
  "${nixosMessage}\n\nThe sandbox host (not NixOS) knows the options of its table only, and for this prefix the table is not complete. If NixOS has the option, leave it out for hosts that are sandboxes."
