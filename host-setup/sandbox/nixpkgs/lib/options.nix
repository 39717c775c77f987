# Declaring options, and showing them in messages.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    head
    isAttrs
    isString
    length
    ;
  inherit (lib)
    all
    elem
    foldl'
    ;
in
rec {
  isOption = v: (v._type or null) == "option";
  mkOption = attrs: { _type = "option"; } // attrs;
  mkEnableOption =
    name:
    mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
    };
  mkPackageOption =
    pkgs: name:
    {
      default ? name,
      nullable ? false,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      path = lib.toList default;
      text = concatStringsSep "." ([ pkgsText ] ++ path);
    in
    mkOption (
      {
        type = (if nullable then lib.types.nullOr else lib.id) lib.types.package;
        description = "The ${concatStringsSep " " (lib.toList name)} package to use.${
          lib.optionalString (extraDescription != "") " ${extraDescription}"
        }";
      }
      // lib.optionalAttrs (default != null) {
        default = lib.attrByPath path (throw "${text} cannot be found in pkgs") pkgs;
        defaultText = literalExpression text;
      }
      // lib.optionalAttrs (example != null) {
        example = literalExpression (if builtins.isList example then "${pkgsText}.${concatStringsSep "." example}" else example);
      }
    );
  mkSinkUndeclaredOptions =
    attrs:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = lib.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
        apply = _: throw "Option value is not readable because the option is not declared.";
      }
      // attrs
    );

  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  literalMD = text: {
    _type = "literalMD";
    inherit text;
  };
  literalCode = language: text: literalMD "```${language}\n${text}\n```";
  mdDoc = lib.id;

  # -- merging values of one option
  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
    in
    if length values == 1 then
      head values
    else if all lib.isFunction values then
      x: mergeDefaultOption loc (map (f: { file = ""; value = f x; }) values)
    else if all builtins.isList values then
      lib.concatLists values
    else if all isAttrs values then
      foldl' lib.mergeAttrs { } values
    else if all builtins.isBool values then
      foldl' lib.or false values
    else if all isString values then
      lib.concatStrings values
    else if all builtins.isInt values && all (x: x == head values) values then
      head values
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";
  mergeOneOption = mergeUniqueOption { message = ""; };
  mergeUniqueOption =
    {
      message,
      merge ? loc: defs: (head defs).value,
    }:
    loc: defs:
    if length defs == 1 then
      merge loc defs
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\n${prioritySuggestion}";
  mergeEqualOption =
    loc: defs:
    if defs == [ ] then
      throw "This case should never happen."
    else if length defs == 1 then
      (head defs).value
    else
      (foldl' (
        first: def:
        if def.value != first.value then
          throw "The option `${showOption loc}' has conflicting definition values:${
            showDefs [
              first
              def
            ]
          }\n${prioritySuggestion}"
        else
          first
      ) (head defs) (lib.tail defs)).value;

  # A sentence that NixOS ends such messages with.
  prioritySuggestion = "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";

  getValues = map (def: def.value);
  getFiles = map (def: def.file);

  # -- messages
  showOption =
    let
      placeholder = part: elem part [ "<name>" "*" "<function body>" ];
      showPart = part: if placeholder part then part else lib.escapeNixIdentifier part;
    in
    parts: concatStringsSep "." (map showPart parts);
  showFiles = files: concatStringsSep " and " (map (file: "`${file}'") files);
  showDefs =
    defs:
    lib.concatMapStrings (
      def:
      let
        pretty = lib.generators.toPretty { allowPrettyValues = true; } (
          lib.generators.withRecursion {
            depthLimit = 10;
            throwOnDepthLimit = false;
          } def.value
        );
        attempt = builtins.tryEval pretty;
        lines = lib.splitString "\n" attempt.value;
        kept = if length lines > 5 then lib.take 5 lines ++ [ "..." ] else lines;
        # a value of several lines begins on a line of its own
        shown = (if length lines > 1 then "\n    " else " ") + concatStringsSep "\n    " kept;
      in
      "\n- In `${def.file}'" + (if attempt.success then ":${shown}" else "")
    ) defs;
  unknownModule = "<unknown-file>";

  # Every option below a tree, flat, for documentation and for the tests.
  optionAttrSetToDocList = optionAttrSetToDocList' [ ];
  optionAttrSetToDocList' =
    _: options:
    let
      isText = v: lib.elem (v._type or null) [ "literalExpression" "literalMD" ];
      show = v: if isText v then v else literalExpression (lib.generators.toPretty { } v);
      row =
        option:
        {
          inherit (option) loc;
          name = showOption option.loc;
          description = option.description or null;
          declarations = filter (x: x != unknownModule) option.declarations;
          internal = option.internal or false;
          visible = option.visible or true;
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // lib.optionalAttrs (option ? default || option ? defaultText) {
          default = show (option.defaultText or option.default);
        }
        // lib.optionalAttrs (option ? example) { example = show option.example; };
      below = option: if option.visible or true == "shallow" then { } else option.type.getSubOptions option.loc;
    in
    concatMap (option: [ (row option) ] ++ optionAttrSetToDocList' [ ] (below option)) (lib.collect isOption options);
  scrubOptionValue =
    x:
    if lib.isDerivation x then
      { type = "derivation"; drvPath = x.name; outPath = x.name; inherit (x) name; }
    else if builtins.isList x then
      map scrubOptionValue x
    else if isAttrs x then
      builtins.mapAttrs (_: scrubOptionValue) (removeAttrs x [ "_args" ])
    else
      x;
}
