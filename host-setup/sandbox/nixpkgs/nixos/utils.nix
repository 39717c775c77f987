# The module argument `utils`: names and command lines as systemd wants them.
{ lib }:
let
  inherit (lib) replaceStrings;
in
rec {
  # /foo/bar baz → foo-bar\x20baz
  escapeSystemdPath =
    path:
    let
      trimmed = lib.removeSuffix "/" (lib.removePrefix "/" (toString path));
      safe = c: builtins.match "[a-zA-Z0-9:_.]" c != null;
      escapeChar = c: if c == "/" then "-" else if safe c then c else lib.escapeC [ c ] c;
      escaped = lib.concatStrings (map escapeChar (lib.stringToCharacters trimmed));
    in
    if trimmed == "" then "-" else if lib.hasPrefix "." escaped then "\\x2e${lib.removePrefix "." escaped}" else escaped;

  # One word of an Exec line. systemd expands %specifiers and $variables in it; both are doubled.
  escapeSystemdExecArg =
    arg:
    let
      s =
        if lib.isPath arg then
          "${arg}"
        else if lib.isString arg then
          arg
        else if lib.isInt arg || lib.isFloat arg || lib.isDerivation arg then
          toString arg
        else
          throw "escapeSystemdExecArg only allows strings, paths, numbers and derivations";
    in
    replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON s);
  escapeSystemdExecArgs = lib.concatMapStringsSep " " escapeSystemdExecArg;

  toShellPath =
    shell:
    if lib.types.shellPackage.check shell then
      "/run/current-system/sw${shell.shellPath}"
    else if lib.types.package.check shell then
      throw "${shell} is not a shell package"
    else
      shell;

  systemdUtils = {
    lib = { inherit escapeSystemdPath; };
  };
}
