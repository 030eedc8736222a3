-- Which server, and which of its timelines, this database was last seen on: after a failover, or a restore by the
-- server's own means, another one. What was committed shortly before may be missing then.
CREATE TABLE server_marks (
    only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    server TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- Whoever writes a row: what its triggers touch are the tables of this installation, never a temporary one.
DO $$
DECLARE
    name TEXT;
    ours TEXT := quote_ident(current_schema());
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_is_append_only', 'invoices_stay', 'order_search_keep', 'jobs_wake'] LOOP
        EXECUTE 'ALTER FUNCTION ' || ours || '.' || name || '() SET search_path = pg_catalog, ' || ours || ', pg_temp';
    END LOOP;
END
$$;
