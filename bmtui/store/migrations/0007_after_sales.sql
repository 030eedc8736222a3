-- Returns (RMA): what comes back of an order, line by line, and what is decided about it.
CREATE TABLE return_reasons (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL,
    code INTEGER NOT NULL,
    hidden BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX return_reasons_name ON return_reasons (company_id, name);

CREATE TABLE returns (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    folder_id INTEGER,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    label_url TEXT NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    tracking_url TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER,
    version INTEGER NOT NULL
);
CREATE INDEX returns_order ON returns (order_ref);
CREATE INDEX returns_status ON returns (status, id);
CREATE INDEX returns_folder ON returns (company_id, folder_id) WHERE folder_id IS NOT NULL;

CREATE TABLE return_items (
    id INTEGER PRIMARY KEY,
    return_id INTEGER NOT NULL REFERENCES returns (id),
    line_ref INTEGER NOT NULL REFERENCES order_lines (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    reason TEXT NOT NULL,
    code INTEGER NOT NULL,
    approval TEXT NOT NULL,
    received INTEGER NOT NULL,
    damaged INTEGER NOT NULL,
    resolution TEXT NOT NULL,
    resolution_note TEXT NOT NULL,
    sent_sku TEXT NOT NULL,
    sent_tracking TEXT NOT NULL,
    CHECK (received >= 0 AND received <= quantity AND damaged >= 0 AND damaged <= received)
);
CREATE UNIQUE INDEX return_items_line ON return_items (return_id, line_ref);
CREATE INDEX return_items_of_line ON return_items (line_ref);

-- What arrived and when; `differs` is true when another device came back than went out.
CREATE TABLE return_receipts (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES return_items (id),
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    damaged INTEGER NOT NULL,
    imei TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    differs BOOLEAN NOT NULL
);
CREATE INDEX return_receipts_item ON return_receipts (item_id);

CREATE TABLE return_notes (
    id INTEGER PRIMARY KEY,
    return_id INTEGER NOT NULL REFERENCES returns (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX return_notes_return ON return_notes (return_id);

CREATE TABLE return_documents (
    id INTEGER PRIMARY KEY,
    return_id INTEGER NOT NULL REFERENCES returns (id),
    name TEXT NOT NULL,
    file TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE INDEX return_documents_return ON return_documents (return_id);

CREATE TABLE return_refunds (
    refund_id INTEGER PRIMARY KEY REFERENCES refunds (id),
    return_id INTEGER NOT NULL REFERENCES returns (id)
);
CREATE INDEX return_refunds_return ON return_refunds (return_id);

-- After-sales folders as they came, the newest of each; the columns are what the inbox sorts and links by.
-- `waiting_since` is when the customer wrote what nobody has answered.
CREATE TABLE care_folders (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    folder_id INTEGER NOT NULL,
    state INTEGER NOT NULL,
    market TEXT NOT NULL,
    order_id INTEGER,
    line_id INTEGER,
    sku TEXT NOT NULL,
    customer TEXT NOT NULL,
    issue TEXT NOT NULL,
    created_at INTEGER,
    modified_at INTEGER,
    last_message_at INTEGER,
    waiting_since INTEGER,
    listed TEXT NOT NULL,
    payload TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    error TEXT NOT NULL
);
CREATE UNIQUE INDEX care_folders_key ON care_folders (company_id, folder_id);
CREATE INDEX care_folders_order ON care_folders (company_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX care_folders_waiting ON care_folders (waiting_since) WHERE waiting_since IS NOT NULL;

CREATE TABLE care_marks (
    company_id INTEGER PRIMARY KEY REFERENCES companies (id),
    modified_until INTEGER,
    begun_at INTEGER NOT NULL,
    swept_at INTEGER
);

ALTER TABLE companies ADD COLUMN care_interval_min INTEGER NOT NULL DEFAULT 15;
ALTER TABLE companies ADD COLUMN answer_within_h INTEGER NOT NULL DEFAULT 24;
