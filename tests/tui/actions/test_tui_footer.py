"""Footer: the next action of the row under the cursor comes first, and impossible actions are left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driving import driving
from view_samples import sample

from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.outbox.actions import EffectView
from bmtui.money import Money
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.words import EffectState

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


def an_order(**values: Any) -> OrderRow:
    usual: dict[str, Any] = {
        "status": "in_process",
        "shipping_status": "unshipped",
        "channel_status": "to_ship",
        "channel_notified": False,
        "ship_by": NOW + timedelta(days=1),
        "received": Money(2000, "EUR"),
        "refunded": Money(0, "EUR"),
        "effects": {},
    }
    row: OrderRow = replace(sample(OrderRow), **{**usual, **values})
    return row


def about(**values: Any) -> Context:
    return Context(order=an_order(**values), companies=1)


def words(place: str, *contexts: Context) -> list[str]:
    return [f"{key} {label}" for key, label in registry.footer(place, contexts)]


TO_ACCEPT = {"channel_status": "to_accept"}
SHIPPED = {"channel_status": "shipped", "status": "completed", "shipping_status": "fully_shipped"}


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (TO_ACCEPT, ["a Accept", "C Cancel on BM"]),
        ({}, ["t Ship", "X Scan", "C Cancel on BM"]),
        (SHIPPED, ["r Refund"]),
        ({**SHIPPED, "effects": {"refund": "needs_person"}}, ["Q Settle", "r Refund"]),
        ({**SHIPPED, "effects": {"ship": "rejected"}}, ["F Failed upload", "r Refund"]),
        ({"status": "on_hold"}, ["B Bring back"]),
    ],
)
def test_footer_of_an_order_begins_with_the_action_that_it_waits_for(values: dict[str, Any], first: list[str]) -> None:
    shown = [word for word in words("search", about(**values)) if word != "N IMEI"]
    assert shown[: len(first)] == first
    assert shown[-2:] == ["? Help", "q Quit"]
    assert len(shown) <= registry.HINTS


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        (TO_ACCEPT, ("t ", "r ", "B ")),
        ({}, ("a ", "B ")),
        (SHIPPED, ("a ", "t ", "c ", "C ")),
        ({**SHIPPED, "refunded": Money(2000, "EUR")}, ("r ",)),
        ({"channel_status": "awaiting_payment"}, ("a ", "t ", "C ")),
        ({"status": "cancelled"}, ("t ", "c ")),
    ],
)
def test_footer_of_an_order_when_something_cannot_be_done_leaves_it_out(
    values: dict[str, Any], missing: tuple[str, ...]
) -> None:
    assert [word for word in words("search", about(**values)) if word.startswith(missing)] == []


def test_footer_when_read_only_offers_nothing_that_writes() -> None:
    shown = words("search", replace(about(**TO_ACCEPT), read_only=True))
    assert [word for word in shown if word.startswith(("a ", "C ", "c ", "r ", "n "))] == []


def test_footer_when_orders_are_marked_is_about_them() -> None:
    marked = [replace(about(**values), marked=2) for values in (TO_ACCEPT, SHIPPED)]
    shown = words("search", *marked)
    # What can be done to one of them is there; what takes one order only is not.
    assert {"a Accept", "C Cancel on BM", "r Refund", "Esc Unmark"} <= set(shown)
    assert [word for word in shown if word.startswith(("Enter", "X", "N", "t "))] == []
    assert "Esc Unmark" not in words("search", about())


def test_footer_with_both_cancellations_names_them_differently() -> None:
    shown = words("order", about())
    assert "c Cancel here" in shown
    assert "C Cancel on BM" in shown
    assert not [word for word in shown if word.endswith("Cancel")]


@pytest.mark.parametrize(
    ("state", "first"),
    [(EffectState.NEEDS_PERSON, "s Settle"), (EffectState.PLANNED, "x Withdraw"), (EffectState.SENDING, "Enter Show")],
)
def test_footer_of_the_outbox_when_a_write_is_unknown_begins_with_settling(state: EffectState, first: str) -> None:
    effect = replace(sample(EffectView), state=state)
    shown = words("outbox", Context(companies=1).knowing(effect))
    assert shown[0] == first
    assert [word for word in shown if word in ("s Settle", "x Withdraw") and word != first] == []


def test_next_actions_beside_the_list_have_their_full_names() -> None:
    assert registry.nexts("search", about(**TO_ACCEPT)) == [("a", "Accept"), ("C", "Cancel on Back Market")]


async def test_footer_when_the_cursor_moves_follows_the_row_once_it_rests(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:to_accept status:in_process")
        await person.until(lambda: person.line("#footer").startswith("a Accept"))
        await person.search("channel:shipped payment:charged")
        await person.until(lambda: person.line("#footer").startswith("r Refund"))
        await person.press("space", "space")
        await person.until(lambda: "Esc Unmark" in person.line("#footer"))
