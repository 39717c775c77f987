# typeExpr (data) → option type. The grammar is written down in data/nixos-options.json under `_format.typeExpr`.
{ lib }:
let
  inherit (lib) types;

  # A unit setting: one value, or a list that becomes repeated lines. Lists of several definitions are joined.
  systemdOption = lib.mkOptionType {
    name = "systemd option";
    check = v: isAtom v || (builtins.isList v && lib.all isAtom v);
    merge =
      loc: defs:
      let
        defs' = lib.filterOverrides defs;
      in
      if lib.any (def: builtins.isList def.value) defs' then
        lib.concatMap (def: lib.toList def.value) defs'
      else
        lib.mergeEqualOption loc defs';
  };
  isAtom = v: v == null || lib.isStringLike v || builtins.isInt v || builtins.isBool v || builtins.isFloat v;

  ini =
    let
      atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
    in
    types.attrsOf (types.attrsOf (types.either atom (types.listOf atom)));

  # The table says what a coercion accepts, not what it computes. Both forms that occur are lists as shorthand for sets:
  # [ "a" ] for { a = true; }, and one element for a list of it.
  # Where it is something else, both forms are accepted and stay what they are.
  coerced =
    expr: from: to:
    if expr.from.t == "listOf" && expr.to.t == "attrsOf" then
      types.coercedTo from (names: lib.genAttrs names (_: true)) to
    else if expr.to.t == "listOf" then
      types.coercedTo from lib.singleton to
    else
      types.either to from;

  leaf =
    expr:
    {
      bool = types.bool;
      str = types.str;
      int = bounded expr;
      float = types.float;
      port = types.port;
      path = if expr ? inStore then types.pathWith { inherit (expr) inStore; absolute = true; } else types.path;
      package = types.package;
      lines = types.lines;
      commas = types.commas;
      separatedString = types.separatedString expr.sep;
      strMatching = types.strMatching expr.re;
      enum = types.enum expr.values;
      anything = types.anything;
      raw = types.raw;
      json = types.json;
      ini = ini;
      systemdOption = systemdOption;
      module = types.deferredModule;
      function = if expr ? returns then types.functionTo (leaf expr.returns) else types.raw;
      unspecified = types.unspecified;
      nullOr = types.nullOr (leaf expr.of);
      listOf = (if expr.nonEmpty or false then types.nonEmptyListOf else types.listOf) (leaf expr.of);
      attrsOf = (if expr.lazy or false then types.lazyAttrsOf else types.attrsOf) (leaf expr.of);
      either = types.oneOf (map leaf expr.of);
      coercedTo = coerced expr (leaf expr.from) (leaf expr.to);
      submodule = types.attrsOf types.anything;
    }
    .${expr.t};
  bounded =
    expr:
    if expr ? min && expr ? max then
      types.ints.between expr.min expr.max
    else if expr.min or null == 0 then
      types.ints.unsigned
    else if expr.min or null == 1 then
      types.ints.positive
    else if expr ? min || expr ? max then
      types.addCheck types.int (x: x >= expr.min or x && x <= expr.max or x)
    else
      types.int;

  # `to` is also the target of an alias, which is a path
  parts = expr: lib.toList (expr.of or [ ]) ++ lib.optional (lib.isAttrs (expr.to or null)) expr.to;
  hasSubmodule = expr: expr.t == "submodule" || lib.any hasSubmodule (parts expr);

  # `node` is where the options of a submodule are found in the table; `open` says that the table does not list them all.
  typeOf =
    { declare, open }:
    let
      go =
        node: expr:
        if !hasSubmodule expr then
          leaf expr
        else if expr.t == "coercedTo" then
          coerced expr (go node expr.from) (go node expr.to)
        else if expr.t == "submodule" then
          submodule node expr
        else if expr.t == "nullOr" then
          types.nullOr (go node expr.of)
        else if expr.t == "listOf" then
          (if expr.nonEmpty or false then types.nonEmptyListOf else types.listOf) (go (child node "*") expr.of)
        else if expr.t == "attrsOf" then
          (if expr.lazy or false then types.lazyAttrsOf else types.attrsOf) (go (child node "<name>") expr.of)
        else
          types.oneOf (map (go node) expr.of);
      submodule =
        node: expr:
        let
          options = declare node;
          freeform = if expr ? freeform then leaf expr.freeform else if open then types.attrsOf types.anything else null;
        in
        types.submodule [
          {
            _file = "the NixOS option table";
            inherit options;
          }
          (lib.optionalAttrs (freeform != null) { freeformType = freeform; })
        ];
      child = node: name: node.children.${name} or { children = { }; };
    in
    go;
in
{
  inherit typeOf systemdOption;
}
