-- Parts of an IMEI, a tracking number, a mail address: by an index, where the server has the extension.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX orders_parts ON orders USING gin (search_text gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'parts of words are looked for without an index';
END
$$;
