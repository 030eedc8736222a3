"""Faults of the practice marketplace: the client reports at least what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from channel_market import HIDDEN, everything, marketplace, orders_in, truth_of

from bmtui.channel import requests
from bmtui.channel.client import BackMarket
from bmtui.channel.connection import Connection
from bmtui.channel.reading import read_order
from bmtui.channel.requests import WriteRequest
from bmtui.errors import (
    ChannelError,
    ConnectionBroken,
    EdgeBlocked,
    NotReachable,
    NotUnderstood,
    ServerFailed,
    Throttled,
    TimedOut,
)
from bmtui.money import Money
from bmtui.sandbox import FAULTS
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer

Connect = Callable[..., Connection]

SLOW = ("slow", "slow-after", "drip")
SAID: dict[str, tuple[type[ChannelError], ...]] = {
    "waf": (EdgeBlocked,),
    "challenge": (EdgeBlocked,),
    "throttle": (Throttled,),
    "throttle-retry-after": (Throttled,),
    "error-500": (ServerFailed,),
    "error-500-after": (ServerFailed,),
    "html-502": (ServerFailed,),
    "html-200": (NotUnderstood,),
    "truncated": (NotUnderstood, ConnectionBroken),
    "bomb": (NotUnderstood,),
    "drop": (ConnectionBroken,),
    "drop-after": (ConnectionBroken,),
    "late": (ConnectionBroken,),
    # On a busy machine even the connection may take too long: then nothing was sent.
    **dict.fromkeys(SLOW, (TimedOut, NotReachable)),
    "overlap": (),
}


def _writes(server: SandboxServer) -> list[tuple[int, WriteRequest]]:
    """Return a valid write of each kind, each for an order of its own."""
    (paid, cancelled, undone), (ready, known, given) = orders_in(server, 1, count=3), orders_in(server, 2, count=3)
    back, part = orders_in(server, 3, count=2)
    line = part.lines[0]
    return [
        (paid.order_id, requests.accept(paid.order_id, paid.lines[0].sku)),
        (cancelled.order_id, requests.cancel(cancelled.order_id, cancelled.lines[0].sku)),
        (undone.order_id, requests.refund_amount(undone.lines[0].line_id, 4, None)),
        (ready.order_id, requests.ship(ready.order_id, "1")),
        (known.order_id, requests.identifiers(known.lines[0].line_id, serial_number="SN-1")),
        (given.order_id, requests.refund_before_shipping(given.order_id, given.lines[0].sku)),
        (back.order_id, requests.refund_after_shipping(back.order_id, back.lines[0].sku, 25)),
        (part.order_id, requests.refund_amount(line.line_id, 6, Money(1, line.price.currency))),
    ]


async def _outcome(call: Awaitable[object]) -> ChannelError | None:
    try:
        await call
    except ChannelError as error:
        return error
    return None


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_fault_makes_the_client_say_not_applied_when_it_was(fault: str, connect: Connect) -> None:
    with marketplace(200) as server:
        writes = _writes(server)
        timeout_s = 0.3 if fault in SLOW else 10.0
        rule = Rule(fault, seconds={"slow": 0.5, "slow-after": 0.5, "drip": 0.05}.get(fault))
        async with BackMarket(connect(server.url, token=server.token, total_timeout_s=timeout_s)) as client:
            server.faults.rules = [rule]
            reads = [client.check(), client.orders(page=2, page_size=10), client.order(writes[0][0])]
            calls = [*reads, *(client.send(write) for _, write in writes)]
            outcomes = await asyncio.gather(*map(_outcome, calls))
    # It has finished what was under way, and what was to come has come: now the log is complete.
    server.marketplace.clock.advance(timedelta(hours=1))
    server.marketplace.all_orders()
    applied = [effect["order_id"] for effect in server.marketplace.effects]
    for (order_id, write), error in zip(writes, outcomes[len(reads) :], strict=True):
        if order_id in applied:
            assert error is None or error.may_have_applied, (write, error)
        else:
            # A success is no proof: what the channel shows afterwards is.
            assert error is not None or fault == "no-effect", write
    expected = SAID.get(fault, (ChannelError,))
    assert all(error is None or isinstance(error, expected) for error in outcomes)
    assert all(error is None or error.advice for error in outcomes)


HIDES = ("slip", "wrong-type")
"""Faults that hide an order from a single reading of a list; the next reading has it."""


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
async def test_order_list_under_a_fault_loses_no_order(fault: str, connect: Connect) -> None:
    """Ask for each page until it comes, so that an order which is missing was lost by the client."""
    with marketplace(60) as server:
        listed = {order.order_id for order in truth_of(server) if order.state not in HIDDEN}
        timeout_s = 0.3 if fault in SLOW else 10.0
        rule = Rule(fault, count=1, seconds=0.5 if fault in SLOW else None)
        async with BackMarket(connect(server.url, token=server.token, total_timeout_s=timeout_s)) as client:
            found = await _stubborn(server, client, rule)
            if fault in HIDES:
                server.faults.rules = []
                found |= (await everything(client, 25)).keys()
        assert found >= listed


async def _stubborn(server: SandboxServer, client: BackMarket, rule: Rule) -> set[int]:
    """Return the orders of the whole list while every page meets the fault once."""
    found: set[int] = set()
    for number in range(1, 30):
        server.faults.rules = [replace(rule)]
        page = None
        for _ in range(2):
            error = None
            try:
                page = await client.orders(page=number, page_size=25)
                break
            except ChannelError as failed:
                error = failed
        assert page is not None, error
        for raw in page.results:
            try:
                found.add(read_order(raw).order_id)
            except NotUnderstood as strange:
                error = strange
                assert rule.name in HIDES
        if page.last:
            return found
    raise AssertionError("the list has no end")
