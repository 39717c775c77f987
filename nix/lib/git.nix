# Addresses of git repositories.
rec {
  # git's short form, user@host:path, spelled out; Nix knows only the long one.
  url =
    address:
    let
      short = builtins.match "([A-Za-z0-9._-]+@[A-Za-z0-9.-]+):(.*)" address;
    in
    if short == null then
      address
    else
      "ssh://${builtins.elemAt short 0}/${builtins.elemAt short 1}";

  flakeReference =
    source:
    "git+${url source.url}?shallow=0&rev=${source.rev}"
    + (if source.ref == null then "" else "&ref=${escape source.ref}");

  # What a query would take for something else; options.nix allows no other such character in a ref.
  escape = builtins.replaceStrings [ "+" "/" "@" ] [ "%2B" "%2F" "%40" ];
}
