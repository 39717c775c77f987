# Declares the options of the table: those of NixOS, or those of a module from outside (`from = "sops"`).
{
  from ? null,
}:
{ lib, pkgs, ... }:
let
  table = import ./table.nix { inherit lib; };
  inherit (import ./types.nix { inherit lib; }) typeOf;

  # All options below a node. Rows that are no declarations of their own are left out: known keys of a free-form set
  # (aids for completion), and what moved or was removed.
  declare =
    node:
    let
      named = removeAttrs node.children [ "<name>" "*" ];
    in
    lib.filterAttrs (_: option: option != null) (builtins.mapAttrs (_: declareNode) named);
  declareNode =
    node:
    if !(node ? row) then
      declare node
    else if node.row.freeformKey or false || node.row.removed or false then
      null
    else
      lib.mkOption (
        {
          type = typeFor node // {
            description = node.row.type;
          };
          description = node.row.note or "";
        }
        // lib.optionalAttrs (node.row ? default) { inherit (node.row) default; }
        // lib.optionalAttrs (node.row ? defaultText) { defaultText = lib.literalExpression node.row.defaultText; }
        // packageDefault node.row
        // lib.optionalAttrs (node.row.readOnly or false) { readOnly = true; }
        // lib.optionalAttrs (node.row.internal or false) { internal = true; }
      );

  typeFor =
    node:
    typeOf {
      inherit declare;
      open = node.row.open or false;
    } node node.row.typeExpr;

  # Defaults are prose in the table, but `pkgs.NAME` is plain enough.
  packageDefault =
    row:
    let
      name = builtins.match "pkgs\\.([a-zA-Z0-9_-]+)" (row.defaultText or "");
    in
    lib.optionalAttrs (row.typeExpr.t == "package" && name != null) {
      default = pkgs.${lib.head name} or (throw "pkgs.${lib.head name} does not exist on the sandbox host (not NixOS)");
    };
in
{
  _file = "the NixOS option table";
  options = declare (if from == null then table.nixos else table.outside.${from});
  imports = lib.optionals (from == null) (
    map (e: lib.mkRenamedOptionModule e.path (table.parsePath e.row.typeExpr.to)) table.renamed
    ++ map (
      e:
      lib.mkRemovedOptionModule e.path (
        if e.row.replacement or null == null then e.row.note or "" else "Use `${e.row.replacement}' instead."
      )
    ) table.removed
  );
}
