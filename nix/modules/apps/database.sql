-- Run by psql as the superuser with the variables role, database and extensions (a list with commas): the app's role, its database,
-- and nobody else in it. With the variable verifier the role signs in with a password over the loopback, too. Safe to repeat.
\set ON_ERROR_STOP on
\set VERBOSITY terse
\o /dev/null
-- The server's own functions and operators, and no others that somebody may have put before them.
SET search_path = pg_catalog, pg_temp;

SELECT format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role') \gexec

\if :{?verifier}
-- The verifier is not the password, but nobody has a use for it either: neither the log nor the statistics keep the statement.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_duration_sample = -1;
SET log_min_error_statement = 'panic';
SET pg_stat_statements.track = 'none';
ALTER ROLE :"role" PASSWORD :'verifier';
-- postgresql.nix says what its members may.
GRANT croft_loopback TO :"role";
RESET log_statement;
RESET log_min_duration_statement;
RESET log_min_duration_sample;
RESET log_min_error_statement;
RESET pg_stat_statements.track;
\endif

-- One that is there already may be another app's, or somebody's own.
SELECT set_config('croft.role', :'role', false), set_config('croft.database', :'database', false);
DO $$
DECLARE
  owner text := (SELECT pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = current_setting('croft.database'));
BEGIN
  IF owner <> current_setting('croft.role') THEN
    RAISE EXCEPTION 'croft: the database % belongs to %, not to %', current_setting('croft.database'), owner, current_setting('croft.role')
      USING HINT = 'Choose another attach.postgresql.database, or give it away: ALTER DATABASE … OWNER TO …, and REASSIGN OWNED in it.';
  END IF;
END $$;

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', :'database', :'role')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'database') \gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;

\connect :"database"
-- The database is the app's, and so is the path that it gives to whoever connects.
SET ROLE NONE;
SET search_path = pg_catalog, pg_temp;
SET default_transaction_read_only = off;
SET statement_timeout = 0;
-- Some extensions have a schema of their own.
SELECT format('CREATE EXTENSION IF NOT EXISTS %I %s CASCADE', wanted.name, CASE WHEN EXISTS (
    SELECT FROM pg_catalog.pg_available_extension_versions known WHERE known.name = wanted.name AND known.schema IS NOT NULL
  ) THEN '' ELSE 'SCHEMA public' END)
FROM unnest(string_to_array(nullif(:'extensions', ''), ',')) AS wanted (name) \gexec
