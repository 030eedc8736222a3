-- Back Market's commission as it came with a line; null: none came. Of the order: what is expected of the lines whose
-- sale stands, and what was charged by the statements (null: nothing yet).
ALTER TABLE order_lines ADD COLUMN fee INTEGER;
ALTER TABLE order_lines ADD COLUMN adjustment INTEGER;
ALTER TABLE orders ADD COLUMN fee INTEGER;
ALTER TABLE orders ADD COLUMN fee_charged INTEGER;

-- How a company keeps its accounts: texts by key, as JSON.
CREATE TABLE account_settings (
    company_id INTEGER PRIMARY KEY REFERENCES companies (id),
    entries TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);

-- Billing statements as they were imported: the file itself, packed, as base64.
CREATE TABLE statement_files (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    content TEXT NOT NULL,
    added INTEGER NOT NULL,
    known INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    UNIQUE (company_id, sha256)
);
-- A row of a statement; `place` tells rows apart that say the same. `problem` says why it is not explained, or ''.
CREATE TABLE statement_rows (
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES statement_files (id),
    company_id INTEGER NOT NULL REFERENCES companies (id),
    number INTEGER NOT NULL,
    statement TEXT NOT NULL,
    day TEXT NOT NULL,
    sku TEXT NOT NULL,
    order_id INTEGER NOT NULL,
    designation TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    place INTEGER NOT NULL,
    order_ref INTEGER REFERENCES orders (id),
    line_ref INTEGER REFERENCES order_lines (id),
    refund_id INTEGER REFERENCES refunds (id),
    problem TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE UNIQUE INDEX statement_rows_once ON statement_rows (
    company_id, statement, order_id, sku, designation, day, amount, currency, place
);
CREATE INDEX statement_rows_order ON statement_rows (order_ref) WHERE order_ref IS NOT NULL;
CREATE INDEX statement_rows_line ON statement_rows (line_ref) WHERE line_ref IS NOT NULL;
CREATE INDEX statement_rows_refund ON statement_rows (refund_id) WHERE refund_id IS NOT NULL;
CREATE INDEX statement_rows_file ON statement_rows (file_id);
CREATE INDEX statement_rows_problem ON statement_rows (company_id, problem) WHERE problem <> '';

-- What a device or a SKU cost from a day on; a newer row of the same day counts instead of an older one.
CREATE TABLE purchase_costs (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    kind TEXT NOT NULL CHECK (kind IN ('imei', 'serial', 'sku')),
    identifier TEXT NOT NULL,
    since TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE INDEX purchase_costs_of ON purchase_costs (company_id, kind, identifier, since);

-- A period whose margin tax was declared. What changes later is a correction in a later period.
CREATE TABLE tax_periods (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    period TEXT NOT NULL,
    method TEXT NOT NULL,
    carried TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    UNIQUE (company_id, period)
);
-- What was declared of a piece: of a line of an invoice its pieces count from 1.
CREATE TABLE margin_entries (
    id INTEGER PRIMARY KEY,
    period_id INTEGER NOT NULL REFERENCES tax_periods (id),
    company_id INTEGER NOT NULL REFERENCES companies (id),
    invoice_id INTEGER NOT NULL REFERENCES invoices (id),
    ref TEXT NOT NULL,
    piece INTEGER NOT NULL,
    currency TEXT NOT NULL,
    rate TEXT NOT NULL,
    price INTEGER NOT NULL,
    cost INTEGER,
    margin INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    correction BOOLEAN NOT NULL
);
CREATE INDEX margin_entries_piece ON margin_entries (invoice_id, ref, piece);
CREATE INDEX margin_entries_period ON margin_entries (period_id);

-- Units of a currency for one euro, as a file said that the user gave.
CREATE TABLE exchange_rates (
    day TEXT NOT NULL,
    currency TEXT NOT NULL,
    rate TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (day, currency)
);

-- Sums of a day: of its orders, and of their lines. The days that are due are counted anew before anybody reads them.
CREATE TABLE figure_orders (
    company_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    market TEXT NOT NULL,
    currency TEXT NOT NULL,
    carrier TEXT NOT NULL,
    orders INTEGER NOT NULL,
    received INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    adjustment INTEGER NOT NULL,
    with_refund INTEGER NOT NULL,
    with_return INTEGER NOT NULL,
    shipped INTEGER NOT NULL,
    wait_s INTEGER NOT NULL,
    within_24h INTEGER NOT NULL,
    within_48h INTEGER NOT NULL,
    within_72h INTEGER NOT NULL,
    PRIMARY KEY (company_id, day, market, currency, carrier)
);
CREATE TABLE figure_lines (
    company_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    market TEXT NOT NULL,
    currency TEXT NOT NULL,
    sku TEXT NOT NULL,
    pieces INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    pieces_refunded INTEGER NOT NULL,
    pieces_returned INTEGER NOT NULL,
    PRIMARY KEY (company_id, day, market, currency, sku)
);
-- Hours since 1970 UTC in which an order was created that changed since its day was counted.
CREATE TABLE figure_due (
    company_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    PRIMARY KEY (company_id, hour)
);
INSERT INTO figure_due SELECT DISTINCT company_id, created_at / 3600000000 FROM orders;
