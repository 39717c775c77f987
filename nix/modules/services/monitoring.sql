-- The role by which the exporter reads PostgreSQL's statistics, and no data. It has no password: the server knows it by its user.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postgres-exporter') THEN
    CREATE ROLE "postgres-exporter";
  END IF;
END
$$;
ALTER ROLE "postgres-exporter" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5;
GRANT pg_monitor TO "postgres-exporter";
