-- A restored database is another one of the same server, or has other tables: the mark tells that, too.
UPDATE server_marks SET server = concat_ws(
    '/', server, (SELECT oid::text FROM pg_database WHERE datname = current_database()), 'effects'::regclass::oid
);
