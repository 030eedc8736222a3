"""Rules of answers without a wire: the token in the channel's words, times without a zone, and erased buyers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bmtui.channel import answers
from bmtui.channel.answers import Reply
from bmtui.channel.client import BackMarket
from bmtui.channel.connection import Connection
from bmtui.channel.model import Address, ChannelOrder
from bmtui.channel.requests import accept
from bmtui.errors import RuleRefused, Throttled
from bmtui.money import Money

TOKEN = "a-token-that-nobody-may-read"
ERASED, MARIE = Address(first_name="Deleted", city="DELETED", country="FR"), Address(first_name="Marie", country="FR")


def refusal(words: str) -> Reply:
    return Reply(
        400, {"content-type": "application/json"}, json.dumps({"error": {"code": "E001", "message": words}}).encode()
    )


@pytest.mark.parametrize("before", range(470, 501, 6))
def test_no_part_of_the_token_stays_where_long_words_are_cut(before: int) -> None:
    error = answers.failure(refusal("x" * before + TOKEN + "y" * 100), secret=TOKEN)
    assert TOKEN[:3] not in f"{error} {error.message}".replace("[token]", "")


def test_retry_after_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        moment = (datetime.now(UTC) + timedelta(minutes=10)).replace(tzinfo=None)
        reply = Reply(429, {"retry-after": format_datetime(moment)}, b"")
        error = answers.failure(reply, secret=TOKEN)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert isinstance(error, Throttled)
    assert error.retry_after_s is not None
    assert 590 < error.retry_after_s <= 600


async def test_nothing_is_sent_over_a_connection_that_may_not_write(connect: Callable[..., Connection]) -> None:
    async with BackMarket(connect("http://127.0.0.1:9", may_write=False)) as market:
        with pytest.raises(RuleRefused, match="in shadow: nothing is sent"):
            await market.send(accept(1, "SKU"))


@pytest.mark.parametrize(
    ("shipping", "billing", "erased"),
    [
        (ERASED, ERASED, True),
        (ERASED, Address(country="FR"), True),
        (ERASED, MARIE, False),
        (MARIE, ERASED, False),
        (Address(), Address(), False),
    ],
)
def test_buyer_is_erased_once_every_address_that_is_filled_in_is(
    shipping: Address, billing: Address, erased: bool
) -> None:
    zero = Money(0, "EUR")
    order = ChannelOrder(
        order_id=1,
        state=9,
        currency="EUR",
        goods=zero,
        shipping=zero,
        shipping_address=shipping,
        billing_address=billing,
    )
    assert order.buyer_is_erased is erased
