"""Fixtures of all tests: a practice marketplace over real HTTP, desks, and new stores."""

from __future__ import annotations

import compileall
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import peewee
import postgres_server
import pytest
from helpers import add_company, connect, download
from thoroughness import THOROUGH

from bmtui import settings, store
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.queue import jobs, outages
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store import open_store
from bmtui.store.models import Company
from bmtui.store.statements import KeptTexts
from bmtui.tui import prepare_environment
from bmtui.workers.outbox import send_effects

# Textual reads it when it is imported, and which test imports it first depends on which are collected.
prepare_environment()

_checked: set[tuple[str, types.CodeType, int]] = set()


def _first_from_this_line(text: str) -> bool:
    """Return True for a kept text's first use by a line of the desk, in this process."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_BELOW):
        frame = frame.f_back
    use = (text, frame.f_code, frame.f_lineno)
    if use in _checked:
        return False
    _checked.add(use)
    return True


_BELOW = (peewee.__file__, str(Path(store.__file__).parent))
"""Files of what builds statements for whoever asks; the line that asks is above them."""

# Whatever a line makes the store run is what peewee would have written, on both databases. Comparing each time takes a
# fifth of all tests' time.
KeptTexts.checked = staticmethod(_first_from_this_line)

# No example is late on a busy machine; where the source cannot be written to, those that failed are not kept.
_KEPT = {} if os.access(Path(__file__).parents[1], os.W_OK) else {"database": None}
hypothesis.settings.register_profile("shared", deadline=None, **_KEPT)
hypothesis.settings.register_profile("fast", deadline=None, max_examples=25, **_KEPT)
hypothesis.settings.load_profile("shared")


@pytest.fixture
def marketplace() -> Iterator[SandboxServer]:
    """Practice marketplace of 120 orders, without a rate limit that a test could reach."""
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000)) as server:
        yield server


BOTH = ("store", "queue", "desk", "workers", "reliability")
"""The folders whose tests run on SQLite and on PostgreSQL."""
SLOW = ("bench", "cli", "end_to_end", "install", "mutation", "release", "reliability", "tui", "workers")
"""The folders whose tests `.ci/run fast` leaves out."""
LONGEST = ("bench", "cli", "reliability", "tui/test_tui_snapshots.py", "workers")
"""Folders and files that take longest."""
SINGLY = "test_reliability_failpoints.py"
"""File whose tests wait for minutes and share nothing: each of them may run beside the others."""
FAST = ("tui/widgets",)
"""Folders inside slow folders that `.ci/run fast` runs all the same."""
SLOW_FIXTURES = {"bazaar", "marketplace", "new_database", "no_postgres", "open_sandbox", "seller", "server"}
"""Fixtures that start a practice marketplace or PostgreSQL: their tests are not part of `.ci/run fast`."""
NO_POSTGRES = "no PostgreSQL server can be started here"
FEWER_CASES = ("desk", "reliability", "workers")
"""Folders in which PostgreSQL runs a third of the cases of a test with more than `FEW`: SQLite runs them all."""
FEW = 4


def pytest_addoption(parser: pytest.Parser) -> None:
    what = "of a test with many cases, run a third, as on each other Python than the own one"
    parser.addoption("--fewer-cases", action="store_true", help=what)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite_only: about what only SQLite has")
    config.addinivalue_line("markers", "postgres_only: about what only PostgreSQL has")
    config.addinivalue_line("markers", "every_case: run all cases on PostgreSQL, which decides them itself")
    config.addinivalue_line("markers", "slow: not part of `.ci/run fast`")
    config.addinivalue_line("markers", "source: about the source itself, on whichever Python")
    if _only_fast(config):
        hypothesis.settings.load_profile("fast")
    if not hasattr(config, "workerinput"):
        if not sys.dont_write_bytecode:
            compileall.compile_dir(Path(store.__file__).parents[1], quiet=2, workers=0)
        postgres_server.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    postgres_server.forget_template()
    if not hasattr(config, "workerinput"):
        postgres_server.end_run()


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Dir | None:
    """Let each worker begin to collect at another place: what one has compiled, the others only read."""
    return _FromOwnPlace.from_parent(parent, path=path) if hasattr(parent.config, "workerinput") else None


class _FromOwnPlace(pytest.Dir):  # type: ignore[misc]
    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        worker: dict[str, Any] = self.config.workerinput  # type: ignore[attr-defined]
        found = list(super().collect())
        first = len(found) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        return found[first:] + found[:first]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Give all tests of a file to one worker, but those of `SINGLY` one by one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    scheduler = LoadFileScheduling(config, log)
    file_of = scheduler._split_scope
    scheduler._split_scope = lambda test: test if file_of(test).endswith(SINGLY) else file_of(test)
    return scheduler


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of the folders `BOTH` on SQLite and on PostgreSQL."""
    if "kind_of_store" in metafunc.fixturenames:
        room = _place(metafunc.definition.path).parts[0]
        marker = metafunc.definition.get_closest_marker
        both = room in BOTH or marker("postgres_only") is not None
        kinds = {"sqlite": "postgres_only", "postgres": "sqlite_only"} if both else {"sqlite": ""}
        asked = [kind for kind, only in kinds.items() if marker(only) is None]
        metafunc.parametrize("kind_of_store", asked[:1] if _only_fast(metafunc.config) else asked)


