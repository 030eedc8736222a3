from __future__ import annotations

from collections.abc import Iterator

import pytest

from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def bazaar() -> Iterator[SandboxServer]:
    """Marketplace for all tests of a folder; each test changes an order of its own."""
    with SandboxServer(SandboxOptions(orders=400, rate_limit=100_000)) as server:
        yield server
