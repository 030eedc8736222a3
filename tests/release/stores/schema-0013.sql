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
, download_interval_min INTEGER NOT NULL DEFAULT 15, look_back_days INTEGER NOT NULL DEFAULT 60, undo_windows TEXT NOT NULL DEFAULT '', ship_cutoff TEXT NOT NULL DEFAULT '13:00', soon_hours INTEGER NOT NULL DEFAULT 4, upload_not_before TEXT NOT NULL DEFAULT '', upload_wait_hours INTEGER NOT NULL DEFAULT 0, upload_skip_saturday BOOLEAN NOT NULL DEFAULT 0, upload_skip_sunday BOOLEAN NOT NULL DEFAULT 0, carriers TEXT NOT NULL DEFAULT '', note_cancelled TEXT NOT NULL DEFAULT 'Cancelled internally.', note_on_hold TEXT NOT NULL DEFAULT '', note_problem_order TEXT NOT NULL DEFAULT '', note_void TEXT NOT NULL DEFAULT 'Void: not a real order.', care_interval_min INTEGER NOT NULL DEFAULT 15, answer_within_h INTEGER NOT NULL DEFAULT 24, account TEXT NOT NULL DEFAULT '', removed_at INTEGER, identifier_policy TEXT NOT NULL DEFAULT '', erased_buyers TEXT NOT NULL DEFAULT 'keep');
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
    version INTEGER NOT NULL, invoice_provided_at INTEGER, delivery_note_ref TEXT NOT NULL DEFAULT '', anonymised_at INTEGER, assignee TEXT NOT NULL DEFAULT '', paper_name TEXT NOT NULL DEFAULT '', fee INTEGER, fee_charged INTEGER, marked TEXT NOT NULL DEFAULT '[]', sales_taxes INTEGER, sales_dp_adjustment INTEGER, erased_by_channel BOOLEAN NOT NULL DEFAULT 0,
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
    serial_number TEXT NOT NULL, fee INTEGER, adjustment INTEGER,
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
, approval_id INTEGER REFERENCES approvals (id), authorised_uid INTEGER);
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
, author TEXT NOT NULL DEFAULT '');
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
, facts TEXT NOT NULL DEFAULT '');
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
CREATE TABLE invoice_settings (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    market TEXT NOT NULL,
    entries TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE TABLE invoice_assets (
    digest TEXT PRIMARY KEY,
    content TEXT NOT NULL
);
CREATE TABLE invoice_series (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    country TEXT NOT NULL,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    last_issued TEXT NOT NULL
, confirmed_mark INTEGER REFERENCES store_marks (id), first_number INTEGER NOT NULL DEFAULT 1);
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
, elsewhere BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE invoice_refunds (
    refund_id INTEGER PRIMARY KEY REFERENCES refunds (id),
    invoice_id INTEGER NOT NULL REFERENCES invoices (id)
);
CREATE TABLE stock_flags (
    company_id INTEGER NOT NULL REFERENCES companies (id),
    sku TEXT NOT NULL,
    in_stock BOOLEAN NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (company_id, sku)
);
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
CREATE TABLE shipment_lines (
    shipment_id INTEGER NOT NULL REFERENCES shipments (id),
    line_ref INTEGER NOT NULL REFERENCES order_lines (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, line_ref)
);
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
CREATE TABLE packing_leases (
    order_ref INTEGER PRIMARY KEY REFERENCES orders (id),
    holder TEXT NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL
);
CREATE TABLE operators (
    id INTEGER PRIMARY KEY,
    uid INTEGER NOT NULL UNIQUE,
    account TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    may_refund BOOLEAN NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE TABLE refund_limits (
    operator_id INTEGER NOT NULL REFERENCES operators (id),
    currency TEXT NOT NULL,
    per_refund INTEGER CHECK (per_refund >= 0),
    per_day INTEGER CHECK (per_day >= 0),
    PRIMARY KEY (operator_id, currency)
);
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    why TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    made_uid INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL,
    decided_uid INTEGER,
    reason TEXT NOT NULL, request TEXT NOT NULL DEFAULT '', doubt TEXT NOT NULL DEFAULT '',
    CHECK (state <> 'approved' OR decided_uid <> made_uid)
);
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY,
    length INTEGER NOT NULL,
    hash TEXT NOT NULL
);
CREATE TABLE drifts (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_id INTEGER NOT NULL,
    line_id INTEGER,
    what TEXT NOT NULL,
    here TEXT NOT NULL,
    there TEXT NOT NULL,
    advice TEXT NOT NULL,
    repairable BOOLEAN NOT NULL,
    found_at INTEGER NOT NULL,
    state TEXT NOT NULL
);
CREATE TABLE return_reasons (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL,
    code INTEGER NOT NULL,
    hidden BOOLEAN NOT NULL
);
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
CREATE TABLE return_notes (
    id INTEGER PRIMARY KEY,
    return_id INTEGER NOT NULL REFERENCES returns (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    text TEXT NOT NULL
);
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
CREATE TABLE return_refunds (
    refund_id INTEGER PRIMARY KEY REFERENCES refunds (id),
    return_id INTEGER NOT NULL REFERENCES returns (id)
);
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
CREATE TABLE care_marks (
    company_id INTEGER PRIMARY KEY REFERENCES companies (id),
    modified_until INTEGER,
    begun_at INTEGER NOT NULL,
    swept_at INTEGER
);
CREATE TABLE views (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    query TEXT NOT NULL,
    sort TEXT NOT NULL,
    descending BOOLEAN NOT NULL,
    columns TEXT NOT NULL,
    place INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL
);
CREATE TABLE order_places (
    place INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL UNIQUE REFERENCES orders (id)
);
CREATE VIRTUAL TABLE order_search USING fts5 (
    search_text, content = 'order_texts', content_rowid = 'place', tokenize = "unicode61 remove_diacritics 2",
    prefix = '1 2 3 4 5 6 7'
);
CREATE VIRTUAL TABLE order_parts USING fts5 (
    search_text, content = 'order_texts', content_rowid = 'place', tokenize = 'trigram', detail = none
);
CREATE TABLE order_tags (
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    tag TEXT NOT NULL CHECK (tag <> ''),
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (order_ref, tag)
);
CREATE TABLE field_names (
    name TEXT NOT NULL PRIMARY KEY,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE TABLE order_fields (
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL CHECK (value <> ''),
    PRIMARY KEY (order_ref, name)
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    company_id INTEGER,
    order_ref INTEGER,
    subject TEXT,
    data TEXT NOT NULL,
    actor TEXT NOT NULL,
    rules TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE event_marks (
    reader TEXT NOT NULL PRIMARY KEY,
    event_id INTEGER NOT NULL,
    read_at INTEGER NOT NULL
);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    way TEXT NOT NULL,
    event_id INTEGER NOT NULL REFERENCES events (id),
    order_ref INTEGER,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    settled_at INTEGER,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (way, event_id)
);
CREATE TABLE rules (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    company_id INTEGER REFERENCES companies (id),
    version INTEGER NOT NULL,
    enabled BOOLEAN NOT NULL,
    moment TEXT NOT NULL,
    query TEXT NOT NULL,
    actions TEXT NOT NULL,
    limit_a_day INTEGER NOT NULL,
    ran_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE TABLE rule_log (
    id INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    company_id INTEGER,
    order_ref INTEGER,
    action TEXT NOT NULL,
    done BOOLEAN NOT NULL,
    error TEXT NOT NULL DEFAULT ''
);
CREATE TABLE rule_orders (
    rule_id INTEGER NOT NULL REFERENCES rules (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    since INTEGER NOT NULL,
    done BOOLEAN NOT NULL,
    PRIMARY KEY (rule_id, order_ref)
);
CREATE TABLE switches (
    name TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE TABLE view_schedules (
    id INTEGER PRIMARY KEY,
    view_name TEXT NOT NULL,
    company_id INTEGER REFERENCES companies (id),
    days TEXT NOT NULL,
    time_of_day TEXT NOT NULL,
    target TEXT NOT NULL,
    format TEXT NOT NULL,
    columns TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    last_at INTEGER,
    error TEXT NOT NULL DEFAULT '',
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);
CREATE TABLE search_unfolded (order_ref INTEGER PRIMARY KEY);
CREATE TABLE account_settings (
    company_id INTEGER PRIMARY KEY REFERENCES companies (id),
    entries TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);
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
CREATE TABLE exchange_rates (
    day TEXT NOT NULL,
    currency TEXT NOT NULL,
    rate TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (day, currency)
);
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
CREATE TABLE figure_due (
    company_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    PRIMARY KEY (company_id, hour)
);
CREATE TABLE store_marks (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    about TEXT NOT NULL,
    made_by TEXT NOT NULL,
    last_rma INTEGER
);
CREATE TABLE server_marks (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    server TEXT NOT NULL,
    since INTEGER NOT NULL
, sends INTEGER NOT NULL DEFAULT 0);
CREATE TABLE backfills (
    name TEXT NOT NULL PRIMARY KEY,
    reached INTEGER NOT NULL,
    until INTEGER NOT NULL
);
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    undone_at INTEGER,
    undone_by TEXT NOT NULL DEFAULT ''
);
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
INSERT INTO companies (id, name, platform, base_url, enabled, integration, user_agent_company, contact_mail, market, time_zone, token_source, allow_order_download, allow_fulfillment_upload, enable_imei_update, version, created_at, updated_at, download_interval_min, look_back_days, undo_windows, ship_cutoff, soon_hours, upload_not_before, upload_wait_hours, upload_skip_saturday, upload_skip_sunday, carriers, note_cancelled, note_on_hold, note_problem_order, note_void, care_interval_min, answer_within_h, account, removed_at, identifier_policy, erased_buyers) VALUES (1, 'Shop', 'eu', 'http://127.0.0.1:9', 1, 'api', 'Shop', 'a@shop.example', 'fr-fr', 'Europe/Paris', 'file', 1, 1, 1, 1, 1700000000000000, 1700000000000000, 15, 60, '', '13:00', 4, '', 0, 0, 0, '', 'Cancelled internally.', '', '', 'Void: not a real order.', 15, 24, '', NULL, '', 'keep');
INSERT INTO jobs (id, type, status, priority, company_id, parameters, cursor, about, identity, parent_id, submitted_at, submitted_by, scheduled_at, started_at, completed_at, phase, total, processed, succeeded, failed, error, error_kind, output, attempts, failures, max_failures, worker, fence, cancel_requested, lost) VALUES (1, 'refund', 'completed', 2, 1, '{"order_id":1}', '{}', '{"order_id":1}', NULL, NULL, 1700000000000000, 'root(0)', 1700000000000000, 1700000001000000, 1700000002000000, 'done', 1, 1, 1, 0, '', '', '{}', 1, 0, 3, NULL, 1, 0, 0);
INSERT INTO inbox (id, company_id, order_id, payload, digest, fetched_at, job_id, state, error) VALUES (1, 1, 1, '{"order_id":1}', 'digest', 1700000000000000, 1, 'done', '');
INSERT INTO orders (id, company_id, order_id, status, shipping_status, payment_status, channel_status, channel_state, channel_notified, market, currency, goods, shipping, total, received, refunded, payment_method, created_at, updated_at, paid_at, ship_by, shipped_at, customer_name, customer_email, customer_phone, postal_code, country, ship_to, bill_to, carrier, tracking_number, tracking_url, is_backship, search_text, version, invoice_provided_at, delivery_note_ref, anonymised_at, assignee, paper_name, fee, fee_charged, marked, sales_taxes, sales_dp_adjustment, erased_by_channel) VALUES (1, 1, 1, 'completed', 'fully_shipped', 'partially_refunded', 'shipped', 9, 1, 'fr-fr', 'EUR', 10000, 500, 10500, 10500, 2000, 'CARD', 1700000000000000, 1700000000000000, 1700000000000000, NULL, 1700000000000000, 'Marie Quuxeley', 'm@mail.example', '1', '75001', 'FR', '{}', '{}', 'DPD', 'T1', '', 0, '1 Marie Quuxeley m@mail.example SKU-1', 1, NULL, '', NULL, '', '', NULL, NULL, '[]', NULL, NULL, 0);
INSERT INTO orders (id, company_id, order_id, status, shipping_status, payment_status, channel_status, channel_state, channel_notified, market, currency, goods, shipping, total, received, refunded, payment_method, created_at, updated_at, paid_at, ship_by, shipped_at, customer_name, customer_email, customer_phone, postal_code, country, ship_to, bill_to, carrier, tracking_number, tracking_url, is_backship, search_text, version, invoice_provided_at, delivery_note_ref, anonymised_at, assignee, paper_name, fee, fee_charged, marked, sales_taxes, sales_dp_adjustment, erased_by_channel) VALUES (2, 1, 2, 'in_process', 'unshipped', 'charged', 'to_ship', 3, 0, 'fr-fr', 'EUR', 10000, 500, 10500, 10500, 0, 'CARD', 1700000000000000, 1700000000000000, 1700000000000000, 1700100000000000, NULL, 'Marie Quuxeley', 'm@mail.example', '1', '75001', 'FR', '{}', '{}', '', '', '', 0, '2 Marie Quuxeley m@mail.example SKU-2', 1, NULL, '', NULL, '', '', NULL, NULL, '[]', NULL, NULL, 0);
INSERT INTO order_lines (id, order_ref, line_id, state, sku, product, brand, condition, quantity, price, shipping, refunded, imei, serial_number, fee, adjustment) VALUES (1, 1, 10, 3, 'SKU-1', 'Phone', 'Brand', 10, 1, 10000, 0, 2000, '356938035643809', '', NULL, NULL);
INSERT INTO order_lines (id, order_ref, line_id, state, sku, product, brand, condition, quantity, price, shipping, refunded, imei, serial_number, fee, adjustment) VALUES (2, 2, 20, 2, 'SKU-2', 'Phone', 'Brand', 10, 1, 10000, 0, 0, '', '', NULL, NULL);
INSERT INTO refunds (id, order_ref, line_ref, part, amount, operation, method, date, reference, note, reason, state, made_by, made_at, job_id, error, approval_id, authorised_uid) VALUES (1, 1, 1, 'line', 2000, 'refund_on_back_market', 'other', '2023-11-15', '', '', NULL, 'confirmed', 'root(0)', 1700000000000000, 1, '', NULL, NULL);
INSERT INTO payments (id, order_ref, kind, at, method, reference, amount, refund_id) VALUES (1, 1, 'received', 1700000000000000, 'CARD', '', 10500, NULL);
INSERT INTO payments (id, order_ref, kind, at, method, reference, amount, refund_id) VALUES (2, 1, 'refund', 1700000000000000, 'other', '', 2000, 1);
INSERT INTO payments (id, order_ref, kind, at, method, reference, amount, refund_id) VALUES (3, 2, 'received', 1700000000000000, 'CARD', '', 10500, NULL);
INSERT INTO notes (id, order_ref, at, made_by, text, author) VALUES (1, 1, 1700000000000000, 'root(0)', 'A note', '');
INSERT INTO job_orders (job_id, order_ref, outcome) VALUES (1, 1, 'refunded');
INSERT INTO effects (id, kind, target, about, company_id, order_ref, subject_id, job_id, method, path, body, expected, state, made_at, made_by, not_before, sending_at, settled_at, answer_status, answer, error, attempts) VALUES (1, 'refund', '1:line:10', 'Refund 1', 1, 1, 1, 1, 'POST', '/ws/orders/1', '{}', '{}', 'confirmed', 1700000000000000, 'root(0)', 1700000000000000, 1700000001000000, 1700000002000000, 200, '', '', 1);
INSERT INTO audit_head (id, length, hash) VALUES (1, 0, '');
INSERT INTO order_places (place, order_ref) VALUES (111411200000000, 1);
INSERT INTO order_places (place, order_ref) VALUES (111411200000001, 2);
INSERT INTO rules (id, name, company_id, version, enabled, moment, query, actions, limit_a_day, ran_at, changed_at, changed_by) VALUES (1, 'acceptance rule of Shop', 1, 1, 0, 'order.to_accept', '', '["accept"]', 0, 0, 1700000000000000, '');
INSERT INTO figure_due (company_id, hour) VALUES (1, 472222);
INSERT INTO backfills (name, reached, until) VALUES ('fees', 0, 1);
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
CREATE UNIQUE INDEX effects_live ON effects (target) WHERE state IN ('planned', 'sending', 'unknown', 'needs_person');
CREATE INDEX effects_job ON effects (job_id);
CREATE INDEX effects_order ON effects (order_ref);
CREATE INDEX effects_open ON effects (id) WHERE state IN ('planned', 'sending', 'unknown', 'needs_person');
CREATE UNIQUE INDEX invoice_settings_key ON invoice_settings (company_id, market);
CREATE UNIQUE INDEX invoice_series_key ON invoice_series (company_id, country, kind, period);
CREATE UNIQUE INDEX invoices_sequence ON invoices (company_id, country, kind, period, sequence);
CREATE UNIQUE INDEX invoices_number ON invoices (company_id, number);
CREATE UNIQUE INDEX invoices_of_order ON invoices (order_ref) WHERE kind = 'invoice';
CREATE INDEX invoices_order ON invoices (order_ref, id);
CREATE INDEX invoices_issued ON invoices (issued, id);
CREATE INDEX orders_no_invoice ON orders (shipped_at, id) WHERE invoice_provided_at IS NULL AND shipped_at IS NOT NULL;
CREATE TRIGGER invoices_never_shrink BEFORE DELETE ON invoices BEGIN
    SELECT RAISE(ABORT, 'invoices are never deleted');
END;
CREATE TRIGGER invoices_never_change BEFORE UPDATE OF
    company_id, order_ref, corrects_id, kind, country, period, sequence, number, issued, document, document_hash
    ON invoices BEGIN
    SELECT RAISE(ABORT, 'what was frozen in an invoice is never changed');
END;
CREATE TRIGGER invoices_sealed_once BEFORE UPDATE OF pdf_hash, pdf ON invoices WHEN old.pdf_hash <> '' BEGIN
    SELECT RAISE(ABORT, 'an invoice is sealed once');
END;
CREATE TRIGGER invoice_assets_never_change BEFORE UPDATE ON invoice_assets BEGIN
    SELECT RAISE(ABORT, 'invoices refer to it');
END;
CREATE TRIGGER invoice_assets_never_shrink BEFORE DELETE ON invoice_assets BEGIN
    SELECT RAISE(ABORT, 'invoices refer to it');
END;
CREATE INDEX orders_clock ON orders (channel_status, ship_by);
CREATE INDEX shipments_order ON shipments (order_ref);
CREATE INDEX shipments_tracking ON shipments (tracking_number);
CREATE INDEX shipments_state ON shipments (state, id);
CREATE UNIQUE INDEX units_key ON units (line_ref, number);
CREATE INDEX units_order ON units (order_ref);
CREATE INDEX units_imei ON units (imei) WHERE imei <> '';
CREATE INDEX units_serial ON units (serial_number) WHERE serial_number <> '';
CREATE INDEX approvals_open ON approvals (id) WHERE state = 'awaiting_approval';
CREATE INDEX refunds_authorised ON refunds (authorised_uid, made_at) WHERE authorised_uid IS NOT NULL;
CREATE INDEX refunds_approval ON refunds (approval_id) WHERE approval_id IS NOT NULL;
CREATE INDEX drifts_open ON drifts (company_id, order_id) WHERE state = 'open';
CREATE INDEX drifts_job ON drifts (job_id);
CREATE UNIQUE INDEX return_reasons_name ON return_reasons (company_id, name);
CREATE INDEX returns_order ON returns (order_ref);
CREATE INDEX returns_status ON returns (status, id);
CREATE INDEX returns_folder ON returns (company_id, folder_id) WHERE folder_id IS NOT NULL;
CREATE UNIQUE INDEX return_items_line ON return_items (return_id, line_ref);
CREATE INDEX return_items_of_line ON return_items (line_ref);
CREATE INDEX return_receipts_item ON return_receipts (item_id);
CREATE INDEX return_notes_return ON return_notes (return_id);
CREATE INDEX return_documents_return ON return_documents (return_id);
CREATE INDEX return_refunds_return ON return_refunds (return_id);
CREATE UNIQUE INDEX care_folders_key ON care_folders (company_id, folder_id);
CREATE INDEX care_folders_order ON care_folders (company_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX care_folders_waiting ON care_folders (waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX orders_total ON orders (total, id);
CREATE INDEX orders_name ON orders (customer_name, id);
CREATE VIEW order_texts AS SELECT place, search_text FROM order_places JOIN orders ON orders.id = order_ref;
CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
    INSERT INTO order_places (order_ref, place) SELECT new.id, CASE
        WHEN EXISTS (SELECT 1 FROM order_places WHERE place = new.created_at / 1000000 * 65536 + 65535)
            THEN (SELECT max(place) + 1 FROM order_places)
        ELSE coalesce((
            SELECT max(place) + 1 FROM order_places
            WHERE place BETWEEN new.created_at / 1000000 * 65536 AND new.created_at / 1000000 * 65536 + 65534
        ), new.created_at / 1000000 * 65536) END AS place;
    INSERT INTO order_search (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
    INSERT INTO order_parts (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
END;
CREATE TRIGGER orders_search_update AFTER UPDATE OF search_text, created_at ON orders
    WHEN old.search_text <> new.search_text OR old.created_at / 1000000 <> new.created_at / 1000000 BEGIN
    INSERT INTO order_search (order_search, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    INSERT INTO order_parts (order_parts, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    UPDATE order_places SET place = CASE
        WHEN EXISTS (SELECT 1 FROM order_places WHERE place = new.created_at / 1000000 * 65536 + 65535)
            THEN (SELECT max(place) + 1 FROM order_places)
        ELSE coalesce((
            SELECT max(place) + 1 FROM order_places
            WHERE place BETWEEN new.created_at / 1000000 * 65536 AND new.created_at / 1000000 * 65536 + 65534
        ), new.created_at / 1000000 * 65536) END
        WHERE order_ref = new.id AND place / 65536 <> new.created_at / 1000000;
    INSERT INTO order_search (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
    INSERT INTO order_parts (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
END;
CREATE TRIGGER orders_search_delete BEFORE DELETE ON orders BEGIN
    INSERT INTO order_search (order_search, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    INSERT INTO order_parts (order_parts, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    DELETE FROM order_places WHERE order_ref = old.id;
END;
CREATE INDEX orders_email ON orders (customer_email);
CREATE INDEX refunds_excess ON refunds (id) WHERE state = 'excess';
CREATE INDEX orders_assignee ON orders (assignee, created_at) WHERE assignee <> '';
CREATE INDEX order_tags_tag ON order_tags (tag, order_ref);
CREATE INDEX order_fields_value ON order_fields (name, value);
CREATE UNIQUE INDEX events_once ON events (name, subject) WHERE subject IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (way, id) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state = 'dead';
CREATE UNIQUE INDEX rules_name ON rules (lower(name));
CREATE INDEX rule_log_rule ON rule_log (rule, at);
CREATE INDEX rule_log_order ON rule_log (order_ref) WHERE order_ref IS NOT NULL;
CREATE INDEX view_schedules_next ON view_schedules (next_at);
CREATE UNIQUE INDEX statement_rows_once ON statement_rows (
    company_id, statement, order_id, sku, designation, day, amount, currency, place
);
CREATE INDEX statement_rows_order ON statement_rows (order_ref) WHERE order_ref IS NOT NULL;
CREATE INDEX statement_rows_line ON statement_rows (line_ref) WHERE line_ref IS NOT NULL;
CREATE INDEX statement_rows_refund ON statement_rows (refund_id) WHERE refund_id IS NOT NULL;
CREATE INDEX statement_rows_file ON statement_rows (file_id);
CREATE INDEX statement_rows_problem ON statement_rows (company_id, problem) WHERE problem <> '';
CREATE INDEX purchase_costs_of ON purchase_costs (company_id, kind, identifier, since);
CREATE INDEX margin_entries_piece ON margin_entries (invoice_id, ref, piece);
CREATE INDEX margin_entries_period ON margin_entries (period_id);
CREATE INDEX orders_marked ON orders (company_id) WHERE marked <> '[]';
CREATE INDEX orders_erased_by_channel ON orders (company_id) WHERE erased_by_channel AND anonymised_at IS NULL;
CREATE TRIGGER figures_order_insert AFTER INSERT ON orders BEGIN
    INSERT INTO figure_due (company_id, hour) VALUES (new.company_id, new.created_at / 3600000000) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_order_update AFTER UPDATE ON orders WHEN
    old.company_id IS NOT new.company_id OR old.created_at IS NOT new.created_at OR old.status IS NOT new.status OR
    old.market IS NOT new.market OR old.currency IS NOT new.currency OR old.carrier IS NOT new.carrier OR
    old.received IS NOT new.received OR old.refunded IS NOT new.refunded OR old.fee IS NOT new.fee OR
    old.fee_charged IS NOT new.fee_charged OR old.sales_dp_adjustment IS NOT new.sales_dp_adjustment OR
    old.paid_at IS NOT new.paid_at OR old.shipped_at IS NOT new.shipped_at
BEGIN
    INSERT INTO figure_due (company_id, hour) VALUES (old.company_id, old.created_at / 3600000000) ON CONFLICT DO NOTHING;
    INSERT INTO figure_due (company_id, hour) VALUES (new.company_id, new.created_at / 3600000000) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_line_insert AFTER INSERT ON order_lines BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT company_id, created_at / 3600000000 FROM orders WHERE id = new.order_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_line_update AFTER UPDATE ON order_lines WHEN
    old.sku IS NOT new.sku OR old.quantity IS NOT new.quantity OR old.price IS NOT new.price OR
    old.refunded IS NOT new.refunded OR old.fee IS NOT new.fee OR old.state IS NOT new.state
BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT company_id, created_at / 3600000000 FROM orders WHERE id = new.order_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_return_insert AFTER INSERT ON return_items BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT o.company_id, o.created_at / 3600000000 FROM order_lines l JOIN orders o ON o.id = l.order_ref
    WHERE l.id = new.line_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_return_update AFTER UPDATE ON return_items WHEN old.received IS NOT new.received BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT o.company_id, o.created_at / 3600000000 FROM order_lines l JOIN orders o ON o.id = l.order_ref
    WHERE l.id = new.line_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_zone_update AFTER UPDATE OF time_zone ON companies WHEN old.time_zone <> new.time_zone BEGIN
    DELETE FROM figure_orders WHERE company_id = new.id;
    DELETE FROM figure_lines WHERE company_id = new.id;
    DELETE FROM figure_due WHERE company_id = new.id;
    INSERT INTO figure_due (company_id, hour)
    SELECT DISTINCT company_id, created_at / 3600000000 FROM orders WHERE company_id = new.id;
END;
CREATE INDEX import_changes_import ON import_changes (import_id, id);
CREATE INDEX import_changes_order ON import_changes (order_ref);
INSERT INTO order_search (order_search) VALUES ('rebuild');
INSERT INTO order_parts (order_parts) VALUES ('rebuild');
PRAGMA user_version = 13;
