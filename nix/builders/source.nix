# The pinned files of an app, as `builtins.fetchTree` gives them. The commit and the hash decide what is accepted;
# `ref` only helps a server that does not hand out a commit by its id.
source:
let
  inherit (import ../lib) git;
in
builtins.fetchTree (
  {
    type = "git";
    url = git.url source.url;
    inherit (source) rev narHash;
    # A server of plain files (git's "dumb" protocol) cannot cut a history short.
    shallow = false;
  }
  // (if source.ref == null then { } else { inherit (source) ref; })
)
