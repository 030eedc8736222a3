"""Client against the practice marketplace: the same tests under every setting of every quirk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from channel_market import HIDDEN, NOW, everything, marketplace, orders_in, truth_of

from bmtui.channel import requests, uploads
from bmtui.channel.backship import read_delivery, read_return
from bmtui.channel.care import read_folder
from bmtui.channel.client import BackMarket
from bmtui.channel.connection import Connection
from bmtui.channel.documents import fetch_document
from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.channel.requests import WriteRequest
from bmtui.errors import (
    ChannelNotFound,
    Refused,
    Throttled,
    Unauthorised,
)
from bmtui.money import Money
from bmtui.sandbox import QUIRKS
from bmtui.sandbox.server import SandboxServer

READINGS = [(name, value) for name, quirk in QUIRKS.items() for value in quirk.values]
Connect = Callable[..., Connection]


@pytest.fixture(scope="module", params=READINGS, ids=lambda reading: "=".join(reading))
def reading(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture(scope="module")
def server(reading: tuple[str, str]) -> Iterator[SandboxServer]:
    """Yield a marketplace for each setting of a quirk; each test takes orders of its own."""
    name, value = reading
    with marketplace(quirks={name: value}) as running:
        yield running


@pytest.fixture
async def shop(server: SandboxServer, connect: Connect) -> AsyncIterator[BackMarket]:
    async with BackMarket(connect(server.url, token=server.token)) as client:
        yield client


async def _read(client: BackMarket, order_id: int) -> ChannelOrder:
    return read_order(await client.order(order_id))


# Every reading of every quirk


@pytest.mark.parametrize("page_size", [20, 50])
async def test_order_list_returns_all_orders_as_they_are(
    server: SandboxServer, shop: BackMarket, page_size: int
) -> None:
    listed = await everything(shop, page_size)
    truth = {order.order_id: order for order in truth_of(server) if order.state not in HIDDEN}
    assert listed.keys() == truth.keys()
    for order_id, order in listed.items():
        # A link is signed for each reading.
        assert replace(order, delivery_note="") == replace(truth[order_id], delivery_note="")
        assert order.created_at
        assert order.shipping_address.name
    assert await shop.check() == len(truth)
    past = await shop.orders(page=90)
    assert (past.results, past.last, past.count) == ((), True, len(truth))


async def test_order_list_filters_return_the_right_orders(server: SandboxServer, shop: BackMarket) -> None:
    truth = [order for order in truth_of(server) if order.state not in HIDDEN]
    since = NOW - timedelta(days=20)
    assert (await everything(shop, 50, created_since=since)).keys() == {
        order.order_id for order in truth if order.created_at and order.created_at >= since
    }
    assert (await everything(shop, 50, modified_since=since)).keys() == {
        order.order_id for order in truth if order.modified_at and order.modified_at >= since
    }
    assert (await everything(shop, 50, state=1)).keys() == {order.order_id for order in truth if order.state == 1}
    market = truth[0].market
    assert (await everything(shop, 50, market=market)).keys() == {
        order.order_id for order in truth if order.market == market
    }


async def test_accept_then_ship_then_refund(server: SandboxServer, shop: BackMarket) -> None:
    (order,) = orders_in(server, 1)
    for line in order.lines:
        answer = await shop.send(requests.accept(order.order_id, line.sku))
        assert answer.status == 200
    accepted = await _read(shop, order.order_id)
    assert (accepted.state, {line.state for line in accepted.lines}) == (3, {2})
    with pytest.raises(Refused) as again:
        await shop.send(requests.accept(order.order_id, order.lines[0].sku))
    assert again.value.words
    await shop.send(requests.ship(order.order_id, "00 34 0", tracking_url="https://t.example/1", carrier="DHL"))
    shipped = await _read(shop, order.order_id)
    assert ({line.state for line in shipped.lines}, shipped.tracking_number) == ({3}, "00340")
    assert shipped.state in (3, 9)
    server.marketplace.clock.advance(timedelta(hours=1))
    assert (await _read(shop, order.order_id)).state == 9
    line = order.lines[0]
    await shop.send(requests.refund_after_shipping(order.order_id, line.sku, 21, "Sorry"))
    refunded = next(one for one in (await _read(shop, order.order_id)).lines if one.line_id == line.line_id)
    assert (refunded.state, refunded.return_reason, refunded.return_message) == (6, 21, "Sorry")


async def test_cancel_and_refund_before_shipping(server: SandboxServer, shop: BackMarket) -> None:
    (order,) = orders_in(server, 1)
    for line in order.lines:
        await shop.send(requests.cancel(order.order_id, line.sku))
    cancelled = await _read(shop, order.order_id)
    assert (cancelled.state, {line.state for line in cancelled.lines}) == (9, {4})
    (order,) = orders_in(server, 2)
    await shop.send(requests.refund_before_shipping(order.order_id, order.lines[0].sku))
    assert (await _read(shop, order.order_id)).lines[0].state == 5


async def test_identifiers_are_registered_once(server: SandboxServer, shop: BackMarket) -> None:
    (order,) = (order for order in orders_in(server, 2) if not order.lines[0].serial_number)
    line = order.lines[0]
    assert (await shop.send(requests.identifiers(line.line_id, serial_number="SN-1"))).status == 200
    assert (await _read(shop, order.order_id)).lines[0].serial_number == "SN-1"
    with pytest.raises(Refused) as again:
        await shop.send(requests.identifiers(line.line_id, serial_number="SN-2"))
    assert again.value.words
    assert (await _read(shop, order.order_id)).lines[0].serial_number == "SN-1"


async def test_answer_to_an_imei_agrees_with_the_order_read_afterwards(server: SandboxServer, shop: BackMarket) -> None:
    """Read the order again: a 200 is no proof that an IMEI which is wrong, or not of a phone, was registered."""
    for order, imei in zip(orders_in(server, 2, count=4), ("490154203237518", "490154203237519") * 2, strict=True):
        before = len(server.marketplace.effects)
        try:
            answer = await shop.send(requests.identifiers(order.lines[0].line_id, imei=imei))
            said = answer.body == {"imei": imei}
        except Refused:
            said = False
        shown = (await _read(shop, order.order_id)).lines[0].imei
        assert (shown == imei) == said == (len(server.marketplace.effects) > before)


async def test_an_invoice_given_elsewhere_is_read(server: SandboxServer, shop: BackMarket) -> None:
    order = next(one for one in orders_in(server, 3, count=8) if not one.invoice_provided_at)
    server.marketplace.give_invoice_elsewhere(order.order_id)
    now = await _read(shop, order.order_id)
    assert now.invoice_provided_at
    assert (now.modified_at == order.modified_at) == (server.marketplace.quirks["invoice-date"] == "unmoved")


async def test_order_of_an_erased_buyer_is_read(server: SandboxServer, shop: BackMarket) -> None:
    order = orders_in(server, 3)[0]
    server.marketplace.erase_buyer(order.order_id)
    now = await _read(shop, order.order_id)
    address = now.shipping_address
    assert (address.name, address.city, address.phone) == ("Deleted Deleted", "Deleted", "Deleted")
    assert (address.country, now.marked) == (order.shipping_address.country, ())


async def test_partial_and_full_refunds_by_amount(server: SandboxServer, shop: BackMarket) -> None:
    order, other = orders_in(server, 3, count=2)
    line = order.lines[0]
    one = Money(100 if line.price.currency != "JPY" else 1, line.price.currency)
    answer = await shop.send(requests.refund_amount(line.line_id, 6, one))
    assert answer.status == 201
    assert "refunded" in str(answer.body)
    if (await _read(shop, order.order_id)).lines[0].state == 3:
        with pytest.raises(Refused) as more:
            await shop.send(requests.refund_amount(line.line_id, 6, line.price))
        assert more.value.words
        await shop.send(requests.refund_amount(line.line_id, 6, line.price - one))
    await shop.send(requests.refund_amount(other.lines[0].line_id, 6, None))
    for order_id in (order.order_id, other.order_id):
        assert (await _read(shop, order_id)).lines[0].state == 6
    (paid,), (accepted,) = orders_in(server, 1), orders_in(server, 2)
    await shop.send(requests.refund_amount(paid.lines[0].line_id, 4, None))
    await shop.send(requests.refund_amount(accepted.lines[0].line_id, 5, None))
    assert (await _read(shop, paid.order_id)).lines[0].state == 4
    assert (await _read(shop, accepted.order_id)).lines[0].state == 5


async def test_ship_call_accepted_or_refused_by_a_quirk_is_reported_as_it_was(
    server: SandboxServer, shop: BackMarket
) -> None:
    """Ship what a setting may accept or refuse: the client reports which, and the marketplace's words of a refusal."""
    (unaccepted,), (accepted,) = orders_in(server, 1), orders_in(server, 2)
    for order, carrier in ((unaccepted, "DHL"), (accepted, "Nobody's Carriers")):
        before = len(server.marketplace.effects)
        try:
            await shop.send(requests.ship(order.order_id, "1", carrier=carrier))
            refused = None
        except Refused as error:
            refused = error
        now = await _read(shop, order.order_id)
        applied = len(server.marketplace.effects) > before
        assert applied == (refused is None) == (3 in {line.state for line in now.lines})
        assert refused is None or refused.words


