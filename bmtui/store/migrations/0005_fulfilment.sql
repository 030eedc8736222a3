-- Your targets and policies, a company each: when a day's orders are cut off, what "soon" means, what is accepted by
-- itself, when tracking may be uploaded, and which carrier a shipping method of the channel means.
ALTER TABLE companies ADD COLUMN ship_cutoff TEXT NOT NULL DEFAULT '13:00';
ALTER TABLE companies ADD COLUMN soon_hours INTEGER NOT NULL DEFAULT 4;
ALTER TABLE companies ADD COLUMN automatic_acceptance BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN acceptance_rule TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN upload_not_before TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN upload_wait_hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN upload_skip_saturday BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN upload_skip_sunday BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN carriers TEXT NOT NULL DEFAULT '';

-- The ship-by clocks of orders that are to ship: few, among many that once were.
CREATE INDEX orders_clock ON orders (channel_status, ship_by);

-- Which SKUs can be promised; a SKU without a row is not known to be out of stock.
CREATE TABLE stock_flags (
    company_id INTEGER NOT NULL REFERENCES companies (id),
    sku TEXT NOT NULL,
    in_stock BOOLEAN NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (company_id, sku)
);

-- A parcel that left, and how far the channel knows of it: `state` is its upload's.
CREATE TABLE shipments (
    id INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    tracking_url TEXT NOT NULL,
    shipped_at INTEGER NOT NULL,
    whole BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    job_id INTEGER REFERENCES jobs (id),
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE INDEX shipments_order ON shipments (order_ref);
CREATE INDEX shipments_tracking ON shipments (tracking_number);
CREATE INDEX shipments_state ON shipments (state, id);
CREATE TABLE shipment_lines (
    shipment_id INTEGER NOT NULL REFERENCES shipments (id),
    line_ref INTEGER NOT NULL REFERENCES order_lines (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, line_ref)
);

-- One piece of a line and what it is known by. `reason` says why a check was overridden.
CREATE TABLE units (
    id INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    line_ref INTEGER NOT NULL REFERENCES order_lines (id),
    number INTEGER NOT NULL,
    imei TEXT NOT NULL DEFAULT '',
    serial_number TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    job_id INTEGER REFERENCES jobs (id),
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE UNIQUE INDEX units_key ON units (line_ref, number);
CREATE INDEX units_order ON units (order_ref);
CREATE INDEX units_imei ON units (imei) WHERE imei <> '';
CREATE INDEX units_serial ON units (serial_number) WHERE serial_number <> '';

-- Who packs an order: two cannot hold one. `holder` tells two stations of the same name apart.
CREATE TABLE packing_leases (
    order_ref INTEGER PRIMARY KEY REFERENCES orders (id),
    holder TEXT NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL
);
