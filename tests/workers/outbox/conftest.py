from __future__ import annotations

from collections.abc import Iterator

import pytest
from refund_case import Case

from bmtui.desk.core.context import Desk
from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def marketplace(bazaar: SandboxServer) -> Iterator[SandboxServer]:
    """The marketplace of all tests of a file, without faults at first; each changes an order of its own."""
    yield bazaar
    bazaar.faults.rules = []


@pytest.fixture
def case(shop: Desk, marketplace: SandboxServer) -> Case:
    """A shipped order of one line, to be refunded."""
    return Case(shop, marketplace)
