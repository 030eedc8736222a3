"""An installation with very many orders, written by raw SQL and kept for the next run.

    python tests/bench/million.py 1000000        # prints its home

The rows look like those that a download makes: names of several scripts, mails, IMEIs, tracking numbers. The indexes
and the triggers are taken away for the filling and made again after it, which is what makes it quick.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import add_company

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.store import migrations

BEGAN = 1_735_689_600
"""The first order's second: 2025-01-01."""
SPAN_S = 690 * 86_400
FIRST_ID = 40_000_000
ROWS = 1
"""Version of the rows; raise it when they change, so that installations of earlier runs are made anew."""

COLUMNS = (
    *("id", "company_id", "order_id", "status", "shipping_status", "payment_status", "channel_status"),
    *("channel_state", "channel_notified", "market", "currency", "goods", "shipping", "total", "received", "refunded"),
    *("payment_method", "created_at", "updated_at", "paid_at", "ship_by", "shipped_at", "customer_name"),
    *("customer_email", "customer_phone", "postal_code", "country", "ship_to", "bill_to", "carrier"),
    *("tracking_number", "tracking_url", "is_backship", "search_text", "version"),
)
FIRST = (*("Marie", "Jean", "Camille", "Léa", "Hugo", "Chloé", "Lukas", "Ursula", "Thijs", "Núria", "Iñaki"),
         *("Conceição", "Θεόδωρος", "Olúwaṣeun", "花子", "Maximilian", "Aoife", "Giulia", "Søren", "Emma"))  # fmt: skip
LAST = (*("Dupont", "Martin", "Müller", "Jansen", "Hofmann", "Güell", "Peña", "Pinto", "Rossi", "Nguyen", "Weiß"),
        *("O'Neill", "Kowalski", "Garcia", "Bernard", "Lefèvre", "Schmidt", "髙橋", "Van den Berg"))  # fmt: skip
MODELS = ("PHN-A12", "PHN-A13", "PHN-A14", "PHN-B1", "TAB-10", "TAB-11", "LAP-13", "LAP-15", "WAT-5", "EAR-2", "CON-5")
SIZES = ("64", "128", "256", "512")
MARKETS = (("fr-fr", "FR", "EUR"), ("de-de", "DE", "EUR"), ("es-es", "ES", "EUR"), ("it-it", "IT", "EUR"),
           ("en-gb", "GB", "GBP"), ("nl-nl", "NL", "EUR"))  # fmt: skip
CARRIERS = ("Colissimo", "Chronopost", "DHL", "UPS", "PostNL")


def home_of(orders: int) -> Path:
    """Return the home of an installation with that many orders; make it unless an earlier run did."""
    schema = f"{migrations.LATEST}-{ROWS}"
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bmtui-bench"
    home = cache / f"{orders}-{schema}"
    if not home.is_dir():
        for old in cache.glob(f"{orders}-*"):
            shutil.rmtree(old)
        cache.mkdir(parents=True, exist_ok=True)
        making = cache / f"making-{os.getpid()}"
        _make(making, orders)
        making.rename(home)
    return home


