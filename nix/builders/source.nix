# The pinned files of an app: a commit as `builtins.fetchTree` gives it, or a directory of ../catalogue, which comes with Croft.
# Either way the hash decides what is accepted.
source:
let
  inherit (import ../lib) git;

  # The commit is another guard; `ref` only helps a server that does not hand out a commit by its id.
  fromGit = builtins.fetchTree (
    {
      type = "git";
      url = git.url source.url;
      inherit (source) rev narHash;
      # A server of plain files (git's "dumb" protocol) cannot cut a history short.
      shallow = false;
    }
    // (if source.ref == null then { } else { inherit (source) ref; })
  );

  entry = builtins.substring 6 (-1) source.url;
  directory = ../catalogue + "/${entry}";

  fromCatalogue = {
    outPath = builtins.path {
      path = directory;
      name = "source";
      sha256 = source.narHash;
    };
    inherit (source) rev narHash;
  };
in
if source.type != "catalogue" then
  fromGit
else if builtins.pathExists directory then
  fromCatalogue
else
  throw "croft: this box's Croft has no app called ${entry} in its catalogue. Bring the input croft of the box's flake to the version of the console."
