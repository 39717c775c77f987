# Data to text.
{ lib }:
let
  inherit (lib) generators;
in
{
  ini = generators.toINI { } { main = { a = 1; b = true; c = "x"; }; other.d = "[y]"; };
  iniLists = generators.toINI { listsAsDuplicateKeys = true; } { s.k = [ 1 2 ]; };
  iniGlobal = generators.toINIWithGlobalSection { } { globalSection.g = 1; sections.s.k = "v"; };
  keyValue = generators.toKeyValue { } { a = 1; b = null; c = false; };
  custom = generators.toKeyValue { mkKeyValue = generators.mkKeyValueDefault { } " "; } { Port = 22; };
  gitIni = generators.toGitINI { user.name = "A \"B\""; remote.origin.url = "x"; };
  json = generators.toJSON { } { a = [ 1 "x" null ]; };
  pretty = generators.toPretty { } { a = 1; b = [ ]; c = [ "x" ]; d = { }; e = null; f = true; g = "multi\nline"; h = x: x; "odd key" = 1.5; };
  prettyOneLine = generators.toPretty { multiline = false; } { a = [ 1 2 ]; };
}
