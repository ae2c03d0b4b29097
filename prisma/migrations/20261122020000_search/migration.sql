-- By hand: $search finds parts of words through indexes over trigrams. The extension comes with PostgreSQL, and whoever may
-- create objects in the database may create it.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS "pg_trgm" WITH SCHEMA "kartoteka";
    IF NOT EXISTS (
        SELECT FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace
        WHERE c.opcname = 'gin_trgm_ops' AND n.nspname = 'kartoteka'
    ) THEN
        RAISE EXCEPTION 'the extension pg_trgm stands in another schema; run: ALTER EXTENSION pg_trgm SET SCHEMA kartoteka';
    END IF;
END $$;
