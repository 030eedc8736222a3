"""Fixtures of screens: a filled store that is made once and copied for each test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from helpers import copied_home
from installation import furnish, opened
from scenes import SCENES
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.workers import run_worker


@pytest.fixture(scope="session", autouse=True)
def styles_read_once() -> Iterator[None]:
    """Let all apps of the tests share what was parsed of the same style sheets, a tenth of their time."""
    parse, parsed = Stylesheet._parse_rules, dict[tuple[object, ...], list[RuleSet]]()

    def parse_once(self: Stylesheet, *place: Any, **named: Any) -> list[RuleSet]:
        key = (*place, *named.items(), *self._variables.items())
        if key not in parsed:
            parsed[key] = parse(self, *place, **named)
        return parsed[key]

    with mock.patch.object(Stylesheet, "_parse_rules", parse_once):
        yield


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of an installation with 120 downloaded orders; its marketplace has stopped."""
    home = tmp_path_factory.mktemp("filled") / "home"
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000)) as server:
        desk = open_desk(settings.load(str(home), environ={}))
        companies.add(
            desk, "Shop", platform="eu", contact="orders@shop.example", token=server.token, url=server.url,
            time_zone="Europe/Paris",
        )  # fmt: skip
        downloads.start(desk, None, "2000-01-01")
        asyncio.run(run_worker(desk, stop=asyncio.Event(), once=True))
        desk.store.close()
    return home


@pytest.fixture
def home(filled_home: Path, tmp_path: Path) -> Path:
    """A filled home of this test's own."""
    return copied_home(filled_home, tmp_path / "home")


@pytest.fixture
def office(home: Path) -> Iterator[Desk]:
    """A desk on `home`."""
    desk = open_desk(settings.load(str(home), environ={}))
    yield desk
    desk.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty desk of its own: `home` is filled here."""
    opened = open_desk(settings.load(str(tmp_path / "empty"), environ={}))
    yield opened
    opened.store.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the installation, made once; each test has a copy."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    furnish(home)
    return home


@pytest.fixture
def fixed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    if request.getfixturevalue("name") in SCENES:
        copied_home(request.getfixturevalue("furnished"), home)
    desk = opened(home)
    yield desk
    desk.store.close()
