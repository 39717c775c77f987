# Strings and escaping.
{ lib }:
{
  shell = map lib.escapeShellArg [ "" "plain" "two words" "it's" "$HOME `id` \"x\"" "a/b:c=d" "new\nline" "-n" ];
  shellArgs = lib.escapeShellArgs [ "one" "two three" ];
  shellVars = lib.toShellVars { a = "x y"; b = [ "p q" "r" ]; c = { k = "v w"; }; };
  regex = lib.escapeRegex "a.b*[c]^$(d)|{e}?+\\";
  nix = map lib.strings.escapeNixString [ "plain" "\${x}" "\"quoted\"" "back\\slash" ];
  identifiers = map lib.strings.escapeNixIdentifier [ "plain" "with-dash" "1st" "with space" "if" "a'b" ];
  xml = lib.escapeXML "<a href=\"x\">&'</a>";
  split = [ (lib.splitString "." "a.b..c") (lib.splitString "ab" "1ab2ab") (lib.splitString "," "") ];
  prefix = [ (lib.hasPrefix "ab" "abc") (lib.hasPrefix "abcd" "abc") (lib.removePrefix "a" "abc") (lib.hasSuffix "bc" "abc") (lib.hasSuffix "xabc" "abc") (lib.removeSuffix "c" "abc") (lib.hasInfix "b" "abc") (lib.hasInfix "." "abc") ];
  case = [ (lib.toUpper "aBc1") (lib.toLower "aBC1") (lib.toSentenceCase "hELLO") ];
  trim = [ (lib.trim "  a b \n") (lib.trimWith { start = true; } "  a ") (lib.trimWith { end = true; } "  a ") (lib.trim "  ") ];
  ints = [ (lib.toInt "12") (lib.toInt " -3 ") (lib.toIntBase10 "007") ];
  versions = [ (lib.versionOlder "1.9" "1.10") (lib.versionAtLeast "2.0" "2.0") (lib.getName "foo-1.2") (lib.getVersion "foo-1.2") ];
  lines = [ (lib.concatLines [ "a" "b" ]) (lib.concatMapStringsSep ", " toString [ 1 2 ]) (lib.concatImapStringsSep "" (i: s: "${toString i}${s}") [ "a" "b" ]) ];
  fixed = [ (lib.fixedWidthString 5 "0" "12") (lib.fixedWidthNumber 3 7) ];
  names = map lib.strings.sanitizeDerivationName [ "ok-1.0" "with space/slash" "..hidden" "" ];
  paths = [ (lib.makeBinPath [ "/a" "/b" ]) (lib.makeSearchPath "lib" [ "/a" ]) ];
  bools = [ (lib.boolToString true) (lib.optionalString false "x") ];
  levenshtein = [ (lib.strings.levenshtein "kitten" "sitting") (lib.strings.levenshtein "" "abc") ];
  replicate = lib.strings.replicate 3 "ab";
}
