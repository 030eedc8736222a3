"""Installations for commands, and their marketplace: made once, and copied for each test."""

from __future__ import annotations

import contextlib
import pickle
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import CommandLine
from helpers import copied_home

from bmtui.desk.companies import credentials
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer

OPTIONS = SandboxOptions(orders=120, rate_limit=100_000)


@dataclass(frozen=True)
class Kept:
    """Homes of an installation before and after it downloaded every order, and the marketplace, pickled."""

    connected: Path
    stocked: Path
    marketplace: bytes


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The installation whose copies the tests have; its marketplace has stopped."""
    folder = tmp_path_factory.mktemp("kept")
    first, last = CommandLine(folder / "connected" / "home"), CommandLine(folder / "stocked" / "home")
    first.home.parent.mkdir()
    with SandboxServer(OPTIONS) as server:
        first.add_company(server.url, server.token)
        copied_home(first.home, last.home)
        last.ok("orders", "download", "--since", "2000-01-01", "--wait")
        return Kept(first.home, last.home, pickle.dumps(server.marketplace))


@pytest.fixture
def marketplace(kept: Kept) -> Iterator[SandboxServer]:
    """Practice marketplace of 120 orders, without a rate limit that a test could reach."""
    with SandboxServer(OPTIONS, pickle.loads(kept.marketplace)) as server:
        yield server


@pytest.fixture
def bmtui(tmp_path: Path) -> CommandLine:
    """An installation without a company."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def shop_bmtui(bmtui: CommandLine, marketplace: SandboxServer, kept: Kept) -> CommandLine:
    """An installation with a company on the practice marketplace; nothing downloaded."""
    return _copied(kept.connected, bmtui, marketplace)


@pytest.fixture
def stocked_bmtui(bmtui: CommandLine, marketplace: SandboxServer, kept: Kept) -> CommandLine:
    """An installation that has downloaded every order."""
    return _copied(kept.stocked, bmtui, marketplace)


def _copied(home: Path, bmtui: CommandLine, server: SandboxServer) -> CommandLine:
    """Copy an installation, and lead its company to where the marketplace is now."""
    copied_home(home, bmtui.home)
    (bmtui.home.parent / "token").write_text(f"{server.token}\n")
    account = credentials.account(server.url, server.token)
    with contextlib.closing(sqlite3.connect(bmtui.home / "bmtui.sqlite")) as connection, connection:
        connection.execute("UPDATE companies SET base_url = ?, account = ?", (server.url, account))
        connection.execute("DELETE FROM rate_limits")
    return bmtui
