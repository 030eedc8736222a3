"""Leaving the desk while something remains to be done, on a real terminal with a worker beside the screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import connect, download
from terminal import Terminal, bmtui

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import issue as refunds
from bmtui.queue.liveness import WorkerLock
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job

SHIPPED = "channel:shipped payment:charged currency:EUR"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Desk]:
    """Desk on a running marketplace, with 40 downloaded orders."""
    with SandboxServer(SandboxOptions(orders=40, rate_limit=100_000)) as server:
        desk = open_desk(settings.load(str(tmp_path / "home"), environ={}))
        connect(desk, server)
        # Nothing goes by the clock: the first look at the jobs is what this test says it is.
        companies.change(desk, None, {"download_interval_min": "0", "care_interval_min": "0"})
        download(desk)
        yield desk
        desk.store.close()


def refund(desk: Desk, window_s: int) -> int:
    """Refund an order with an undo window as the screens do; return the effect's id."""
    companies.change(desk, None, {"undo_windows": f"refund={window_s}"})
    order = search.page(desk, SHIPPED, limit=1).rows[0]
    refunds.issue(replace(desk, undo=True), order.order_id, refunds.RefundRequest())
    return outbox.listing(desk)[0].effect_id


def test_leaving_with_unsent_refunds_names_them_and_keeps_them(shop: Desk, tmp_path: Path) -> None:
    effect = refund(shop, 600)
    with Terminal(bmtui(tmp_path / "home")) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until("q", lambda: "Leave the desk?" in terminal.text)
        terminal.wait_for("In the outbox: 1 refund; sent within", "Nothing is lost", "w Wait for it")
        terminal.quiet(0.4)
        terminal.press("enter")
        terminal.wait_gone("Leave the desk?")
        terminal.press_until("q", lambda: "Leave the desk?" in terminal.text)
        terminal.press_until("Y", lambda: terminal.process.poll() is not None)
        assert terminal.wait_exit() == 0
        assert "In the outbox: 1 refund" in terminal.text
        # A key that came too late may stand before it, and break its line elsewhere.
        assert "Thenextdeskorworkergoeson." in "".join(terminal.text.split())
    assert outbox.show(shop, effect).state == "planned"


def test_key_w_on_leaving_waits_until_all_is_sent(shop: Desk, tmp_path: Path) -> None:
    effect = refund(shop, 600)
    with Terminal(bmtui(tmp_path / "home")) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until("q", lambda: "Leave the desk?" in terminal.text)
        terminal.press_until("w", lambda: "The desk closes as soon" in terminal.text)
        # As if the ten minutes had passed.
        now = shop.now()
        Effect.update(not_before=now).where(Effect.id == effect).execute()
        Job.update(scheduled_at=now).where(Job.status == "submitted").execute()
        assert terminal.wait_exit() == 0
    assert outbox.show(shop, effect).state == "confirmed"


def test_leaving_while_another_worker_runs_asks_nothing(shop: Desk, tmp_path: Path) -> None:
    refund(shop, 600)
    lock = WorkerLock(shop.store)
    try:
        with Terminal(bmtui(tmp_path / "home")) as terminal:
            terminal.wait_for("Enter Open")
            terminal.press("q")
            assert terminal.wait_exit() == 0
            assert "The running worker goes on with it." in " ".join(terminal.text.split())
    finally:
        lock.release()


def test_desk_when_an_outcome_is_unknown_asks_once_about_each_and_names_it(shop: Desk, tmp_path: Path) -> None:
    order_id = search.page(shop, SHIPPED).rows[0].order_id
    refunds.issue(shop, order_id, refunds.RefundRequest(operation="refund_on_back_market"))
    Effect.update(state="needs_person").execute()
    Job.update(status="completed").execute()
    with Terminal(bmtui(tmp_path / "home")) as terminal:
        terminal.wait_for("q Quit")
        terminal.press_until("q", lambda: "Leave the desk?" in terminal.text)
        terminal.wait_for("Outcome unknown")
        assert str(order_id) in terminal.text
        terminal.press_until("enter", lambda: "Outcome unknown" not in terminal.text)
        # Another one is another question.
        refund(shop, 3600)
        Effect.update(state="needs_person").execute()
        Job.update(status="completed").execute()
        terminal.press_until("q", lambda: "Leave the desk?" in terminal.text)
        terminal.press_until("enter", lambda: "Leave the desk?" not in terminal.text)
        terminal.press_until("q", lambda: terminal.process.poll() is not None)
        assert terminal.wait_exit() == 0
        # The terminal breaks the line anywhere.
        assert "Settle it in the outbox".replace(" ", "") in "".join(terminal.text.split())