def _only_fast(config: pytest.Config) -> bool:
    """Return whether the fast part is asked for: then slow tests need not be loaded, a quarter of collecting."""
    return "not slow" in config.option.markexpr


def pytest_collection_finish() -> None:
    """Keep modules and tests, which stay until the end, out of each search for garbage: a tenth of all time."""
    gc.collect()
    gc.freeze()


@cache
def _place(path: Path) -> Path:
    """Return where a file or folder of the tests lies below their own folder."""
    return path.relative_to(Path(__file__).parent)


@cache
def _is_slow(path: Path) -> bool:
    place = _place(path).as_posix()
    return place.startswith(SLOW) and not place.startswith(FAST)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folders of slow tests in the fast part."""
    if not _only_fast(config) or not collection_path.is_relative_to(Path(__file__).parent):
        return None
    leads_to_fast = any(Path(fast).is_relative_to(_place(collection_path)) for fast in FAST)
    return True if _is_slow(collection_path) and not leads_to_fast else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the slow tests, leave out most of many cases where others run them all, and put all in order.

    Slow are those that say so themselves, `SLOW` folders, `SLOW_FIXTURES` and PostgreSQL.
    """
    # Each worker has collected in an order of its own.
    items.sort(key=lambda item: item.path)
    _leave_out_cases(config, items)
    _spread_the_longest(items)
    for item in items:
        starts = SLOW_FIXTURES & set(getattr(item, "fixturenames", ())) or "postgres" in _parameters(item).values()
        if starts or _is_slow(item.path):
            item.add_marker(pytest.mark.slow)


