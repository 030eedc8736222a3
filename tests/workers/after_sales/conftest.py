from __future__ import annotations

from collections.abc import Iterator

import pytest
from care_case import wide_marketplace

from bmtui.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def bazaar() -> Iterator[SandboxServer]:
    """Marketplace with after-sales folders for all tests of a file; each changes a folder of its own."""
    with wide_marketplace() as server:
        yield server


@pytest.fixture
def marketplace(bazaar: SandboxServer) -> Iterator[SandboxServer]:
    yield bazaar
    bazaar.faults.rules = []
