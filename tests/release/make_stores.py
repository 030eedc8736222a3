"""Writes the sample store of a new schema as SQL: run it once when a release brings a new schema.

    python tests/release/make_stores.py

What is here is never written again: it is how a store looked when its schema was released.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bmtui.store.migrations import steps

HERE = Path(__file__).parent / "stores"
ROWS = """
INSERT INTO companies VALUES (1, 'Shop', 'eu', 'http://127.0.0.1:9', 1, 'api', 'Shop', 'a@shop.example', 'fr-fr',
    'Europe/Paris', 'file', 1, 1, 1, 1, 1700000000000000, 1700000000000000, 15, 60);
INSERT INTO jobs (id, type, status, priority, company_id, parameters, cursor, about, identity, parent_id, submitted_at,
    submitted_by, scheduled_at, started_at, completed_at, phase, total, processed, succeeded, failed, error, error_kind,
    output, attempts, failures, max_failures, worker, fence, cancel_requested)
VALUES (1, 'refund', 'completed', 2, 1, '{"order_id":1}', '{}', '{"order_id":1}', NULL, NULL, 1700000000000000,
    'root(0)', 1700000000000000, 1700000001000000, 1700000002000000, 'done', 1, 1, 1, 0, '', '', '{}', 1, 0,
    3, NULL, 1, 0);
INSERT INTO inbox VALUES (1, 1, 1, '{"order_id":1}', 'digest', 1700000000000000, 1, 'done', '');
INSERT INTO orders (id, company_id, order_id, status, shipping_status, payment_status, channel_status, channel_state,
    channel_notified, market, currency, goods, shipping, total, received, refunded, payment_method, created_at,
    updated_at, paid_at, ship_by, shipped_at, customer_name, customer_email, customer_phone, postal_code, country,
    ship_to, bill_to, carrier, tracking_number, tracking_url, is_backship, search_text, version)
VALUES (1, 1, 1, 'completed', 'fully_shipped', 'partially_refunded', 'shipped', 9, 1, 'fr-fr', 'EUR', 10000, 500, 10500,
    10500, 2000, 'CARD', 1700000000000000, 1700000000000000, 1700000000000000, NULL, 1700000000000000, 'Marie Quuxeley',
    'm@mail.example', '1', '75001', 'FR', '{}', '{}', 'DPD', 'T1', '', 0, '1 Marie Quuxeley m@mail.example SKU-1', 1),
    (2, 1, 2, 'in_process', 'unshipped', 'charged', 'to_ship', 3, 0, 'fr-fr', 'EUR', 10000, 500, 10500, 10500, 0,
    'CARD', 1700000000000000, 1700000000000000, 1700000000000000, 1700100000000000, NULL, 'Marie Quuxeley',
    'm@mail.example',
    '1', '75001', 'FR', '{}', '{}', '', '', '', 0, '2 Marie Quuxeley m@mail.example SKU-2', 1);
INSERT INTO order_lines VALUES (1, 1, 10, 3, 'SKU-1', 'Phone', 'Brand', 10, 1, 10000, 0, 2000, '356938035643809', ''),
    (2, 2, 20, 2, 'SKU-2', 'Phone', 'Brand', 10, 1, 10000, 0, 0, '', '');
INSERT INTO refunds VALUES (1, 1, 1, 'line', 2000, 'refund_on_back_market', 'other', '2023-11-15', '', '', NULL,
    'confirmed', 'root(0)', 1700000000000000, 1, '');
INSERT INTO payments VALUES (1, 1, 'received', 1700000000000000, 'CARD', '', 10500, NULL),
    (2, 1, 'refund', 1700000000000000, 'other', '', 2000, 1),
    (3, 2, 'received', 1700000000000000, 'CARD', '', 10500, NULL);
INSERT INTO effects VALUES (1, 'refund', '1:line:10', 1, 1, 1, 1, 'POST', '/ws/orders/1', '{}', '{}', 'confirmed',
    1700000000000000, 'root(0)', 1700000001000000, 1700000002000000, 200, '', '', 1);
INSERT INTO notes VALUES (1, 1, 1700000000000000, 'root(0)', 'A note');
INSERT INTO job_orders VALUES (1, 1, 'refunded');
"""
"""Sample rows of the main tables, in the columns of the first schema."""


def dump(database: sqlite3.Connection, version: int) -> str:
    """Return the store as SQL: tables, rows, then the rest. The word index is only built again from the rows."""
    master = (
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    )
    made = [row for row in database.execute(master) if not row[1].startswith(("order_search_", "order_parts_"))]
    indexes = [name for kind, name, sql in made if sql.startswith("CREATE VIRTUAL")]
    lines = [f"{sql};" for kind, name, sql in made if kind == "table"]
    for kind, name, _ in made:
        if kind != "table" or name in indexes:
            continue
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
        quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
        for (values,) in database.execute(f"SELECT {quoted} FROM {name} ORDER BY 1"):
            lines.append(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values});")
    lines += [f"{sql};" for kind, name, sql in made if kind != "table"]
    lines += [f"INSERT INTO {name} ({name}) VALUES ('rebuild');" for name in indexes]
    return "\n".join([*lines, f"PRAGMA user_version = {version};", ""])


def main() -> None:
    HERE.mkdir(exist_ok=True)
    database = sqlite3.connect(":memory:", isolation_level=None)
    first = True
    for version, statements in steps("sqlite"):
        for statement in statements:
            database.execute(statement)
        if first:
            rows = ROWS if "download_interval_min" in statements[0] else ROWS.replace(", 15, 60);", ");")
            database.executescript(rows)
            first = False
        file = HERE / f"schema-{version:04d}.sql"
        if not file.exists():
            file.write_text(dump(database, version), encoding="utf-8")


if __name__ == "__main__":
    main()