async def test_refusals_by_the_marketplace_have_its_words(server: SandboxServer, shop: BackMarket) -> None:
    (order,) = orders_in(server, 3)
    before = server.marketplace.effects
    with pytest.raises(Refused, match="sku not found") as caught:
        await shop.send(requests.accept(order.order_id, "NO-SUCH-SKU"))
    assert (caught.value.words, caught.value.status) == ("sku not found", 400)
    unknown = WriteRequest("POST", f"/ws/orders/{order.order_id}", {"order_id": order.order_id, "new_state": 9})
    with pytest.raises(Refused, match="new_state 9 must be in 2,3,4,5,6"):
        await shop.send(unknown)
    for write in (requests.ship(order.order_id, "1"), requests.cancel(order.order_id, order.lines[0].sku)):
        with pytest.raises(Refused) as refused:
            await shop.send(write)
        assert refused.value.words
    with pytest.raises(ChannelNotFound):
        await shop.order(1)
    assert server.marketplace.effects == before


async def test_a_wrong_token_is_unauthorised(server: SandboxServer, connect: Connect) -> None:
    (order,) = orders_in(server, 2)
    before = server.marketplace.effects
    async with BackMarket(connect(server.url, token="wrong")) as stranger:
        calls = (
            stranger.check(),
            stranger.order(order.order_id),
            stranger.send(requests.ship(order.order_id, "1")),
            stranger.send(requests.refund_amount(order.lines[0].line_id, 5, None)),
        )
        for call in calls:
            with pytest.raises(Unauthorised):
                await call
    assert server.marketplace.effects == before


