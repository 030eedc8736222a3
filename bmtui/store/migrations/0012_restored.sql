-- What happened to the store as a whole: restored from a backup whose last change was at `since`, copied to another
-- store, or copied from one. After a restore, numbers wait until a person confirmed the last one that was used:
-- `last_rma` is that of RMAs.
CREATE TABLE store_marks (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    about TEXT NOT NULL,
    made_by TEXT NOT NULL,
    last_rma INTEGER
);

-- The restore after which a person confirmed the last number of the series.
ALTER TABLE invoice_series ADD COLUMN confirmed_mark INTEGER REFERENCES store_marks (id);

-- Why it may have been decided and sent already, in a state of the store that is lost; '' where nobody doubts it.
ALTER TABLE approvals ADD COLUMN doubt TEXT NOT NULL DEFAULT '';
