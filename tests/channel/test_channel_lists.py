"""After-sales folders and BackShip parcels over real sockets: the requests, and the ends of the lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from channel_wire import DELIVERY, FOLDER, Wire, answer, as_json

from bmtui.channel.client import BackMarket
from bmtui.errors import ChannelNotFound, NotUnderstood

Listing = Callable[..., Awaitable[Any]]
LISTS = ("folders", "deliveries", "returns")


def _asked(request: bytes) -> tuple[str, dict[str, str]]:
    parts = urlsplit(request.split(b" ")[1].decode())
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


async def test_folders_are_asked_with_the_documented_names(wire: Wire, market: BackMarket) -> None:
    wire.play(as_json(200, {"count": 1, "next": None, "results": [FOLDER]}), as_json(200, FOLDER))
    found = await market.folders(
        page=2, last_id=5, state=9, line_id=7,
        modified_since=datetime(2026, 8, 1, 9, 5, 59, tzinfo=timezone(timedelta(hours=1))),
        message_since=datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    )  # fmt: skip
    assert _asked(wire.requests[0]) == (
        "/ws/sav",
        {
            **{"page": "2", "last_id": "5", "state": "9", "orderline": "7"},
            **{"last_modification_date": "2026-08-01-08-05", "last_message_date": "2026-12-31-23-59"},
        },
    )
    assert (found.page, found.results, found.last) == (2, (FOLDER,), True)
    assert await market.folder(100_000_417) == FOLDER
    assert wire.requests[1].startswith(b"GET /ws/sav/100000417 HTTP")


async def test_parcels_are_asked_with_the_documented_names(wire: Wire, market: BackMarket) -> None:
    page = as_json(200, {"next": None, "results": [DELIVERY]})
    wire.play(page, page, as_json(200, DELIVERY), as_json(200, DELIVERY))
    assert (await market.deliveries(order_id=7)).results == (DELIVERY,)
    assert (await market.returns(page=3)).last
    assert await market.delivery(41) == await market.return_("a-b_1") == DELIVERY
    assert [_asked(request) for request in wire.requests] == [
        ("/ws/shipping/v1/deliveries", {"page": "1", "order_id": "7"}),
        ("/ws/shipping/v1/returns", {"page": "3"}),
        ("/ws/shipping/v1/deliveries/41", {}),
        ("/ws/shipping/v1/returns/a-b_1", {}),
    ]


@pytest.mark.parametrize(
    ("kind", "body", "last"),
    [
        ("folders", {"count": 0, "next": None, "results": []}, True),
        ("folders", {"count": 10, "next": None, "results": [{}] * 10}, False),  # `count` is that of the page
        ("folders", {"count": 3, "next": None, "results": [{}] * 3}, True),
        ("folders", {"count": 3, "next": "x", "results": [{}] * 3}, False),
        ("folders", {"results": [{}] * 3}, False),
        ("deliveries", {"count": 99, "next": None, "results": [{}]}, True),
        ("deliveries", {"next": "x", "results": [{}]}, False),
        ("returns", {"results": [{}]}, False),
        ("returns", {"results": []}, True),
    ],
)
async def test_list_of_folders_or_parcels_ends_on_the_documented_page(
    wire: Wire, market: BackMarket, kind: str, body: Any, last: bool
) -> None:
    wire.play(as_json(200, body))
    assert (await getattr(market, kind)(page=1)).last is last


@pytest.mark.parametrize("kind", LISTS)
async def test_answer_404_ends_a_folder_list_only_if_the_first_page_exists(
    wire: Wire, market: BackMarket, kind: str
) -> None:
    ask: Listing = getattr(market, kind)
    wire.play(answer(404, "{}"), as_json(200, {"results": [{}]}))
    found = await ask(page=2)
    assert (found.results, found.last) == ((), True)
    wire.play(answer(404, "{}"), answer(404, "{}"), answer(404, "{}"))
    for page in (2, 1):
        with pytest.raises(ChannelNotFound, match="not available"):
            await ask(page=page)


@pytest.mark.parametrize("kind", LISTS)
async def test_folder_or_parcel_list_that_is_malformed_is_not_understood(
    wire: Wire, market: BackMarket, kind: str
) -> None:
    bodies: tuple[Any, ...] = ([], {"results": {}}, None)
    for body in bodies:
        wire.play(as_json(200, body))
        with pytest.raises(NotUnderstood) as caught:
            await getattr(market, kind)(page=1)
        assert caught.value.path == "results"
    with pytest.raises(ValueError, match="page"):
        await getattr(market, kind)(page=0)


@pytest.mark.parametrize("kind", ["folder", "delivery", "return_"])
async def test_folder_or_parcel_that_is_missing_or_malformed_is_reported(
    wire: Wire, market: BackMarket, kind: str
) -> None:
    wire.play(as_json(200, [1]), answer(404, "{}"))
    with pytest.raises(NotUnderstood):
        await getattr(market, kind)(1)
    with pytest.raises(ChannelNotFound):
        await getattr(market, kind)(1)


@pytest.mark.parametrize("parcel_id", ["", "1/2", "..", "1?x", "é", "1\n", "x" * 65])
async def test_id_in_a_path_cannot_change_the_path(market: BackMarket, wire: Wire, parcel_id: str) -> None:
    for read in (market.delivery, market.return_):
        with pytest.raises(ValueError, match="id"):
            await read(parcel_id)
    assert wire.connections == 0


async def test_date_without_a_zone_raises(market: BackMarket) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        await market.folders(message_since=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