@pytest.mark.parametrize("throttled", QUIRKS["throttled"].values)
async def test_too_many_requests_are_throttled(throttled: str, connect: Connect) -> None:
    with marketplace(60, quirks={"throttled": throttled}, rate_limit=2) as busy:
        (order,) = orders_in(busy, 2)
        async with BackMarket(connect(busy.url, token=busy.token)) as client:
            await client.check()
            await client.check()
            with pytest.raises(Throttled) as caught:
                await client.send(requests.ship(order.order_id, "1"))
        assert caught.value.retry_after_s is None or caught.value.retry_after_s > 0
        assert busy.marketplace.effects == []


async def test_after_sales_invoices_and_labels(server: SandboxServer, shop: BackMarket, tmp_path: Path) -> None:
    ids: list[int] = []
    for number in range(1, 100):
        page = await shop.folders(page=number)
        ids += [read_folder(raw).folder_id for raw in page.results]
        if page.last:
            break
    assert ids
    assert len(set(ids)) == len(ids)
    folder = read_folder(await shop.folder(ids[0]))
    assert folder.order_id
    assert folder.messages
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 invoice")
    file = uploads.choose(tmp_path / "a.pdf")
    await shop.send(uploads.care_message(folder.folder_id, "Grüße <b>", [file]))
    last = max(read_folder(await shop.folder(folder.folder_id)).messages, key=lambda message: message.message_id or 0)
    assert last.text == "Grüße <b>"
    assert await fetch_document(last.attachments[0].url) == b"%PDF-1.4 invoice"
    (order, *_) = orders_in(server, 3)
    assert (await shop.send(uploads.invoice(order.order_id, file))).status == 200
    assert (await _read(shop, order.order_id)).invoice_provided_at
    for ask, read, one in (
        (shop.deliveries, read_delivery, shop.delivery),
        (shop.returns, read_return, shop.return_),
    ):
        for parcel in map(read, (await ask()).results):
            assert read(await one(parcel.parcel_id)) == parcel
            if parcel.label_url:
                assert (await fetch_document(parcel.label_url)).startswith(b"%PDF-")
