"""Orders to ship, shared by several files of tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def rack(offline: Desk) -> Desk:
    """Desk with an order of two lines, one of three pieces, and one of a single line."""
    take_in(
        offline,
        raw_order(1, [raw_line(10, 2, sku="PHN", quantity=3), raw_line(11, 2, sku="ACC")], state=3),
        raw_order(2, [raw_line(20, 2, sku="PHN")], state=3),
    )
    return offline


@pytest.fixture
def stock(offline: Desk) -> Desk:
    """Desk with an order of a phone, one of three pieces and a cable, and another of a phone; it is noon in UTC."""
    take_in(
        offline,
        raw_order(1, [raw_line(10, 2, sku="PHN")], state=3),
        raw_order(2, [raw_line(20, 2, sku="TRI", quantity=3), raw_line(21, 2, sku="ACC")], state=3),
        raw_order(3, [raw_line(30, 2, sku="PHN")], state=3),
    )
    return replace(offline, now=lambda: NOON)
