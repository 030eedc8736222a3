CREATE TABLE companies (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    platform TEXT NOT NULL,
    base_url TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    integration TEXT NOT NULL,
    user_agent_company TEXT NOT NULL,
    contact_mail TEXT NOT NULL,
    market TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    token_source TEXT NOT NULL,
    allow_order_download INTEGER NOT NULL,
    allow_fulfillment_upload INTEGER NOT NULL,
    enable_imei_update INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, download_interval_min INTEGER NOT NULL DEFAULT 15, look_back_days INTEGER NOT NULL DEFAULT 60, undo_windows TEXT NOT NULL DEFAULT '');
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    priority INTEGER NOT NULL,
    company_id INTEGER REFERENCES companies (id),
    parameters TEXT NOT NULL,
    cursor TEXT NOT NULL,
    about TEXT NOT NULL,
    identity TEXT,
    parent_id INTEGER REFERENCES jobs (id),
    submitted_at INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    phase TEXT NOT NULL,
    total INTEGER,
    processed INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    error TEXT NOT NULL,
    error_kind TEXT NOT NULL,
    output TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    max_failures INTEGER NOT NULL,
    worker TEXT,
    fence INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL
, lost INTEGER NOT NULL DEFAULT 0);
CREATE TABLE job_log (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    at INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE TABLE rate_limits (
    name TEXT PRIMARY KEY,
    theoretical_arrival INTEGER NOT NULL
, held_until INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '');
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_id INTEGER,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    state TEXT NOT NULL,
    error TEXT NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    shipping_status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    channel_status TEXT NOT NULL,
    channel_state INTEGER NOT NULL,
    channel_notified INTEGER NOT NULL,
    market TEXT NOT NULL,
    currency TEXT NOT NULL,
    goods INTEGER NOT NULL,
    shipping INTEGER NOT NULL,
    total INTEGER NOT NULL,
    received INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    payment_method TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    paid_at INTEGER,
    ship_by INTEGER,
    shipped_at INTEGER,
    customer_name TEXT NOT NULL,
    customer_email TEXT NOT NULL,
    customer_phone TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country TEXT NOT NULL,
    ship_to TEXT NOT NULL,
    bill_to TEXT NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    tracking_url TEXT NOT NULL,
    is_backship INTEGER NOT NULL,
    search_text TEXT NOT NULL,
    version INTEGER NOT NULL,
    CHECK (refunded >= 0 AND refunded <= received)
);
CREATE TABLE order_lines (
    id INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    line_id INTEGER NOT NULL,
    state INTEGER NOT NULL,
    sku TEXT NOT NULL,
    product TEXT NOT NULL,
    brand TEXT NOT NULL,
    condition INTEGER,
    quantity INTEGER NOT NULL,
    price INTEGER NOT NULL,
    shipping INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    imei TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    CHECK (refunded >= 0)
);
CREATE TABLE refunds (
    id INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    line_ref INTEGER REFERENCES order_lines (id),
    part TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    operation TEXT NOT NULL,
    method TEXT NOT NULL,
    date TEXT NOT NULL,
    reference TEXT NOT NULL,
    note TEXT NOT NULL,
    reason INTEGER,
    state TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    error TEXT NOT NULL
);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    refund_id INTEGER UNIQUE REFERENCES refunds (id)
);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE job_orders (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    outcome TEXT NOT NULL,
    PRIMARY KEY (job_id, order_ref)
) WITHOUT ROWID;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    company_id INTEGER,
    order_ref INTEGER,
    summary TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE VIRTUAL TABLE order_search USING fts5 (
    search_text, content = 'orders', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
CREATE TABLE sync_marks (
    company_id INTEGER PRIMARY KEY REFERENCES companies (id),
    modified_until INTEGER,
    begun_at INTEGER NOT NULL,
    swept_at INTEGER NOT NULL
);
CREATE TABLE daily_budgets (
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (name, day)
) WITHOUT ROWID;
CREATE TABLE effects (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    about TEXT NOT NULL,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_ref INTEGER REFERENCES orders (id),
    subject_id INTEGER,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    expected TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    sending_at INTEGER,
    settled_at INTEGER,
    answer_status INTEGER,
    answer TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE TABLE pauses (
    scope TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (scope, cause)
);
INSERT INTO companies (id, name, platform, base_url, enabled, integration, user_agent_company, contact_mail, market, time_zone, token_source, allow_order_download, allow_fulfillment_upload, enable_imei_update, version, created_at, updated_at, download_interval_min, look_back_days, undo_windows) VALUES (1, 'Shop', 'eu', 'http://127.0.0.1:9', 1, 'api', 'Shop', 'a@shop.example', 'fr-fr', 'Europe/Paris', 'file', 1, 1, 1, 1, 1700000000000000, 1700000000000000, 15, 60, '');
INSERT INTO jobs (id, type, status, priority, company_id, parameters, cursor, about, identity, parent_id, submitted_at, submitted_by, scheduled_at, started_at, completed_at, phase, total, processed, succeeded, failed, error, error_kind, output, attempts, failures, max_failures, worker, fence, cancel_requested, lost) VALUES (1, 'refund', 'completed', 2, 1, '{"order_id":1}', '{}', '{"order_id":1}', NULL, NULL, 1700000000000000, 'root(0)', 1700000000000000, 1700000001000000, 1700000002000000, 'done', 1, 1, 1, 0, '', '', '{}', 1, 0, 3, NULL, 1, 0, 0);
INSERT INTO inbox (id, company_id, order_id, payload, digest, fetched_at, job_id, state, error) VALUES (1, 1, 1, '{"order_id":1}', 'digest', 1700000000000000, 1, 'done', '');
INSERT INTO orders (id, company_id, order_id, status, shipping_status, payment_status, channel_status, channel_state, channel_notified, market, currency, goods, shipping, total, received, refunded, payment_method, created_at, updated_at, paid_at, ship_by, shipped_at, customer_name, customer_email, customer_phone, postal_code, country, ship_to, bill_to, carrier, tracking_number, tracking_url, is_backship, search_text, version) VALUES (1, 1, 1, 'completed', 'fully_shipped', 'partially_refunded', 'shipped', 9, 1, 'fr-fr', 'EUR', 10000, 500, 10500, 10500, 2000, 'CARD', 1700000000000000, 1700000000000000, 1700000000000000, NULL, 1700000000000000, 'Marie Quuxeley', 'm@mail.example', '1', '75001', 'FR', '{}', '{}', 'DPD', 'T1', '', 0, '1 Marie Quuxeley m@mail.example SKU-1', 1);
INSERT INTO orders (id, company_id, order_id, status, shipping_status, payment_status, channel_status, channel_state, channel_notified, market, currency, goods, shipping, total, received, refunded, payment_method, created_at, updated_at, paid_at, ship_by, shipped_at, customer_name, customer_email, customer_phone, postal_code, country, ship_to, bill_to, carrier, tracking_number, tracking_url, is_backship, search_text, version) VALUES (2, 1, 2, 'in_process', 'unshipped', 'charged', 'to_ship', 3, 0, 'fr-fr', 'EUR', 10000, 500, 10500, 10500, 0, 'CARD', 1700000000000000, 1700000000000000, 1700000000000000, 1700100000000000, NULL, 'Marie Quuxeley', 'm@mail.example', '1', '75001', 'FR', '{}', '{}', '', '', '', 0, '2 Marie Quuxeley m@mail.example SKU-2', 1);
INSERT INTO order_lines (id, order_ref, line_id, state, sku, product, brand, condition, quantity, price, shipping, refunded, imei, serial_number) VALUES (1, 1, 10, 3, 'SKU-1', 'Phone', 'Brand', 10, 1, 10000, 0, 2000, '356938035643809', '');
INSERT INTO order_lines (id, order_ref, line_id, state, sku, product, brand, condition, quantity, price, shipping, refunded, imei, serial_number) VALUES (2, 2, 20, 2, 'SKU-2', 'Phone', 'Brand', 10, 1, 10000, 0, 0, '', '');
INSERT INTO refunds (id, order_ref, line_ref, part, amount, operation, method, date, reference, note, reason, state, made_by, made_at, job_id, error) VALUES (1, 1, 1, 'line', 2000, 'refund_on_back_market', 'other', '2023-11-15', '', '', NULL, 'confirmed', 'root(0)', 1700000000000000, 1, '');
INSERT INTO payments (id, order_ref, kind, at, method, reference, amount, refund_id) VALUES (1, 1, 'received', 1700000000000000, 'CARD', '', 10500, NULL);
INSERT INTO payments (id, order_ref, kind, at, method, reference, amount, refund_id) VALUES (2, 1, 'refund', 1700000000000000, 'other', '', 2000, 1);
INSERT INTO payments (id, order_ref, kind, at, method, reference, amount, refund_id) VALUES (3, 2, 'received', 1700000000000000, 'CARD', '', 10500, NULL);
INSERT INTO notes (id, order_ref, at, made_by, text) VALUES (1, 1, 1700000000000000, 'root(0)', 'A note');
INSERT INTO job_orders (job_id, order_ref, outcome) VALUES (1, 1, 'refunded');
INSERT INTO effects (id, kind, target, about, company_id, order_ref, subject_id, job_id, method, path, body, expected, state, made_at, made_by, not_before, sending_at, settled_at, answer_status, answer, error, attempts) VALUES (1, 'refund', '1:line:10', 'Refund 1', 1, 1, 1, 1, 'POST', '/ws/orders/1', '{}', '{}', 'confirmed', 1700000000000000, 'root(0)', 1700000000000000, 1700000001000000, 1700000002000000, 200, '', '', 1);
CREATE UNIQUE INDEX jobs_identity ON jobs (identity) WHERE status IN ('submitted', 'processing', 'on_hold');
CREATE INDEX jobs_due ON jobs (priority DESC, scheduled_at, id) WHERE status = 'submitted';
CREATE INDEX jobs_running ON jobs (worker) WHERE status = 'processing';
CREATE INDEX jobs_parent ON jobs (parent_id);
CREATE INDEX job_log_job ON job_log (job_id, id);
CREATE UNIQUE INDEX inbox_order ON inbox (company_id, order_id);
CREATE UNIQUE INDEX inbox_nameless ON inbox (company_id, digest) WHERE order_id IS NULL;
CREATE INDEX inbox_waiting ON inbox (company_id, id) WHERE state = 'waiting';
CREATE INDEX inbox_job ON inbox (job_id);
CREATE UNIQUE INDEX orders_key ON orders (company_id, order_id);
CREATE INDEX orders_order_id ON orders (order_id);
CREATE INDEX orders_created ON orders (created_at, id);
CREATE INDEX orders_updated ON orders (updated_at, id);
CREATE INDEX orders_status ON orders (status, created_at, id);
CREATE INDEX orders_channel_status ON orders (channel_status, created_at, id);
CREATE INDEX orders_ship_by ON orders (ship_by, id) WHERE ship_by IS NOT NULL;
CREATE UNIQUE INDEX order_lines_key ON order_lines (order_ref, line_id);
CREATE INDEX order_lines_sku ON order_lines (sku);
CREATE INDEX order_lines_imei ON order_lines (imei) WHERE imei <> '';
CREATE INDEX order_lines_serial ON order_lines (serial_number) WHERE serial_number <> '';
CREATE INDEX refunds_order ON refunds (order_ref);
CREATE INDEX payments_order ON payments (order_ref);
CREATE INDEX notes_order ON notes (order_ref);
CREATE INDEX job_orders_order ON job_orders (order_ref);
CREATE INDEX audit_order ON audit (order_ref, id) WHERE order_ref IS NOT NULL;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
    INSERT INTO order_search (rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER orders_search_update AFTER UPDATE OF search_text ON orders WHEN old.search_text <> new.search_text BEGIN
    INSERT INTO order_search (order_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    INSERT INTO order_search (rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER orders_search_delete AFTER DELETE ON orders BEGIN
    INSERT INTO order_search (order_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
END;
CREATE UNIQUE INDEX effects_live ON effects (target) WHERE state IN ('planned', 'sending', 'unknown', 'needs_person');
CREATE INDEX effects_job ON effects (job_id);
CREATE INDEX effects_order ON effects (order_ref);
CREATE INDEX effects_open ON effects (id) WHERE state IN ('planned', 'sending', 'unknown', 'needs_person');
INSERT INTO order_search (order_search) VALUES ('rebuild');
PRAGMA user_version = 3;
