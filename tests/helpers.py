"""Helpers for tests of many folders: connect, download, run workers, make orders, kill a worker at a chosen place."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import multiprocessing
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from waiting import until

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox, ingest
from bmtui.money import Money
from bmtui.queue import jobs
from bmtui.queue.liveness import living
from bmtui.sandbox.server import SandboxServer
from bmtui.settings import Settings, load
from bmtui.store.models import TABLES, Company, Job, Order, OrderLine, Payment, RateLimit, Refund
from bmtui.values import check_digits
from bmtui.words import JobStatus, JobType
from bmtui.workers import run_worker

COMPANY = "Shop"
NOWHERE = "http://127.0.0.1:9"
"""Address where nothing answers."""


def ups_number(number: int) -> str:
    """Return a tracking number of UPS with its check digit, another for each `number`."""
    body = f"1Z999AA10{number:08d}"
    return next(body + digit for digit in "0123456789" if check_digits.is_ups(body + digit))


def connect(desk: Desk, server: SandboxServer, name: str = COMPANY) -> None:
    # Under another name of its host, one marketplace is another account.
    url = server.url if name == COMPANY else server.url.replace("127.0.0.1", "localhost")
    add_company(desk, name, url=url, token=server.token)


def token_of(name: str) -> str:
    """Return the token of a company, another for each name: each company has an account of its own."""
    return "a-token" if name == COMPANY else hashlib.sha256(name.encode()).hexdigest()


def add_company(desk: Desk, name: str = COMPANY, *, url: str = NOWHERE, token: str = "", **settings: str) -> None:
    # What leaves with what is asked of a person, and no phone is stopped: most tests are about something else.
    chosen = {"url": url, "time_zone": "Europe/Paris", "identifier_policy": "*=ask", **settings}
    companies.add(desk, name, platform="eu", contact="orders@shop.example", token=token or token_of(name), **chosen)


def download(desk: Desk, since: str = "2000-01-01") -> int:
    """Download and create; returns the import job's id."""
    job_id = downloads.start(desk, None, since, max_failures=3)
    work(desk)
    return job_id


def work(desk: Desk) -> None:
    """Run a worker until no job is due."""
    asyncio.run(run_worker(desk, stop=asyncio.Event(), once=True))


def let_time_pass(desk: Desk) -> None:
    """End all penalties of the rate limit and make every queued job due now."""
    RateLimit.delete().execute()
    Job.update(scheduled_at=desk.now()).where(Job.status == JobStatus.SUBMITTED).execute()


def work_through(desk: Desk, rounds: int = 10) -> None:
    """Run all queued jobs to their end, without their waiting times. Raises AssertionError after `rounds`."""
    for _ in range(rounds):
        work(desk)
        if not Job.select().where(Job.status == JobStatus.SUBMITTED).exists():
            return
        let_time_pass(desk)
    raise AssertionError("something is still queued")


def raw_line(line_id: int, state: int = 3, price: str = "100.00", sku: str = "SKU", **more: Any) -> dict[str, Any]:
    return {"id": line_id, "state": state, "price": price, "listing": sku, "quantity": 1, **more}


