# Where secrets of apps and services lie, and how a unit asks systemd for them. Names only: a value never meets Nix.
let
  names = import ./names.nix;
  acmeDns = builtins.fromJSON (builtins.readFile ../../host-setup/helper/croft_hostd/acme-dns.json);
  given = setting: entries: if entries == [ ] then { } else { ${setting} = entries; };
  select =
    wanted: set:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = set.${name};
      }) (builtins.filter (name: wanted set.${name}) (builtins.attrNames set))
    );
  sealed = select (secret: secret.sops == null);
  inGit = select (secret: secret.sops != null);
  # With a path of its own each, so that systemd reads no other app's.
  place = app: name: "${names.credentials}/apps/${app}/${name}";
  such = as: secrets: builtins.filter (name: secrets.${name}.as == as) (builtins.attrNames secrets);
in
rec {
  inherit inGit;
  namePattern = "[A-Za-z_][A-Za-z0-9_]{0,63}";

  # For `LoadCredentialEncrypted=`: sealed under the same name, so that one cannot be put in the place of another.
  load = app: secrets: map (name: "${name}:${place app name}") (builtins.attrNames (sealed secrets));

  # For `LoadCredential=`: what sops-nix has opened, root's alone.
  loadOpened = app: secrets: map (name: "${name}:/run/secrets/${sopsName app name}") (builtins.attrNames (inGit secrets));

  # Under which name of `sops.secrets`.
  sopsName = app: name: "croft/${app}/${name}";

  # By the end of the file's name, as sops itself tells. Of `dotenv`, `ini` and `binary` an app gets the whole file.
  sopsFormat =
    file:
    let
      ends = end: builtins.match ".*[.]${end}" file != null;
    in
    if ends "ya?ml" then
      "yaml"
    else if ends "json" then
      "json"
    else if ends "env" then
      "dotenv"
    else if ends "ini" then
      "ini"
    else
      "binary";

  # What a unit gets of the secrets of a service of the box's own; `kept` are those of all services that are in git.
  ofService =
    kept: service: wanted:
    let
      isInGit = name: (kept.${service} or { }) ? ${name};
    in
    given "LoadCredentialEncrypted" (
      map (name: "${name}:${names.credentials}/services/${service}/${name}") (builtins.filter (name: !isInGit name) wanted)
    )
    // given "LoadCredential" (map (name: "${name}:/run/secrets/${sopsNameOfService service name}") (builtins.filter isInGit wanted));

  # Beside the apps': one could have a service's name.
  sopsNameOfService = service: name: "croft-services/${service}/${name}";

  # Which secrets a service takes.
  relay = [ "RELAY_PASSWORD" ];
  otlp = [ "OTLP_HEADER" ];
  dns =
    { provider, settings, ... }:
    let
      all = acmeDns.${provider}.secrets;
    in
    builtins.filter (name: all.${name} == null || settings ? ${all.${name}}) (builtins.attrNames all);
  backup = {
    local = [ "RESTIC_PASSWORD" ];
    sftp = [ "RESTIC_PASSWORD" "SSH_KEY" ];
    s3 = [ "RESTIC_PASSWORD" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" ];
  };

  # The variables that secrets are put into, as far as they are known before a value is.
  variables = such "env";

  # Whether the program needs croft-launch in front of it.
  inEnvironment = secrets: such "env" secrets ++ such "envFile" secrets != [ ];

  # The same of passwords of databases (attach.nix), in front of the words below.
  wordsOfPasswords =
    passwords:
    builtins.concatMap (
      name:
      [ "--env=${name}" ]
      ++ map (variable: "--around=${name},${variable}=${passwords.${name}.${variable}}") (builtins.attrNames passwords.${name})
    ) (builtins.attrNames passwords);

  # What croft-launch is told; `search` is the unit's ExecSearchPath, which holds for the first program of a line only.
  words =
    search: secrets:
    [ "--search=${search}" ]
    ++ map (name: "--env=${name}") (such "env" secrets)
    ++ map (name: "--env-file=${name}") (such "envFile" secrets)
    ++ [ "--" ];
}
