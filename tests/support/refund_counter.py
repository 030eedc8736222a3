"""Orders of each refundable kind, and helpers that settle the refunds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import issue as refunds
from bmtui.words import EffectState

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Time when it is the 24th already in Paris."""


def open_counter(desk: Desk) -> Desk:
    """Return a desk with one order of each kind: 1 shipped, 2 accepted, 3 paid, 4 shipped with three lines."""
    take_in(
        desk,
        raw_order(1, [raw_line(11, 3, "100.00", "ONE")]),
        raw_order(2, [raw_line(21, 2, "80.00", "TWO")], state=3),
        raw_order(3, [raw_line(31, 1, "60.00", "THREE")], state=1),
        raw_order(4, [raw_line(41, 3, "30.00", "A"), raw_line(42, 3, "20.00", "B"), raw_line(43, 3, "10.00", "A")]),
    )
    return replace(desk, now=lambda: NOW)


def settle(desk: Desk, issued: refunds.RefundIssued, state: EffectState) -> None:
    with desk.store.transaction():
        for effect in effects.of_job(issued.job_id or 0):
            effects.settle(desk, effect, state)
