# What the levels have in common that make a place with a root and a network of its own for an app: a script that makes it, in front of
# the app's command, and a directory of settings with what is known before the app starts.
{ lib, pkgs }:
let
  inherit (import ../../../lib) names;
  launcher = import ../../../launcher { inherit pkgs; };
  tools = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused ];

  place = pkgs.writeText "croft-place" (
    lib.replaceStrings [ "@bash@" "@env@" ] [ "${pkgs.bash}/bin/bash" "${pkgs.coreutils}/bin/env" ] (builtins.readFile ./croft-place.sh)
  );

  words = separator: values: if values == [ ] then "-" else lib.concatMapStringsSep separator toString values;
in
{
  # Where clouds keep what a machine may do, for whoever asks.
  cloudMetadata = [ "169.254.169.254" "fd00:ec2::254" ];

  # The script of a level. `path` is what it starts by name, beside the usual tools; `more` are its own places, without the @.
  script =
    name: path: more:
    let
      places = {
        bash = "${pkgs.bash}/bin/bash";
        env = "${pkgs.coreutils}/bin/env";
        path = lib.makeBinPath (tools ++ path);
        launch = "${launcher}/bin/croft-launch";
        relay = "${launcher}/bin/croft-relay";
        inherit place;
      } // more;
    in
    pkgs.writeScript "croft-${name}" (
      lib.replaceStrings (map (each: "@${each}@") (lib.attrNames places)) (map toString (lib.attrValues places)) (
        builtins.readFile (./. + "/croft-${name}.sh")
      )
    );

  # A directory with `store-paths`, all that the app is made of, and `variables`, those that it has beside its unit's; NUL ends each.
  # `needs` is what else has to be there; `more` are commands that put more beside them.
  settings =
    level:
    {
      needs ? [ ],
      more ? "",
    }:
    {
      name,
      built,
      variables,
      ...
    }:
    let
      roots = pkgs.writeText "croft-${level}-${name}-roots" (
        builtins.toJSON [ built.package built.programs built.command built.directory launcher pkgs.bash tools needs ]
      );
    in
    pkgs.runCommand "croft-${level}-${name}"
      {
        nativeBuildInputs = [ pkgs.jq ];
        closure = pkgs.closureInfo { rootPaths = [ roots ]; };
        variables = builtins.toJSON (lib.mapAttrsToList (name: value: "${name}=${value}") variables);
        passAsFile = [ "variables" ];
      }
      ''
        mkdir "$out"
        cp "$closure/store-paths" "$out/store-paths"
        jq --raw-output0 '.[]' "$variablesPath" > "$out/variables"
        ${more}
      '';

  # The words in front of the app's command, as the scripts read them.
  front =
    script: settings: sockets:
    { name, port, variables, reached, ... }:
    [
      script
      "${settings}"
      (names.user name)
      "/var/lib/${names.stateDirectory name}"
      (if port == null then "-" else "${variables.HOST}/${toString port}")
      (words "," reached.ports)
      (words " " sockets)
    ];
}
