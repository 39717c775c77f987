# Names on the box. People script against them: they follow from the app's name alone and never change.
let
  length = builtins.stringLength;
  prefix = "croft-app-";
  # useradd, and NixOS with it, takes at most 31 characters.
  longest = 31;

  # Of NixOS, and of the Debian below the sandbox host.
  reservedUsers = [
    "root" "backup" "bin" "daemon" "dovecot" "dovecot2" "dovenull" "games" "irc" "list" "lp" "mail" "man" "messagebus" "mysql" "news" "nginx" "nobody" "nscd"
    "polkitd" "polkituser" "postdrop" "postfix" "postgres" "proxy" "redis" "rspamd" "sshd" "sync" "sys" "uucp" "www-data" "acme" "step-ca"
  ];
  reservedPrefixes = [ "croft-" "nixbld" "systemd-" ];

  account =
    prefix: app:
    let
      room = longest - length prefix - 9;
    in
    if length (prefix + app) <= longest then
      prefix + app
    else
      "${prefix}${builtins.substring 0 room app}_${builtins.substring 0 8 (builtins.hashString "sha256" app)}";
in
rec {
  appPattern = "[a-z][a-z0-9-]{0,30}";

  unit = app: "croft-app-${app}.service";
  migration = app: "croft-migrate-${app}.service";
  release = app: "croft-release-${app}.service";
  postgresql = app: "croft-postgresql-${app}.service";
  mysql = app: "croft-mysql-${app}.service";
  # Two apps could meet in one name, where a dash is part of both: asserts.nix refuses that.
  job = app: job: "croft-job-${app}-${job}";

  # Not `croft-<app>`: an app called "host" would then run as croft-host, the user of the channel. A name that
  # is too long is cut and told apart by a hash; `_` cannot occur in an app's name, so no short name is met.
  user = account prefix;
  # Of the app's own Redis, which can then be read by nobody but the app.
  redisUser = account "croft-redis-";

  # Accounts that a system has, or may get with its next service. One of the state's must not take their place; those
  # that are there already are found in the configuration itself.
  isReservedUser =
    name:
    builtins.elem name reservedUsers
    || builtins.any (prefix: builtins.substring 0 (length prefix) name == prefix) reservedPrefixes;

  # A certificate is named after its domain. `*` means something in unit names and paths; `_` occurs in no domain.
  certificate = builtins.replaceStrings [ "*" ] [ "_" ];

  # Below `/var/lib`, as StateDirectory= wants it.
  stateDirectory = app: "croft/apps/${app}";

  # Below it `apps/<app>/<NAME>` and `services/<service>/<NAME>`, and what the box makes by itself: `databases/<app>/<NAME>`. Sealed,
  # root's alone.
  credentials = "/var/lib/croft/credentials";

  # In a slice's name `-` means "below"; within the app's own part it is escaped as systemd-escape does.
  slice = app: "croft-apps-${builtins.replaceStrings [ "-" ] [ "\\x2d" ] app}";
}
