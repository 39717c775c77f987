# Text for unit files: systemd expands `%`, in commands also `$`, and unquotes both C escapes and quotes.
# JSON strings are valid quoted strings to systemd, control characters included.
let
  escapePercent = builtins.replaceStrings [ "%" ] [ "%%" ];
in
rec {
  # A value for `systemd.services.<name>.environment`; NixOS quotes it, but leaves `%` alone.
  environmentValue = escapePercent;

  argument = value: builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON value);

  # The first word is looked up by systemd, which gives `@-:+!|` at its start a meaning: the caller makes sure
  # that it is an absolute path or a plain name.
  commandLine = argv: builtins.concatStringsSep " " (map argument argv);
}
