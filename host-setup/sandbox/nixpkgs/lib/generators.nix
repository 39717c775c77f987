# Data to text: JSON, INI, key=value, and the pretty printer of error messages.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    typeOf
    ;
  inherit (lib) concatStrings isDerivation isFunction mapAttrsToList;

  fail = name: v: throw "generators.${name}: ${typeOf v} is not supported: ${toPretty { } v}";

  mkValueStringDefault =
    { }:
    v:
    if isInt v then
      toString v
    else if isDerivation v then
      toString v
    else if isString v then
      v
    else if v == true then
      "true"
    else if v == false then
      "false"
    else if v == null then
      "null"
    else if isFloat v then
      builtins.toJSON v
    else
      fail "mkValueStringDefault" v;

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    sep: key: value:
    "${lib.escape [ sep ] key}${sep}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    attrs:
    let
      line = key: value: indent + mkKeyValue key value + "\n";
      lines = key: value: if listsAsDuplicateKeys && isList value then map (line key) value else [ (line key value) ];
    in
    concatStrings (lib.concatLists (mapAttrsToList lines attrs));

  toINI =
    {
      mkSectionName ? name: lib.escape [ "[" "]" ] name,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections:
    concatStringsSep "\n" (
      mapAttrsToList (
        name: values: "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values
      ) sections
    );

  toPretty =
    {
      multiline ? true,
      indent ? "",
      allowPrettyValues ? false,
    }:
    value:
    let
      go =
        indent: v:
        let
          between = if multiline then "\n${indent}  " else " ";
          end = if multiline then "\n${indent}" else " ";
        in
        if isInt v then
          toString v
        else if isFloat v then
          builtins.toJSON v
        else if isString v then
          showString indent v
        else if true == v then
          "true"
        else if false == v then
          "false"
        else if null == v then
          "null"
        else if isPath v then
          toString v
        else if isList v then
          if v == [ ] then "[ ]" else "[" + between + lib.concatMapStringsSep between (go (indent + "  ")) v + end + "]"
        else if isFunction v then
          let
            args = lib.functionArgs v;
            shown = mapAttrsToList (name: optional: if optional then name + "?" else name) args;
          in
          if args == { } then "<function>" else "<function, args: {${concatStringsSep ", " shown}}>"
        else if isAttrs v then
          if allowPrettyValues && v ? __pretty && v ? val then
            v.__pretty v.val
          else if v == { } then
            "{ }"
          else if isDerivation v then
            "<derivation ${v.name or "???"}>"
          else
            "{"
            + between
            + concatStringsSep between (
              mapAttrsToList (
                name: x:
                "${lib.escapeNixIdentifier name} = ${
                  builtins.addErrorContext "while evaluating an attribute `${name}`" (go (indent + "  ") x)
                };"
              ) v
            )
            + end
            + "}"
        else
          throw "generators.toPretty: should never happen (v = ${typeOf v})";
      showString =
        indent: v:
        let
          lines = lib.splitString "\n" v;
          escaped = map (lib.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
          body = "''" + (if multiline then "\n${indent}  " else "") ;
          last = lib.last lines;
        in
        if !multiline || lib.length lines == 1 then
          "\"${lib.replaceStrings [ "\n" ] [ "\\n" ] (lib.escape [ "\\" "\"" "\${" ] v)}\""
        else
          body
          + concatStringsSep "\n${indent}  " (lib.init escaped)
          + (if last == "" then "\n${indent}''" else "\n${indent}  ${lib.last escaped}''");
    in
    go indent value;
in
{
  inherit
    mkValueStringDefault
    mkKeyValueDefault
    toKeyValue
    toINI
    toPretty
    ;

  toINIWithGlobalSection =
    options:
    {
      globalSection,
      sections ? { },
    }:
    (if globalSection == { } then "" else toKeyValue (removeAttrs options [ "mkSectionName" ]) globalSection + "\n")
    + toINI options sections;

  toGitINI =
    attrs:
    let
      section =
        name:
        let
          parts = lib.splitString "." name;
        in
        if lib.length parts == 1 then name else "${lib.head parts} \"${concatStringsSep "." (lib.tail parts)}\"";
      quoted = v: "\"${lib.escape [ "\\" "\"" ] (toString v)}\"";
      value = v: if isBool v || isInt v then mkValueStringDefault { } v else quoted v;
      flatten =
        path: v:
        if isAttrs v && !isDerivation v then
          lib.concatLists (mapAttrsToList (n: flatten (path ++ [ n ])) v)
        else
          [ { inherit path v; } ];
      rows = flatten [ ] attrs;
      sections = lib.groupBy (row: section (concatStringsSep "." (lib.init row.path))) rows;
      line = row: lib.concatMapStrings (v: "\t${lib.last row.path} = ${value v}\n") (lib.toList row.v);
    in
    concatStringsSep "\n" (mapAttrsToList (name: rows: "[${name}]\n" + lib.concatMapStrings line rows) sections);

  toJSON = { }: builtins.toJSON;
  toYAML = { }: builtins.toJSON; # every JSON document is YAML

  # Cuts cyclic or very deep values so that a message about them ends.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    value:
    let
      cut = "<unevaluated>";
      go =
        depth: v:
        if depth > depthLimit then
          lib.throwIf throwOnDepthLimit
            "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
            cut
        else if isDerivation v || v ? __pretty then
          v
        else if isAttrs v && !(v ? __functor) then
          builtins.mapAttrs (_: go (depth + 1)) v
        else if isList v then
          map (go (depth + 1)) v
        else
          v;
    in
    go 0 value;
}
