-- Something that is filled in from what was stored before, a bit at a time: up to which row it came, and where it ends.
CREATE TABLE backfills (
    name TEXT NOT NULL PRIMARY KEY,
    reached INTEGER NOT NULL,
    until INTEGER NOT NULL
);
-- The fees of orders that were stored before they had any, from their kept texts.
INSERT INTO backfills (name, reached, until) SELECT 'fees', 0, max(id) FROM inbox HAVING count(*) > 0;
