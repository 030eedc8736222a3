-- Saved views: a query with its sort and columns, on a digit and as a tab. `columns` is a list of names; empty: the usual.
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

-- What the list of orders is sorted by, so that its first page does not cost a look at all of them.
CREATE INDEX orders_total ON orders (total, id);
CREATE INDEX orders_name ON orders (customer_name, id);
