"""What all tests share: a practice marketplace over real HTTP, and a desk connected to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bmtui import settings
from bmtui.desk import companies, downloads
from bmtui.desk.context import Desk, open_desk
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.workers import run_worker

COMPANY = "Shop"


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


def connect(desk: Desk, server: SandboxServer, name: str = COMPANY) -> None:
    companies.add(
        desk,
        name,
        platform="eu",
        contact="orders@shop.example",
        token=server.token,
        url=server.url,
        time_zone="Europe/Paris",
    )


def download(desk: Desk, since: str = "2000-01-01") -> int:
    """Download and create; returns the import job's id."""
    job_id = downloads.start(desk, None, since, max_failures=3)
    work(desk)
    return job_id


def work(desk: Desk) -> None:
    """Run everything that is due."""
    asyncio.run(run_worker(desk, stop=asyncio.Event(), once=True))