def _make(home: Path, orders: int) -> None:
    desk = open_desk(settings.load(str(home), environ={}))
    add_company(desk, "Shop", download_interval_min="0")
    database: Any = desk.store.database
    run = database.execute_sql
    later = [
        (kind, name, sql)
        for kind, name, sql in run(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('index', 'trigger') "
            "AND tbl_name IN ('orders', 'order_lines', 'payments')"
        ).fetchall()
    ]
    run("PRAGMA synchronous = OFF")
    run("PRAGMA cache_size = -400000")
    for kind, name, _ in later:
        run(f"DROP {kind} {name}")
    raw = database.connection()
    with database.atomic():
        raw.executemany(
            f"INSERT INTO orders ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})", _orders(orders)
        )
        run(
            "INSERT INTO order_lines (id, order_ref, line_id, state, sku, product, brand, condition, quantity, price, "
            "shipping, refunded, imei, serial_number) SELECT id, id, order_id * 10, "
            "CASE WHEN channel_status = 'shipped' THEN 3 ELSE 2 END, json_extract(bill_to, '$.sku'), "
            "json_extract(bill_to, '$.sku') || ' refurbished', 'Brand', 1, 1, goods, 0, 0, "
            "json_extract(bill_to, '$.imei'), '' FROM orders"
        )
        run("UPDATE orders SET bill_to = ship_to")
        run(
            "INSERT INTO payments (order_ref, kind, at, method, reference, amount) "
            "SELECT id, 'received', paid_at, 'other', '', received FROM orders WHERE received > 0"
        )
    for kind in ("index", "trigger"):
        for _, _, sql in (row for row in later if row[0] == kind):
            run(sql)
    with database.atomic():
        run(
            "INSERT INTO order_places (place, order_ref) SELECT created_at / 1000000 * 65536 + "
            "row_number() OVER (PARTITION BY created_at / 1000000 ORDER BY id) - 1, id "
            "FROM orders ORDER BY created_at, id"
        )
        for table in ("order_search", "order_parts"):
            run(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    run("PRAGMA optimize")
    run("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.store.close()


def _orders(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(8)
    for number in range(count):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        name = f"{first} {last}"
        market, country, currency = chance.choice(MARKETS)
        order_id = FIRST_ID + number * 3 + chance.randrange(3)
        # They came in no order: a download reads pages, newest first, and several of them at once.
        created = BEGAN + int((number ^ 63) / count * SPAN_S) + chance.randrange(40)
        age = 1 - number / count
        channel = "shipped" if age > 0.002 else chance.choice(("to_accept", "to_ship", "awaiting_payment"))
        channel = (
            chance.choice(("cancelled", "refunded")) if channel == "shipped" and chance.random() < 0.04 else channel
        )
        shipped = channel == "shipped"
        status = "completed" if shipped else "in_process" if channel.startswith(("to_", "await")) else "cancelled"
        status = chance.choice(("on_hold", "problem_order")) if chance.random() < 0.001 else status
        goods, shipping = chance.randrange(2_000, 120_000), chance.choice((0, 0, 499))
        paid = 0 if channel == "awaiting_payment" else goods + shipping
        refunded = paid if channel == "refunded" else 0
        mail = f"{first[:1].lower()}{number}@{chance.choice(('example.com', 'mail.example', 'post.example'))}"
        phone = f"+33{chance.randrange(10**8, 10**9)}"
        postcode = f"{chance.randrange(10_000, 99_999)}"
        tracking = f"6A{chance.randrange(10**10, 10**11)}FR" if shipped else ""
        imei = f"35{chance.randrange(10**12, 10**13)}" if shipped else ""
        sku = f"{chance.choice(MODELS)}-{chance.choice(SIZES)}"
        address = json.dumps({"first_name": first, "last_name": last, "country": country, "postal_code": postcode})
        at = created * 1_000_000
        words = (str(order_id), name, mail, phone, postcode, tracking, sku, imei)
        yield (
            number + 1, 1, order_id, status, "fully_shipped" if shipped else "unshipped",
            "fully_refunded" if refunded else "charged" if paid else "no_payment", channel, 9, shipped, market,
            currency, goods, shipping, goods + shipping, paid, refunded, "CARD", at, at + chance.randrange(10**12),
            at + 60_000_000 if paid else None, at + 2 * 86_400 * 10**6, at + 86_400 * 10**6 if shipped else None, name,
            mail, phone, postcode, country, address, json.dumps({"sku": sku, "imei": imei}),
            chance.choice(CARRIERS) if shipped else "", tracking, "", 0, " ".join(filter(None, words)), 1,
        )  # fmt: skip


if __name__ == "__main__":
    began = time.monotonic()
    print(home_of(int(sys.argv[1])), f"{time.monotonic() - began:.1f} s")
