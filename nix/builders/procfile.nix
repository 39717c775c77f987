# The `web:` line of a Procfile. By that format's rules it is a shell command of the app's author.
{ lib, pkgs }:
rec {
  # -p keeps bash from reading files and options that the environment names.
  shell = line: [
    "${pkgs.bash}/bin/bash"
    "-p"
    "-c"
    line
  ];

  # argv, or null when the source says nothing.
  web =
    source:
    let
      found = line source;
    in
    if found == null then null else shell found;

  # The command itself, or null.
  line =
    source:
    let
      lines = lib.splitString "\n" (builtins.readFile "${source}/Procfile");
      match = text: if builtins.stringLength text > 4096 then null else builtins.match "web:[ \t]*(.*[^ \t\r])[ \t\r]*" text;
      found = lib.filter (words: words != null) (map match lines);
    in
    if !builtins.pathExists "${source}/Procfile" || found == [ ] then null else lib.head (lib.head found);
}
