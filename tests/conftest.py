"""What all tests share: a practice marketplace over real HTTP, and a desk connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import add_company, connect, download

from bmtui import settings
from bmtui.desk.context import Desk, open_desk
from bmtui.queue import jobs
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.workers import send_effects


@pytest.fixture
def marketplace() -> Iterator[SandboxServer]:
    """A practice marketplace of 120 orders; one may call it as fast as one likes."""
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000)) as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty desk of its own."""
    opened = open_desk(settings.load(str(tmp_path / "home"), environ={}))
    yield opened
    opened.store.close()


@pytest.fixture
def shop(desk: Desk, marketplace: SandboxServer) -> Desk:
    """A desk with a company connected to the practice marketplace; nothing downloaded yet."""
    connect(desk, marketplace)
    return desk


@pytest.fixture
def stocked(shop: Desk) -> Desk:
    """A desk that has downloaded every order."""
    download(shop)
    return shop


@pytest.fixture
def offline(desk: Desk) -> Desk:
    """A desk with a company at an address where nothing answers, for what needs no channel."""
    add_company(desk)
    return desk


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody rests before asking again: what is retried is due at once."""
    monkeypatch.setattr(send_effects, "SETTLE_S", 0.0)
    monkeypatch.setattr(jobs, "RETRY_BASE_S", 0.0)
