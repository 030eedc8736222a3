"""Platforms, states, writes and connections, without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel import requests
from bmtui.channel.connection import Connection
from bmtui.channel.model import LineState, OrderState
from bmtui.channel.platforms import MARKETS, PLATFORMS
from bmtui.channel.requests import WriteRequest
from bmtui.channel.status import channel_status
from bmtui.errors import ConfigError, RuleRefused
from bmtui.money import Money


def test_modules_without_network_do_not_import_httpx() -> None:
    code = (
        "import sys, bmtui.channel, bmtui.channel.model, bmtui.channel.requests, bmtui.channel.platforms,"
        " bmtui.channel.reading, bmtui.channel.status, bmtui.channel.connection, bmtui.channel.care,"
        " bmtui.channel.backship, bmtui.channel.uploads, bmtui.channel.pages;"
        "sys.exit(bool({'httpx', 'asyncio', 'ssl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_platforms_have_their_addresses_and_all_markets() -> None:
    assert list(PLATFORMS) == ["eu", "na", "ap"]
    assert len(MARKETS) == len(set(MARKETS)) == 16
    for key, platform in PLATFORMS.items():
        assert platform.key == key
        assert platform.production_url.startswith("https://www.")
        assert platform.preproduction_url.startswith("https://preprod.")


@pytest.mark.parametrize(
    ("order_state", "lines", "status"),
    [
        (0, [0], "awaiting_payment"),
        (10, [8, 1], "awaiting_payment"),
        (10, [3], "awaiting_payment"),
        (10, [4, 4], "cancelled"),
        (1, [1, 1], "to_accept"),
        (1, [1, 2], "to_accept"),
        (1, [1, 4], "to_accept"),
        (1, [2, 2], "to_ship"),
        (1, [1, 9], "awaiting_payment"),
        (3, [2, 9], "awaiting_payment"),
        (3, [2, 4], "to_ship"),
        (3, [2, 5], "to_ship"),
        (3, [2, 3], "partly_shipped"),
        (3, [2, 6], "partly_shipped"),
        (3, [3, 9], "partly_shipped"),
        (3, [3, 3], "shipped"),
        (9, [3, 4], "shipped"),
        (9, [3, 6], "shipped"),
        (9, [4, 4], "cancelled"),
        (9, [4, 7], "cancelled"),
        (9, [6], "refunded"),
        (9, [4, 5], "refunded"),
        (9, [2], "to_ship"),
        (8, [1], "unpaid"),
        (8, [7], "unpaid"),
        (9, [7, 7], "unpaid"),
        (42, [3], "unknown_42"),
        (3, [2, 13, 11], "unknown_11"),
        (0, [], "awaiting_payment"),
        (1, [], "to_accept"),
        (3, [], "to_ship"),
        (8, [], "unpaid"),
        (9, [], "unknown_9"),
    ],
)
def test_channel_status_follows_from_order_and_line_states(order_state: int, lines: list[int], status: str) -> None:
    assert channel_status(order_state, lines) == status
    assert channel_status(order_state, lines[::-1]) == status


@given(st.sampled_from([*OrderState, 55]), st.lists(st.sampled_from([*LineState, -1]), max_size=5))
def test_channel_status_is_one_of_the_known_words(order_state: int, lines: list[int]) -> None:
    status = channel_status(order_state, lines)
    known = {"awaiting_payment", "to_accept", "to_ship", "shipped", "partly_shipped", "cancelled", "refunded", "unpaid"}
    assert status in known or status in ("unknown_55", "unknown_-1", "unknown_9")
    if status in ("to_accept", "to_ship"):
        assert not {0, 8, 9} & set(lines)


def test_order_writes_have_the_documented_bodies() -> None:
    assert requests.accept(7, "A") == WriteRequest("POST", "/ws/orders/7", {"order_id": 7, "new_state": 2, "sku": "A"})
    assert requests.cancel(7, "A").body == {"order_id": 7, "new_state": 4, "sku": "A"}
    assert requests.refund_before_shipping(7, "A").body == {"order_id": 7, "new_state": 5, "sku": "A"}
    assert requests.refund_after_shipping(7, "A", 21, "Sorry").body == {
        **{"order_id": 7, "new_state": 6, "sku": "A"},
        **{"return_reason": 21, "return_message": "Sorry"},
    }
    assert "return_message" not in requests.refund_after_shipping(7, "A", 0).body
    shipped_at = datetime(2026, 5, 4, 10, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert requests.ship(
        7,
        " 00 34\t5 ",
        tracking_url="https://t.example/1",
        carrier="DPD",
        shipped_at=shipped_at,
        imei="1",
        serial_number="S",
    ) == WriteRequest(
        "POST",
        "/ws/orders/7",
        {
            **{"order_id": 7, "new_state": 3, "tracking_number": "00345", "tracking_url": "https://t.example/1"},
            **{"shipper": "DPD", "date_shipping": "2026-05-04T08:00:00Z", "imei": "1", "serial_number": "S"},
        },
    )
    assert requests.ship(7, "1").body == {"order_id": 7, "new_state": 3, "tracking_number": "1"}


def test_identifier_writes_have_the_documented_bodies() -> None:
    assert requests.identifiers(9, imei="490154203237518") == WriteRequest(
        "PATCH", "/ws/orderlines/9", {"imei": "490154203237518"}
    )
    assert requests.identifiers(9, serial_number=" S1 ").body == {"serial_number": "S1"}


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Money(5000, "EUR"), "50.0"),
        (Money(1, "EUR"), "0.01"),
        (Money(29, "EUR"), "0.29"),
        (Money(123456789, "EUR"), "1234567.89"),
        (Money(4500, "JPY"), "4500"),
        (Money(1005, "KWD"), "1.005"),
    ],
)
def test_an_amount_is_written_exactly(amount: Money, written: str) -> None:
    body = requests.refund_amount(5, 6, amount).body
    assert json.dumps(body) == f'{{"orderline_pk": 5, "refund_type": 6, "amount": {written}}}'


@given(st.integers(1, 10**13), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_every_plausible_amount_is_written_exactly(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(json.dumps(requests.refund_amount(5, 6, money).body["amount"]), currency) == money


def test_a_refund_in_full_has_no_amount() -> None:
    for kind in (4, 5, 6):
        assert requests.refund_amount(5, kind, None).body == {"orderline_pk": 5, "refund_type": kind}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: requests.accept(7, " "), "no SKU"),
        (lambda: requests.refund_after_shipping(7, "A", 2), "2 is not a return reason"),
        (
            lambda: requests.refund_after_shipping(7, "A", 1, "x" * 501),
            "message has 501 characters; Back Market takes 500",
        ),
        (lambda: requests.ship(7, " \t"), "tracking number"),
        (lambda: requests.ship(7, "1" * 201), "tracking number has 201 characters; Back Market takes 200"),
        (lambda: requests.ship(7, "1", tracking_url="u" * 301), "tracking URL has 301"),
        (lambda: requests.ship(7, "1", carrier="c" * 201), "carrier has 201"),
        (lambda: requests.ship(7, "1", imei="1" * 16), "IMEI has 16 characters; Back Market takes 15"),
        (lambda: requests.identifiers(7, serial_number="1" * 51), "serial number has 51"),
        (lambda: requests.identifiers(7), "neither"),
        (lambda: requests.refund_amount(7, 3, None), "3 is not a refund type"),
        (lambda: requests.refund_amount(7, 5, Money(1, "EUR")), "after shipping"),
        (lambda: requests.refund_amount(7, 6, Money(0, "EUR")), "cannot be refunded"),
        (lambda: requests.refund_amount(7, 6, Money(-1, "EUR")), "cannot be refunded"),
        (lambda: requests.refund_amount(7, 6, Money(10**17 + 1, "EUR")), "too large"),
    ],
)
def test_write_that_the_contract_forbids_is_refused(build: Callable[[], object], words: str) -> None:
    with pytest.raises(RuleRefused, match=words):
        build()


def test_limits_are_reached_but_not_passed() -> None:
    assert len(requests.ship(7, "1 " * 200).body["tracking_number"]) == 200
    assert requests.refund_after_shipping(7, "A", 1, "x" * 500)


def test_date_without_a_zone_raises() -> None:
    with pytest.raises(ValueError, match="naive"):
        requests.ship(7, "1", shipped_at=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))


Connect = Callable[..., Connection]


def test_connection_never_shows_its_token(connect: Connect) -> None:
    connection = connect("https://www.backmarket.fr/")
    assert connection.token not in repr(connection)
    assert (connection.base_url, connection.host) == ("https://www.backmarket.fr", "www.backmarket.fr")
    assert connection.user_agent == "BM-Muster_Sohne-bmtui;it@example.com"


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080", "http://127.0.0.9", "http://[::1]:8", "https://192.0.2.1", "https://A.example:444/"],
)
def test_allowed_channel_addresses_are_accepted(connect: Connect, url: str) -> None:
    assert connect(url).base_url == url.rstrip("/").lower()


@pytest.mark.parametrize(
    "url",
    [
        *("http://www.backmarket.fr", "http://localhost.evil.example", "http://192.0.2.1", "ftp://localhost", "", "x"),
        *(
            "https://",
            "https://a b",
            "https://user:pw@www.backmarket.fr",
            "https://www.backmarket.fr/ws",
            "https://a?b",
        ),
        *("https://a#b", "https://a\n.b", "https://a..b", "https://999.1.1.1", "https://a:0", "https://a:70000"),
        *("https://a\\@b", "https://[::g]", "https://пример.example", "https://-a.example", "https://" + "a" * 64),
    ],
)
def test_forbidden_channel_addresses_are_refused(connect: Connect, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connect(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        *({"token": token} for token in ("", "se cret", "secret\n", "\tsecret", "sécret", "secret\x00")),
        *({"user_agent_company": name} for name in ("", "株式会社", " - ")),
        *({"contact_mail": mail} for mail in ("", "it", "it@a;b", "it@a b", "ít@a.example", "it@a\r\nX: y")),
        *({"market": market} for market in ("", "fr", "fr-fr\r\nX: y")),
        *({name: 0} for name in ("total_timeout_s", "connect_timeout_s", "max_bytes")),
    ],
)
def test_setting_that_cannot_stand_in_a_header_is_refused_without_the_token(
    connect: Connect, changes: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError) as caught:
        connect("https://www.backmarket.fr", **changes)
    assert "cret" not in str(caught.value)
    assert caught.value.advice or "time-out" in caught.value.message