def _leave_out_cases(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out two of three cases of tests with many: where `_may_be_left_out`; the first case stays."""
    cases: dict[tuple[Path, str], list[pytest.Item]] = {}
    for item in items:
        if _may_be_left_out(config, item):
            cases.setdefault((item.path, item.name.partition("[")[0]), []).append(item)
    many = [of_test[1:] for of_test in cases.values() if len(of_test) > FEW]
    # By their names: every third would be the same value again and again of a parameter that has three.
    left = {case for of_test in many for case in of_test if crc32(case.name.encode()) % 3}
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


def _may_be_left_out(config: pytest.Config, item: pytest.Item) -> bool:
    """Return True on another Python than the own one, and in `FEWER_CASES` on PostgreSQL."""
    if config.option.fewer_cases:
        return True
    decides = any(map(item.get_closest_marker, ("every_case", "postgres_only")))
    on_postgres = _place(item.path).parts[0] in FEWER_CASES and _parameters(item).get("kind_of_store") == "postgres"
    return on_postgres and not decides and not THOROUGH


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def _spread_the_longest(items: list[pytest.Item]) -> None:
    """Spread the longest files over the first four fifths of the run.

    They wait for processes and servers most of their time: others use the processor meanwhile, and no worker is left
    with a long one at the end.
    """

    def scope(item: pytest.Item) -> str:
        place = _place(item.path).as_posix()
        return item.nodeid.removeprefix("tests/") if place.endswith(SINGLY) else place

    scopes = list(dict.fromkeys(map(scope, items)))
    longest = [name for name in scopes if name.startswith(LONGEST)]
    others = [name for name in scopes if not name.startswith(LONGEST)]
    rank = {name: 0.8 * place / len(longest) for place, name in enumerate(longest)}
    rank |= {name: place / len(others) for place, name in enumerate(others)}
    items.sort(key=lambda item: rank[scope(item)])


@pytest.fixture(scope="session")
def no_postgres() -> str:
    """Return the reason why no PostgreSQL server can be started here, or an empty string."""
    try:
        postgres_server.server_url()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{NO_POSTGRES}: {error}"
    return ""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    untested = sum(NO_POSTGRES in reason for reason in skipped)
    if untested:
        terminalreporter.write_line(f"NOT TESTED on PostgreSQL: {untested} tests ({NO_POSTGRES})", red=True, bold=True)


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of a new installation without a company, made once: its migrations take longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated") / "home"
    open_store(settings.load(str(folder), environ={}).store_url).close()
    return folder


@pytest.fixture(scope="session")
def home_with_company(tmp_path_factory: pytest.TempPathFactory, migrated_home: Path) -> Path:
    """Home of an installation with the company of `offline`, made once: most tests are about one."""
    folder = shutil.copytree(migrated_home, tmp_path_factory.mktemp("with_company") / "home")
    _add_the_company(folder)
    return folder


def _add_the_company(home: Path) -> None:
    opened = open_desk(settings.load(str(home), environ={}))
    add_company(opened)
    opened.store.close()


def _fill_with_company(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _add_the_company(_home_of_store(Path(folder), url))


def _home_of_store(home: Path, url: str) -> Path:
    (home / "bmtui.toml").write_text(f'store = "{url}"\n', encoding="utf-8")
    return home


@contextmanager
def installation(
    folder: Path, kind_of_store: str, request: pytest.FixtureRequest, *, with_company: bool = False
) -> Iterator[Path]:
    """Make a new installation in `folder`, with a store of that kind, and with the company of `offline` if wanted."""
    if kind_of_store == "sqlite":
        template = "home_with_company" if with_company else "migrated_home"
        shutil.copytree(request.getfixturevalue(template), folder, dirs_exist_ok=True)
        yield folder
        return
    if reason := request.getfixturevalue("no_postgres"):
        pytest.skip(reason)
    with postgres_server.database(_fill_with_company if with_company else None) as url:
        folder.mkdir(exist_ok=True)
        if with_company:
            shutil.copytree(request.getfixturevalue("home_with_company") / "credentials", folder / "credentials")
        yield _home_of_store(folder, url)


@pytest.fixture
def home(tmp_path: Path, kind_of_store: str, request: pytest.FixtureRequest) -> Iterator[Path]:
    with_company = "offline" in request.fixturenames
    with installation(tmp_path / "home", kind_of_store, request, with_company=with_company) as folder:
        yield folder


@pytest.fixture(params=("sqlite", "postgres"))
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a store that does not exist yet (SQLite), or of an empty database (PostgreSQL)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/store.sqlite"
        return
    yield from _new_database(request)


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from _new_database(request)


def _new_database(request: pytest.FixtureRequest) -> Iterator[str]:
    if reason := request.getfixturevalue("no_postgres"):
        pytest.skip(reason)
    with postgres_server.empty_database() as url:
        yield url


@pytest.fixture(scope="module", params=("sqlite", "postgres"))
def long_lived(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Yield a desk for many examples one after another, with a company at an address where nothing answers."""
    with installation(tmp_path_factory.mktemp("home"), request.param, request) as folder:
        opened = open_desk(settings.load(str(folder), environ={}))
        add_company(opened)
        if request.param == "sqlite":
            # Each step is a transaction; what a power failure would do is not the question here.
            opened.store.database.execute_sql("PRAGMA synchronous = OFF")
        yield opened
        opened.store.close()


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """An empty desk of its own."""
    opened = open_desk(settings.load(str(home), environ={}))
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
    if not Company.select().exists():
        add_company(desk)
    return desk


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every retry due at once."""
    monkeypatch.setattr(send_effects, "SETTLE_S", 0.0)
    monkeypatch.setattr(jobs, "RETRY_BASE_S", 0.0)
    monkeypatch.setattr(outages, "BASE_S", 0.0)
