# Where an app's secrets lie, and how a unit asks systemd for them. Names only: a value never meets Nix.
let
  names = import ./names.nix;
  # With a path of its own each, so that systemd reads no other app's.
  place = app: name: "${names.credentials}/apps/${app}/${name}";
  such = as: secrets: builtins.filter (name: secrets.${name}.as == as) (builtins.attrNames secrets);
in
rec {
  namePattern = "[A-Za-z_][A-Za-z0-9_]{0,63}";

  # For `LoadCredentialEncrypted=`: sealed under the same name, so that one cannot be put in the place of another.
  load = app: secrets: map (name: "${name}:${place app name}") (builtins.attrNames secrets);

  # The same of a service of the box's own.
  loadService = service: map (name: "${name}:${names.credentials}/services/${service}/${name}");

  # The variables that secrets are put into, as far as they are known before a value is.
  variables = such "env";

  # Whether the program needs croft-launch in front of it.
  inEnvironment = secrets: such "env" secrets ++ such "envFile" secrets != [ ];

  # What croft-launch is told; `search` is the unit's ExecSearchPath, which holds for the first program of a line only.
  words =
    search: secrets:
    [ "--search=${search}" ]
    ++ map (name: "--env=${name}") (such "env" secrets)
    ++ map (name: "--env-file=${name}") (such "envFile" secrets)
    ++ [ "--" ];
}
