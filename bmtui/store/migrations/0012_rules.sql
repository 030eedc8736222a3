-- Tags, an assignee and named fields of orders.
ALTER TABLE orders ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
CREATE INDEX orders_assignee ON orders (assignee, created_at) WHERE assignee <> '';

CREATE TABLE order_tags (
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    tag TEXT NOT NULL CHECK (tag <> ''),
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (order_ref, tag)
);
CREATE INDEX order_tags_tag ON order_tags (tag, order_ref);

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
CREATE INDEX order_fields_value ON order_fields (name, value);

-- What happened, in the order of its commit; subject: an event that happens once for it.
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
CREATE UNIQUE INDEX events_once ON events (name, subject) WHERE subject IS NOT NULL;

-- How far each reader of events has come.
CREATE TABLE event_marks (
    reader TEXT NOT NULL PRIMARY KEY,
    event_id INTEGER NOT NULL,
    read_at INTEGER NOT NULL
);

-- An event on its way out; state: waiting, sent, dead, dropped.
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
CREATE INDEX deliveries_waiting ON deliveries (way, id) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state = 'dead';

-- Rules: when, if, then; each change is a new version.
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
CREATE UNIQUE INDEX rules_name ON rules (lower(name));

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
CREATE INDEX rule_log_rule ON rule_log (rule, at);
CREATE INDEX rule_log_order ON rule_log (order_ref) WHERE order_ref IS NOT NULL;

-- Since when an order is as a rule wants it; done: the rule has acted since then.
CREATE TABLE rule_orders (
    rule_id INTEGER NOT NULL REFERENCES rules (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    since INTEGER NOT NULL,
    done BOOLEAN NOT NULL,
    PRIMARY KEY (rule_id, order_ref)
);

-- What is turned off for everybody: 'rules'.
CREATE TABLE switches (
    name TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL
);

-- Saved views that are written by the clock.
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
CREATE INDEX view_schedules_next ON view_schedules (next_at);
