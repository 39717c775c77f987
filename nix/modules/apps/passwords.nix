# Passwords of databases: the program that makes and forgets them, and the units that see to who has one.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (import ../../lib) attach names;
in
{
  program = "${pkgs.python3}/bin/python3 -I ${./database-password.py}";
  postgresql = "croft-passwords-postgresql.service";
  mysql = "croft-passwords-mysql.service";

  # Below it, each app's.
  place = "${names.credentials}/databases";

  # Apps that have one.
  having = kind: lib.attrNames (lib.filterAttrs (_: app: attach.byPassword app.attach.${kind}) config.croft.apps);
}
