# Text that has to survive the way from JSON to a process.
let
  fromCodePoint = hex: builtins.fromJSON ''"\u${hex}"'';

  # systemd takes unit files and environment values as UTF-8 without noncharacters: it drops an assignment
  # that has one, silently. The astral ones are written as surrogate pairs.
  noncharacters =
    map (digit: fromCodePoint "fdd${digit}") hexDigits
    ++ map (digit: fromCodePoint "fde${digit}") hexDigits
    ++ map fromCodePoint [
      "fffe"
      "ffff"
    ]
    ++ builtins.concatMap (high: [
      (fromCodePoint "${high}\\udffe")
      (fromCodePoint "${high}\\udfff")
    ]) lastHighSurrogates;

  hexDigits = [ "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "a" "b" "c" "d" "e" "f" ];

  # The high surrogate of the last code points of planes 1 to 16.
  lastHighSurrogates = [
    "d83f" "d87f" "d8bf" "d8ff" "d93f" "d97f" "d9bf" "d9ff"
    "da3f" "da7f" "dabf" "daff" "db3f" "db7f" "dbbf" "dbff"
  ];

  blank = map (_: "");
in
rec {
  # Stands for NUL, which a Nix string cannot hold: U+FDD0, a noncharacter, so it is refused with the others.
  nulMarker = fromCodePoint "fdd0";

  # Not `builtins.match`: the regular expressions of the evaluator recurse per character and exhaust the
  # stack on values of tens of kilobytes.
  contains = needle: text: builtins.replaceStrings [ needle ] [ "" ] text != text;

  # True for text that a process can be given as an argument or an environment value.
  fitsProcess = text: builtins.replaceStrings noncharacters (blank noncharacters) text == text;

  # `builtins.match` behind a bound, for the reason above.
  matches =
    { pattern, maxLength }:
    text: builtins.stringLength text <= maxLength && builtins.match pattern text != null;
}
