-- Invoice settings of a company: `market` is '' for all markets, or one that says some of them otherwise.
CREATE TABLE invoice_settings (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    market TEXT NOT NULL,
    entries TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX invoice_settings_key ON invoice_settings (company_id, market);

-- Wordings (JSON) and logos (base64) by their SHA-256: documents refer to them, so they are never changed.
CREATE TABLE invoice_assets (
    digest TEXT PRIMARY KEY,
    content TEXT NOT NULL
);

-- The last number of each series. It moves in the transaction that stores the document, so that there is no gap.
CREATE TABLE invoice_series (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    country TEXT NOT NULL,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    last_issued TEXT NOT NULL
);
CREATE UNIQUE INDEX invoice_series_key ON invoice_series (company_id, country, kind, period);

-- Invoices and credit notes. `document` is frozen: `document_hash` is its SHA-256, `pdf_hash` that of its PDF. `pdf`
-- (base64) is kept only where making it again would give other bytes.
CREATE TABLE invoices (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    corrects_id INTEGER REFERENCES invoices (id),
    kind TEXT NOT NULL,
    country TEXT NOT NULL,
    period TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    number TEXT NOT NULL,
    issued TEXT NOT NULL,
    currency TEXT NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    gross INTEGER NOT NULL CHECK (gross > 0),
    way TEXT NOT NULL,
    remark TEXT NOT NULL,
    document TEXT NOT NULL,
    document_hash TEXT NOT NULL,
    pdf_hash TEXT NOT NULL,
    pdf_size INTEGER NOT NULL,
    pdf TEXT,
    made_with TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    printed INTEGER NOT NULL,
    printed_at INTEGER,
    upload TEXT NOT NULL,
    uploaded_at INTEGER
);
CREATE UNIQUE INDEX invoices_sequence ON invoices (company_id, country, kind, period, sequence);
CREATE UNIQUE INDEX invoices_number ON invoices (company_id, number);
CREATE UNIQUE INDEX invoices_of_order ON invoices (order_ref) WHERE kind = 'invoice';
CREATE INDEX invoices_order ON invoices (order_ref, id);
CREATE INDEX invoices_issued ON invoices (issued, id);

-- Which refunds a credit note is about: each has one at most.
CREATE TABLE invoice_refunds (
    refund_id INTEGER PRIMARY KEY REFERENCES refunds (id),
    invoice_id INTEGER NOT NULL REFERENCES invoices (id)
);

-- When Back Market got an invoice, by its own word; and what it calls the delivery note.
ALTER TABLE orders ADD COLUMN invoice_provided_at INTEGER;
ALTER TABLE orders ADD COLUMN delivery_note_ref TEXT NOT NULL DEFAULT '';
CREATE INDEX orders_no_invoice ON orders (shipped_at, id) WHERE invoice_provided_at IS NULL AND shipped_at IS NOT NULL;
