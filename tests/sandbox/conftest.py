import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_seller import NOW, Open, Seller

from bmtui.sandbox.options import SandboxOptions
from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def open_sandbox() -> Iterator[Open]:
    """Function that starts a sandbox; all stop at the end of the test."""
    with contextlib.ExitStack() as stack:

        def open_one(**options: Any) -> Seller:
            settings = SandboxOptions(**{"orders": 90, "now": NOW, **options})
            seller = Seller(stack.enter_context(SandboxServer(settings)))
            stack.enter_context(seller.http)
            return seller

        yield open_one


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    """Sandbox for the tests of a module; they may add orders, but must leave no settings behind."""
    options = SandboxOptions(orders=120, now=NOW, rate_limit=100_000)
    with SandboxServer(options) as server:
        one = Seller(server)
        with one.http:
            yield one
