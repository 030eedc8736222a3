"""Runs of tests in processes that are forked, so that a fault waits for no import and no collection.

`TestServer` collects the tests of a subject once. For each fault it forks a child, in which the function's code is
exchanged and the chosen tests are run. A fault in what runs at import needs a child that imports everything anew.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any, NoReturn

import coverage
import pytest
from planted_faults import Mutant

_WITHOUT = ("-p", "no:cacheprovider", "-p", "no:xdist")
ROOT = Path(__file__).resolve().parents[2]
_OPTIONS = ("-q", "-s", "-x", "-k", "not postgres", "--assert=plain", *_WITHOUT, "-o", "addopts=")
_HEAVY = ("asyncio", "fpdf", "httpx", "hypothesis", "hypothesis.stateful", "peewee", "pytest_asyncio", "sqlite3")
_ALL = "all"
"""Context of what fixtures do that several tests share."""


class Laboratory:
    """Copy of the project in which faults are planted, one at a time; what tests reach is kept in the folder `keep`."""

    def __init__(self, folder: Path, keep: Path | None = None) -> None:
        self.root, self.runs, self.log, self.keep = folder / "copy", folder / "runs", folder / "log", keep
        # With what is compiled already: it goes by the time of the source, which is copied, too.
        left_out = shutil.ignore_patterns("snapshots", ".hypothesis")
        for name in ("bmtui", "tests"):
            shutil.copytree(ROOT / name, self.root / name, ignore=left_out)
        shutil.copy2(ROOT / "pyproject.toml", self.root)

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        """Write a fault into the copy, for processes that tests start and modules that they import."""
        path = self.root / mutant.file
        source, times = path.read_bytes(), path.stat()
        path.write_text(mutant.source(), encoding="utf-8")
        try:
            yield
        finally:
            path.write_bytes(source)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def passes(self, folders: Sequence[str], order: Sequence[str], limit_s: float) -> bool | None:
        """Import everything anew and run all tests, in this order; None when they do not end in time."""

        def run() -> bool:
            # A module with a fault in it is nothing to keep.
            sys.dont_write_bytecode = True
            return self.pytest(folders, _Sorted(order)) == 0

        _warm_up()
        return self.forked(run, limit_s)

    def pytest(self, folders: Sequence[str], plugin: object) -> int:
        """Run pytest in the copy; only for a forked process."""
        os.chdir(self.root)
        sys.path.insert(0, str(self.root))
        os.environ |= {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return int(pytest.main([*folders, *_OPTIONS], plugins=[plugin]))

    def forked(self, run: Callable[[], bool], limit_s: float) -> bool | None:
        """Return what `run` returns in a child, False when that dies, None when it does not end in time."""
        self.runs.mkdir(exist_ok=True)
        answer, answers = os.pipe()
        if (pid := os.fork()) == 0:
            self._be_child(run, answers)
        os.close(answers)
        ready, _, _ = select.select([answer], [], [], limit_s)
        said = os.read(answer, 1) if ready else b""
        os.close(answer)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        shutil.rmtree(self.runs, ignore_errors=True)
        return said == b"1" if ready else None

    def _be_child(self, run: Callable[[], bool], answers: int) -> NoReturn:
        said = b"0"
        try:
            os.setsid()
            with open(self.log, "wb") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            os.environ["TMPDIR"] = str(self.runs)
            tempfile.tempdir = None
            said = b"1" if run() else b"0"
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os.write(answers, said)
            os._exit(0)


def _warm_up() -> None:
    """Import what every run needs and no fault is in."""
    for name in _HEAVY:
        with suppress(ImportError):
            importlib.import_module(name)


class _Sorted:
    """Plugin that runs tests in a given order; unknown ones at the end."""

    def __init__(self, order: Sequence[str]) -> None:
        self._order = {test: place for place, test in enumerate(order)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._order.get(item.nodeid, len(self._order)))


@dataclass(slots=True)
class Reach:
    """Tests of a subject: how long each takes, which start processes, and which reach a line of which file."""

    every: list[str]
    seconds: dict[str, float] = field(default_factory=dict)
    """Without those that had no time to run."""
    failed: list[str] = field(default_factory=list)
    with_processes: list[str] = field(default_factory=list)
    """Tests whose processes reach lines that are not measured."""
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    """Contexts of each line: tests, `_ALL`, or the empty one of an import."""

    @classmethod
    def of(cls, read: dict[str, Any]) -> Reach:
        """Return what `as_json` wrote."""
        lines = {file: {int(line): names for line, names in lines.items()} for file, lines in read["lines"].items()}
        return cls(**{**read, "lines": lines})

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("every", "seconds", "failed", "with_processes", "lines")}

    def of_tests(self, tests: Sequence[str]) -> Reach:
        """Return what is known of these tests, and of no test alone."""
        mine = {*tests, _ALL, ""}
        lines = {
            file: {line: [name for name in names if name in mine] for line, names in lines.items()}
            for file, lines in self.lines.items()
        }
        seconds = {test: self.seconds[test] for test in tests}
        return Reach(list(tests), seconds, [], [test for test in self.with_processes if test in mine], lines)

    def contexts(self, mutant: Mutant) -> set[str]:
        known = self.lines.get(mutant.file, {})
        return {context for line in mutant.lines for context in known.get(line, ())}

    def at_import(self, mutant: Mutant) -> bool:
        return not mutant.place.begins or "" in self.contexts(mutant)

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the tests that can notice a fault: the quickest first, with those that start processes."""
        contexts = self.contexts(mutant)
        if self.at_import(mutant) or mutant.place.kept or _ALL in contexts:
            return self.quickest_first(self.every)
        unknown = set(self.with_processes) | (set(self.every) - set(self.seconds))
        return self.quickest_first(contexts | unknown)

    def quickest_first(self, tests: Sequence[str] | set[str]) -> list[str]:
        return sorted(tests, key=lambda test: (self.seconds.get(test, float("inf")), test))

    def times(self, tests: Sequence[str]) -> dict[str, float]:
        """Return the seconds that each test takes; one that never ran counts as a minute."""
        return {test: self.seconds.get(test, 60) for test in tests}