def raw_order(order_id: int, lines: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a paid order in the shape of the API, with 5.00 of shipping charges."""
    goods = sum(float(line["price"]) for line in lines)
    return {
        "order_id": order_id,
        "state": 9,
        "currency": "EUR",
        "country_code": "fr-fr",
        "price": f"{goods:.2f}",
        "shipping_price": "5.00",
        "payment_method": "CARD",
        "date_creation": "2026-11-01T10:00:00+00:00",
        "date_modification": "2026-11-02T10:00:00+00:00",
        "date_payment": "2026-11-01T10:05:00+00:00",
        "shipping_address": {"first_name": "Marie", "last_name": "Dupont", "country": "FR"},
        "billing_address": {},
        "orderlines": list(lines),
        **more,
    }


def raw_folder(folder_id: int, order_id: int, line_id: int, sku: str, message: str, **more: Any) -> dict[str, Any]:
    """Return an after-sales folder in the shape of the API, about one line, with one message of the customer."""
    return {
        "id": folder_id,
        "state": 0,
        "country_code": "fr-fr",
        "client": {"first_name": "Marie", "last_name": "[/b]Dupont"},
        "orderline": {"id": line_id, "snapshot": {"sku": sku}, "order": {"order_id": order_id}},
        "lines": [{"id": 9, "issues": [{"customerIssue": "BATTERY_NOT_CHARGING", "tag": "TECHNICAL"}]}],
        "messages": [{"id": 1, "initiator": "Client", "date_creation": more["date_creation"], "message": message}],
        **more,
    }


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def take_in(desk: Desk, *raws: object, company: str = "") -> dict[str, int]:
    """Store orders as a download does, without HTTP: of the company named or in view, else of the first.

    Returns:
        The counts by outcome.
    """
    name = company or desk.company
    row = desk.company_row(name) if name else Company.select().order_by(Company.id).get()
    with desk.store.transaction():
        job_id = jobs.submit(desk.store, JobType.ORDER_CREATION, by="test", company_id=row.id)
        inbox.keep(row.id, job_id, raws, desk.now())
        counts = ingest.create_waiting(desk, row.id, job_id)
        jobs.cancel(desk.store, job_id, "test")
    return dict(counts)


def order_of(order_id: int) -> Order:
    return Order.get(Order.order_id == order_id)


def here_orders() -> set[int]:
    """Return the numbers of all stored orders."""
    return {row.order_id for row in Order.select()}


def line_of(line_id: int) -> OrderLine:
    return OrderLine.get(OrderLine.line_id == line_id)


def dump(desk: Desk, *without: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, by table, except the tables named in `without`."""
    names = [model._meta.table_name for model in TABLES if model._meta.table_name not in without]
    tables = {name: "1" if name == "search_unfolded" else "1, 2" for name in names}
    return {
        name: desk.store.database.execute_sql(f"SELECT * FROM {name} ORDER BY {order}").fetchall()
        for name, order in tables.items()
    }


def of_marketplace(server: SandboxServer, *line_states: int, phones: bool = True) -> dict[str, Any]:
    """Return an order of the marketplace without effects, whose lines are in these states and each dearer than 20.

    With `phones` False, each line is one piece of another product.
    """
    touched = {effect["order_id"] for effect in server.marketplace.effects}
    for order in server.marketplace.all_orders():
        lines = order["orderlines"]
        right = [line["state"] for line in lines] == list(line_states)
        others = (line["quantity"] == 1 and not line["listing"].startswith("PHN") for line in order["orderlines"])
        right &= phones or all(others)
        if right and order["order_id"] not in touched and all(float(line["price"]) > 20 for line in lines):
            return order
    raise AssertionError(f"the marketplace has no order with lines in {line_states}")


def check_money() -> None:
    """Check the money of all orders: sums, limits and payment status, which must always be right."""
    not_counted = ("failed", "withdrawn", "rejected", "excess", "excess_settled")
    for row in Order.select():
        mine = Refund.select().where(Refund.order == row)
        counted = [refund for refund in mine if refund.state not in not_counted]
        assert row.refunded == sum(refund.amount for refund in counted)
        assert 0 <= row.refunded <= row.received
        received = Payment.select().where((Payment.order == row) & (Payment.kind == "received"))
        assert row.received == sum(payment.amount for payment in received)
        assert {p.refund_id for p in Payment.select().where((Payment.order == row) & (Payment.kind == "refund"))} == {
            refund.id for refund in mine
        }
        for line in OrderLine.select().where(OrderLine.order == row):
            assert line.refunded == sum(refund.amount for refund in counted if refund.line_ref == line.id)
            assert 0 <= line.refunded <= line.price
        if row.received == 0:
            assert row.payment_status == "no_payment" or row.total == 0
        elif row.refunded == 0:
            assert row.payment_status == "charged"
        else:
            expected = "fully_refunded" if row.refunded == row.received else "partially_refunded"
            assert row.payment_status == expected


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["helpers", "bmtui.workers.kinds", "bmtui.channel.client"])


def kill_worker(desk: Desk, failpoint: str) -> None:
    """Kill a real worker process by SIGKILL where `failpoint`, a piece of code, calls ``here()``."""
    others = living(desk.store)
    ours, theirs = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_stop_at, args=(str(desk.settings.config), failpoint, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "here"
    finally:
        process.kill()
        process.join()
        until(lambda: living(desk.store) <= others, seen=lambda: living(desk.store))
        ours.close()


def _stop_at(home: str, failpoint: str, said: Connection) -> None:
    """Run a worker in this process, which stands still where `failpoint` calls ``here()``."""

    def here() -> None:
        said.send("here")
        threading.Event().wait()

    exec(failpoint, {"here": here})
    opened = open_desk(load(home, environ={}))
    asyncio.run(run_worker(opened, stop=asyncio.Event(), once=True))


def copied_home(home: Path, to: Path) -> Path:
    """Copy an installation so that the copy is trusted: a plain copy would count as a store that was put back."""
    shutil.copytree(home, to)
    for store in to.glob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("DELETE FROM server_marks")
    return to


def elsewhere(settings: Settings, store: str, data: Path | None = None) -> Settings:
    """Return the settings with another store, and with another data folder if given."""
    return replace(settings, store_url=store, data=data or settings.data)


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python process; its input, output and errors are pipes."""
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


KILLED_WHILE_KEEPING = """
from bmtui.desk.sync import inbox
keep, pages = inbox.keep, []
def keep_and_stand(*args):
    pages.append(1)
    kept = keep(*args)
    if len(pages) == 2:
        here()
    return kept
inbox.keep = keep_and_stand
"""
"""Failpoint for `kill_worker`: two pages were stored, in a transaction that is not committed yet."""
