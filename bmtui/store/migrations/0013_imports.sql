-- What was brought in from another system, so that an import can be taken back as one step.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    undone_at INTEGER,
    undone_by TEXT NOT NULL DEFAULT ''
);

-- Each thing that an import changed; what: status, note, tag, assignee, field, refund, rma or unit.
CREATE TABLE import_changes (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    file_row INTEGER NOT NULL,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    what TEXT NOT NULL,
    subject_id INTEGER,
    name TEXT NOT NULL DEFAULT '',
    before TEXT NOT NULL DEFAULT '',
    after TEXT NOT NULL DEFAULT ''
);
CREATE INDEX import_changes_import ON import_changes (import_id, id);
CREATE INDEX import_changes_order ON import_changes (order_ref);

-- Who wrote a note in the other system; made_by is who brought it here.
ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT '';

-- Documents that another system made; and with which number a series begins here.
ALTER TABLE invoices ADD COLUMN elsewhere BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE invoice_series ADD COLUMN first_number INTEGER NOT NULL DEFAULT 1;
