# Strings, and the escaping that keeps data from becoming code.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    filter
    genList
    isList
    isString
    length
    match
    replaceStrings
    stringLength
    substring
    toJSON
    ;
  inherit (lib) mapAttrsToList;
in
rec {
  inherit (builtins)
    compareVersions
    concatStringsSep
    fromJSON
    hashString
    isString
    match
    parseDrvName
    replaceStrings
    split
    splitVersion
    stringLength
    substring
    toJSON
    unsafeDiscardStringContext
    ;

  join = concatStringsSep;
  concatStrings = concatStringsSep "";
  concatMapStrings = f: xs: concatStrings (map f xs);
  concatImapStrings = f: xs: concatStrings (lib.imap1 f xs);
  concatMapStringsSep = sep: f: xs: concatStringsSep sep (map f xs);
  concatImapStringsSep = sep: f: xs: concatStringsSep sep (lib.imap1 f xs);
  concatMapAttrsStringSep = sep: f: set: concatStringsSep sep (mapAttrsToList f set);
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  concatLines = concatMapStrings (line: line + "\n");
  intersperse = sep: xs: lib.tail (lib.concatMap (x: [ sep x ]) xs);
  optionalString = condition: s: if condition then s else "";
  replicate = n: s: concatStrings (lib.lists.replicate n s);
  makeSearchPath = dir: xs: concatStringsSep ":" (map (path: path + "/" + dir) (filter (x: x != null) xs));
  makeSearchPathOutput = output: dir: xs: makeSearchPath dir (map (lib.getOutput output) xs);
  makeBinPath = makeSearchPathOutput "bin" "bin";
  makeLibraryPath = makeSearchPathOutput "lib" "lib";

  hasPrefix = prefix: s: substring 0 (stringLength prefix) s == prefix;
  hasSuffix =
    suffix: s:
    let
      start = stringLength s - stringLength suffix;
    in
    start >= 0 && substring start (-1) s == suffix;
  hasInfix = infix: s: length (builtins.split (escapeRegex infix) s) > 1;
  removePrefix = prefix: s: if hasPrefix prefix s then substring (stringLength prefix) (-1) s else s;
  removeSuffix =
    suffix: s: if hasSuffix suffix s then substring 0 (stringLength s - stringLength suffix) s else s;
  splitString =
    sep: s: map (part: addContextFrom s part) (filter isString (builtins.split (escapeRegex (toString sep)) (toString s)));
  splitStringBy =
    predicate: keep: s:
    let
      step =
        acc: char:
        if predicate acc.previous char then
          {
            done = acc.done ++ [ acc.current ];
            current = optionalString keep char;
            previous = char;
          }
        else
          acc
          // {
            current = acc.current + char;
            previous = char;
          };
      end = lib.foldl' step { done = [ ]; current = ""; previous = ""; } (stringToCharacters s);
    in
    end.done ++ [ end.current ];
  stringToCharacters = s: genList (i: substring i 1 s) (stringLength s);
  stringAsChars = f: s: concatStrings (map f (stringToCharacters s));
  addContextFrom = source: target: substring 0 0 source + target;
  trim = trimWith { start = true; end = true; };
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    s:
    let
      left = if start then lib.head (match "[ \t\r\n]*(.*)" s) else s;
      right = if end then lib.head (match "(.*[^ \t\r\n])?[ \t\r\n]*" left) else left;
    in
    if right == null then "" else right;

  # POSIX classes are ASCII only, as nixpkgs' own functions are.
  lowerChars = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;
  toSentenceCase = s: optionalString (s != "") (toUpper (substring 0 1 s) + toLower (substring 1 (-1) s));

  boolToString = lib.trivial.boolToString;
  toInt =
    s:
    let
      digits = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" s;
      leadingZero = match "[[:space:]]*-?0[[:digit:]]+[[:space:]]*" s != null;
    in
    if digits == null then
      throw "toInt: Could not convert ${escapeNixString s} to int."
    else if leadingZero then
      throw "toInt: Ambiguity in interpretation of ${escapeNixString s} between octal and zero padded integer."
    else
      builtins.fromJSON (lib.head digits);
  toIntBase10 =
    s:
    let
      digits = match "[[:space:]]*(-?)0*([[:digit:]]+)[[:space:]]*" s;
    in
    if digits == null then
      throw "toIntBase10: Could not convert ${escapeNixString s} to int."
    else
      builtins.fromJSON (concatStrings digits);
  fixedWidthString =
    width: filler: s:
    if stringLength s > width then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength s)})"
    else if stringLength s == width then
      s
    else
      filler + fixedWidthString (width - 1) filler s;
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);
  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getVersion = x: if isString x then (builtins.parseDrvName x).version else x.version or (builtins.parseDrvName x.name).version;
  getName = x: if isString x then (builtins.parseDrvName x).name else x.pname or (builtins.parseDrvName x.name).name;
  nameFromURL = url: sep: lib.head (splitString sep (lib.last (splitString "/" url)));
  sanitizeDerivationName =
    name:
    let
      safe = concatMapStrings (s: if isList s then "-" else s) (
        builtins.split "[^[:alnum:]+._?=-]+" (removeDots (builtins.unsafeDiscardStringContext (toString name)))
      );
      removeDots = s: if hasPrefix "." s then removeDots (substring 1 (-1) s) else s;
      tail = substring (lib.max (stringLength safe - 207) 0) (-1) safe;
    in
    if tail == "" then "unknown" else tail;
  cmakeFeature = name: value: "-D${name}:STRING=${value}";
  cmakeBool = name: value: "-D${name}:BOOL=${if value then "TRUE" else "FALSE"}";
  enableFeature = enable: name: "--${if enable then "enable" else "disable"}-${name}";
  withFeature = with_: name: "--${if with_ then "with" else "without"}-${name}";

  isConvertibleWithToString =
    v:
    isStringLike v
    || lib.elem (builtins.typeOf v) [ "null" "int" "float" "bool" ]
    || (isList v && lib.all isConvertibleWithToString v);
  isStringLike = v: isString v || builtins.isPath v || v ? outPath || v ? __toString;
  isCoercibleToString = isConvertibleWithToString;
  isStorePath =
    v:
    isStringLike v
    && (
      let
        s = toString v;
      in
      dirOf s == builtins.storeDir && match "[0123456789abcdfghijklmnpqrsvwxyz]{32}-.+" (baseNameOf s) != null
    );

  # -- escaping
  escape = list: replaceStrings list (map (c: "\\${c}") list);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeNixString = s: escape [ "$" ] (toJSON s);
  escapeNixIdentifier =
    s: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" s != null && !lib.elem s nixKeywords then s else escapeNixString s;
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
  escapeURL =
    let
      unreserved = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
      byte = c: "%${lib.toHexString2 (lib.strings.charToInt c)}";
    in
    stringAsChars (c: if lib.elem c unreserved then c else byte c);
  escapeShellArg =
    arg:
    let
      s = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" s == null then "'${replaceStrings [ "'" ] [ "'\\''" ] s}'" else s;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar =
    name: value:
    lib.throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if builtins.isAttrs value && !isStringLike value then
        "declare -A ${name}=(${
          concatMapAttrsStringSep " " (n: v: "[${escapeShellArg n}]=${escapeShellArg v}") value
        })"
      else if isList value then
        "declare -a ${name}=(${escapeShellArgs value})"
      else
        "${name}=${escapeShellArg value}"
    );
  toShellVars = vars: concatStringsSep "\n" (mapAttrsToList toShellVar vars);

  # Only the printable ASCII characters have a number here: URLs and systemd names need no more.
  charToInt =
    let
      printable = stringToCharacters " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
      table = builtins.listToAttrs (lib.imap0 (i: c: lib.nameValuePair c (32 + i)) printable) // {
        "\t" = 9;
        "\n" = 10;
        "\r" = 13;
      };
    in
    c: table.${c} or (throw "charToInt: the sandbox's library knows printable ASCII only, got ${toJSON c}");
  # \xNN for each listed character, as systemd's unit files and path names want it.
  escapeC = list: replaceStrings list (map (c: "\\x${lib.toLower (lib.toHexString2 (charToInt c))}") list);
  toHexString2 =
    n:
    let
      digits = stringToCharacters "0123456789ABCDEF";
    in
    lib.elemAt digits (n / 16) + lib.elemAt digits (lib.mod n 16);

  # `match` has no budget problem with long strings, so distance is only computed for short names.
  levenshteinAtMost = limit: a: b: levenshtein a b <= limit;
  levenshtein =
    a: b:
    let
      n = stringLength a;
      m = stringLength b;
      rows = genList (i: genList (j: cell i j) (m + 1)) (n + 1);
      at = i: j: lib.elemAt (lib.elemAt rows i) j;
      cell =
        i: j:
        if i == 0 then
          j
        else if j == 0 then
          i
        else if substring (i - 1) 1 a == substring (j - 1) 1 b then
          at (i - 1) (j - 1)
        else
          1 + lib.min (at (i - 1) j) (lib.min (at i (j - 1)) (at (i - 1) (j - 1)));
    in
    at n m;

  nixKeywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];
}
