# The pinned files of an app. The hash decides what is accepted; `ref` only tells git where to look.
source:
let
  scpStyle = builtins.match "([A-Za-z0-9._-]+@[A-Za-z0-9.-]+):(.*)" source.url;
in
builtins.fetchTree (
  {
    type = "git";
    # git's own short form, user@host:path, spelled out.
    url =
      if scpStyle == null then
        source.url
      else
        "ssh://${builtins.elemAt scpStyle 0}/${builtins.elemAt scpStyle 1}";
    inherit (source) rev narHash;
  }
  // (if source.ref == null then { } else { inherit (source) ref; })
)
