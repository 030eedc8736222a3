"""State of an order, in a word and a glyph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from view_samples import sample

from bmtui.desk.orders.order_row import OrderRow
from bmtui.tui.orders import states
from bmtui.tui.orders.states import Situation
from bmtui.tui.widgets.meanings import Meaning

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
HERE = Situation(NOW, soon=timedelta(hours=4))
OFF = replace(HERE, uploads=False)
GONE = {"status": "completed", "shipping_status": "fully_shipped"}


def an_order(**values: Any) -> OrderRow:
    usual: dict[str, Any] = {
        "status": "in_process",
        "shipping_status": "unshipped",
        "channel_status": "to_ship",
        "channel_notified": False,
        "ship_by": NOW + timedelta(days=1),
        "effects": {},
    }
    row: OrderRow = replace(sample(OrderRow), **{**usual, **values})
    return row


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "To ship"),
        ({"status": "on_hold"}, "To ship/HELD"),
        ({"status": "cancelled"}, "To ship/CANC"),
        ({"channel_status": "to_accept"}, "To accept"),
        ({"channel_status": "to_accept", "effects": {"accept": "planned"}}, "Accepting…"),
        ({"channel_status": "to_accept", "effects": {"accept": "confirmed"}}, "To accept"),
        ({"effects": {"cancel_on_channel": "sending"}}, "Cancelling…"),
        ({"channel_status": "awaiting_payment"}, "Not paid yet"),
        ({"channel_status": "shipped", **GONE}, "Shipped"),
        ({"channel_status": "shipped"}, "Shipped/OPEN"),
        ({"channel_status": "refunded", "status": "cancelled"}, "Refunded"),
        ({"channel_status": "unknown_7"}, "Unknown (7)"),
        ({**GONE}, "Upload waits"),
        ({**GONE, "effects": {"ship": "planned"}}, "Upload waits"),
        ({**GONE, "effects": {"ship": "sending"}}, "Uploading…"),
        ({**GONE, "effects": {"ship": "rejected"}}, "Upload failed"),
        ({**GONE, "effects": {"ship": "needs_person"}}, "Upload unknown"),
        ({**GONE, "channel_notified": True}, "To ship/DONE"),
    ],
)
def test_state_of_an_order_with_another_status_here_is_a_word_for_both(values: dict[str, Any], state: str) -> None:
    assert states.state(an_order(**values)) == state


@pytest.mark.parametrize(
    ("values", "at", "meaning"),
    [
        ({}, HERE, Meaning.NOTHING),
        ({"ship_by": NOW + timedelta(hours=3)}, HERE, Meaning.SOON),
        ({"ship_by": NOW - timedelta(minutes=1)}, HERE, Meaning.LATE),
        ({"channel_status": "to_accept"}, HERE, Meaning.SOON),
        ({"status": "on_hold"}, HERE, Meaning.SOON),
        ({"channel_status": "shipped", **GONE}, HERE, Meaning.DONE),
        ({"channel_status": "awaiting_payment"}, HERE, Meaning.NOTHING),
        ({"channel_status": "to_accept", "effects": {"accept": "planned"}}, HERE, Meaning.GOING),
        ({"effects": {"refund": "rejected"}}, HERE, Meaning.LATE),
        ({"effects": {"refund": "needs_person", "ship": "planned"}}, HERE, Meaning.UNKNOWN),
        ({"ship_by": NOW - timedelta(minutes=1), "effects": {"accept": "unknown"}}, HERE, Meaning.UNKNOWN),
        ({**GONE, "effects": {"ship": "planned"}}, HERE, Meaning.GOING),
        ({**GONE, "effects": {"ship": "planned"}}, OFF, Meaning.SOON),
        ({**GONE, "effects": {"ship": "planned"}, "ship_by": NOW - timedelta(days=1)}, OFF, Meaning.LATE),
    ],
)
def test_glyph_of_an_order_when_several_things_are_true_is_the_most_urgent(
    values: dict[str, Any], at: Situation, meaning: Meaning
) -> None:
    assert states.meaning(an_order(**values), at) is meaning
