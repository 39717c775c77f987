-- Run by psql as the superuser with the variable roles, a list with commas: the role croft_loopback, whose members sign in with a password
-- over the loopback (services/postgresql.nix), and of those only the ones that are listed. Safe to repeat.
\set ON_ERROR_STOP on
\set VERBOSITY terse
\o /dev/null
SET search_path = pg_catalog, pg_temp;

SELECT 'CREATE ROLE croft_loopback NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'croft_loopback') \gexec

SELECT format(statement, member.rolname)
FROM pg_catalog.pg_auth_members one
JOIN pg_catalog.pg_roles team ON team.oid = one.roleid AND team.rolname = 'croft_loopback'
JOIN pg_catalog.pg_roles member ON member.oid = one.member
CROSS JOIN (VALUES (1, 'ALTER ROLE %I PASSWORD NULL'), (2, 'REVOKE croft_loopback FROM %I')) AS steps (step, statement)
WHERE member.rolname <> ALL (string_to_array(:'roles', ','))
ORDER BY member.rolname, step \gexec
