"""Synthetic orders in the shapes of 1,456 real orders (API §4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from channel_wire import Wire, answer

from bmtui.channel.client import BackMarket
from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.money import Money

TEXT = (Path(__file__).parent / "contract" / "orders_observed_shapes.json").read_text(encoding="utf-8")
PAGE: dict[str, Any] = json.loads(TEXT)


@pytest.fixture
async def orders(wire: Wire, market: BackMarket) -> list[ChannelOrder]:
    wire.play(answer(200, TEXT))
    found = await market.orders(page=1)
    assert (found.count, found.last) == (6, True)
    return [read_order(raw) for raw in found.results]


def test_observed_order_shapes_are_read_whole_without_a_marked_field(orders: list[ChannelOrder]) -> None:
    assert [order.order_id for order in orders] == list(range(78_600_001, 78_600_007))
    assert [order.marked for order in orders] == [()] * 6
    for order, raw in zip(orders, PAGE["results"], strict=True):
        assert order.goods == Money.parse(raw["price"], "GBP")
        assert sum(line.price.minor for line in order.lines) == order.goods.minor
        assert order.paid_at
        assert [line.state for line in order.lines] == [line["state"] for line in raw["orderlines"]]


def test_observed_order_shapes_have_the_expected_details(orders: list[ChannelOrder]) -> None:
    shipped, erased, camel, cancelled, pair, url = orders
    assert (shipped.shipping_address.phone, shipped.billing_address.phone) == ("07700900123", "")
    assert (shipped.carrier, shipped.lines[0].serial_number) == ("Royal Mail", "C02EXAMPLE01")
    assert shipped.invoice_provided_at
    assert shipped.modified_at
    assert shipped.invoice_provided_at > shipped.modified_at
    assert {erased.shipping_address.last_name, erased.billing_address.customer_id_number} == {"Deleted"}
    assert erased.shipping_address.country == "GB"
    assert (camel.shipping_address.name, camel.shipping_address.phone) == ("Victor Hugo", "+33639981234")
    assert (camel.shipping_address.postal_code, camel.shipping_address.email) == ("75003", "")
    assert (cancelled.lines[0].state, bool(cancelled.delivery_note)) == (4, True)
    assert (pair.lines[0].quantity, pair.lines[0].condition, pair.lines[0].price) == (2, 4, Money(89400, "GBP"))
    assert len(url.tracking_number) == len(PAGE["results"][5]["tracking_number"]) > 120
