"""Fixtures of the tests of PostgreSQL's guards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from grants_case import listed, roles
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.store.models import RefundLimit


@pytest.fixture
def guarded(offline: Desk) -> Iterator[tuple[Desk, Desk]]:
    """Two people on PostgreSQL: the first refunds up to 50.00 alone, and 80.00 a day."""
    take_in(offline, raw_order(1, [raw_line(11, 3, "100.00", "ONE")]), raw_order(2, [raw_line(21, 2)], state=3))
    with roles(offline, "operator", "operator") as (first, second):
        ann, row = listed(offline, 60001, first)
        ben, _ = listed(offline, 60002, second)
        RefundLimit.insert(operator=row, currency="EUR", per_refund=5000, per_day=8000).execute()
        yield ann, ben