class TestServer:
    """Process that has collected a subject's tests, and forks a child for each run of some of them."""

    __test__ = False

    def __init__(
        self,
        laboratory: Laboratory,
        folders: Sequence[str],
        files: Sequence[str],
        faults: Sequence[Mutant],
        known: Reach | None = None,
    ) -> None:
        self._laboratory, self.folders, self._faults, self._known = laboratory, folders, faults, known
        self._files = {str(laboratory.root / file) for file in files}
        self._functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        self._map_file = laboratory.root.parent / "reach.json"
        self._map_file.unlink(missing_ok=True)
        _warm_up()
        (theirs, ask), (answer, mine) = os.pipe(), os.pipe()
        if (pid := os.fork()) == 0:
            os.close(ask)
            os.close(answer)
            self._be_server(theirs, mine)
        os.close(theirs)
        os.close(mine)
        self._pid, self._ask, self._answer = pid, os.fdopen(ask, "w"), os.fdopen(answer)

    def close(self) -> None:
        self._ask.close()
        self._answer.close()
        os.waitpid(self._pid, 0)

    def reach(self, left_s: float | None) -> Reach | None:
        """Run all tests that are not known once, for at most `left_s` seconds; None when they were not collected."""
        self._request(map_s=left_s, limit_s=3600 if left_s is None else left_s + 30)
        with suppress(FileNotFoundError):
            return Reach.of(json.loads(self._map_file.read_text(encoding="utf-8")))
        return None

    def passes(self, fault: Mutant, tests: Mapping[str, float], limit_s: float) -> bool | None:
        """Return True when the tests pass with the fault, None when they do not end in time; each takes seconds."""
        number = self._faults.index(fault)
        return self._request(fault=number, tests=dict(tests), limit_s=limit_s)

    def _request(self, **request: object) -> bool | None:
        with suppress(BrokenPipeError):
            print(json.dumps(request), file=self._ask, flush=True)
        said = self._answer.readline()
        return None if not said else json.loads(said)

    # The server's side.

    def _be_server(self, requests: int, answers: int) -> NoReturn:
        try:
            with open(self._laboratory.log, "wb") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            self._coverage = coverage.Coverage(data_file=None, config_file=False, include=sorted(self._files))
            self._coverage.set_option("run:core", "ctrace")
            self._coverage.start()
            self._requests, self._answers = os.fdopen(requests), os.fdopen(answers, "w")
            self._laboratory.pytest(self.folders, self)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Serve instead of running the tests."""
        session.config.pluginmanager.unregister(self)
        for line in self._requests:
            request = json.loads(line)
            if "map_s" in request:
                mapper = _Mapper(session, self._coverage, self._laboratory.root, self._map_file, request["map_s"])
                mapper.leave_out(self._known)
                # The tracer goes on in the child.
                said = self._laboratory.forked(mapper.run, request["limit_s"])
                self._coverage.stop()
                self._find_functions()
            else:
                said = self._run(session, request)
            print(json.dumps(said), file=self._answers, flush=True)
        return True

    def _find_functions(self) -> None:
        # The tests keep what they imported out of the search for garbage, and so out of its list.
        gc.unfreeze()
        for found in gc.get_objects():
            if isinstance(found, FunctionType) and (code := found.__code__).co_filename in self._files:
                self._functions[code.co_filename, code.co_qualname, code.co_firstlineno].append(found)

    def _run(self, session: pytest.Session, request: dict[str, Any]) -> bool | None:
        fault, items = self._faults[request["fault"]], {item.nodeid: item for item in session.items}

        def run() -> bool:
            sys.dont_write_bytecode = True
            file, place = str(self._laboratory.root / fault.file), fault.place
            if code := fault.function(file):
                for function in self._functions[file, place.name, place.begins]:
                    function.__code__ = code
            session.items = [items[test] for test in request["tests"]]
            for item in session.items:
                item.add_marker(pytest.mark.timeout(30 + 4 * request["tests"][item.nodeid]))
            session.config.pluginmanager.register(_ProcessorLimits(request["tests"]))
            return _run_tests(session)

        with self._laboratory.planted(fault):
            return self._laboratory.forked(run, request["limit_s"])


class _ProcessorLimits:
    """Plugin that ends the run when a test needs far more of the processor than without a fault."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        most_s = int(used.ru_utime + used.ru_stime + 4 + 3 * self._seconds[item.nodeid])
        resource.setrlimit(resource.RLIMIT_CPU, (most_s, resource.RLIM_INFINITY))


def _run_tests(session: pytest.Session) -> bool:
    with suppress(session.Failed, session.Interrupted):
        session.config.hook.pytest_runtestloop(session=session)
    return session.testsfailed == 0


class _Mapper:
    """Plugin that runs all tests and writes down what each reaches."""

    def __init__(
        self, session: pytest.Session, tracer: coverage.Coverage, root: Path, target: Path, left_s: float | None
    ) -> None:
        self._session, self._tracer, self._root, self._target, self._left_s = session, tracer, root, target, left_s
        self._reach = Reach([item.nodeid for item in session.items])
        self._now = ""

    def leave_out(self, known: Reach | None) -> None:
        """Run no test that is known already, but write down what it reaches."""
        if known is None:
            return
        self._reach = replace(
            known.of_tests([test for test in known.every if test in set(self._reach.every)]), every=self._reach.every
        )

    def run(self) -> bool:
        sys.addaudithook(self._heed)
        self._session.items = [item for item in self._session.items if item.nodeid not in self._reach.seconds]
        if self._left_s is not None:
            signal.signal(signal.SIGUSR1, self._end)
            end = threading.Timer(self._left_s, os.kill, (os.getpid(), signal.SIGUSR1))
            end.daemon = True
            end.start()
        self._session.config.pluginmanager.register(self)
        self._session.config.option.maxfail = 0
        passed = _run_tests(self._session)
        self._write()
        return passed

    def _heed(self, event: str, _: object) -> None:
        if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn") and (
            self._now and self._now not in self._reach.with_processes
        ):
            self._reach.with_processes.append(self._now)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._now, began = item.nodeid, time.perf_counter()
        self._tracer.switch_context(item.nodeid)
        result = yield
        self._reach.seconds[item.nodeid] = time.perf_counter() - began
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        shared = fixturedef.scope != "function"
        if shared:
            self._tracer.switch_context(_ALL)
        try:
            return (yield)
        finally:
            if shared:
                self._tracer.switch_context(self._now)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._reach.failed.append(report.nodeid)
            print(f"{report.nodeid}\n{report.longreprtext}")

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._write()
        os._exit(0)

    def _write(self) -> None:
        self._tracer.stop()
        data = self._tracer.get_data()
        for file in data.measured_files():
            lines = self._reach.lines.setdefault(str(Path(file).relative_to(self._root)), {})
            for line, names in data.contexts_by_lineno(file).items():
                lines[line] = [*lines.get(line, ()), *names]
        self._target.write_text(json.dumps(self._reach.as_json()), encoding="utf-8")
