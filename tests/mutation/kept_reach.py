"""Reach of the tests, kept between runs: only tests whose file changed, and new ones, are run again to learn it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from forked_tests import Reach


def read(path: Path, root: Path) -> Reach | None:
    """Return what is known of the tests whose file is as it was; None once the program or a helper of tests changed."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["rest"] != _rest(root):
        return None
    tests = [test for test, digest in kept["tests"].items() if _digest(root, _file(test)) == digest]
    return Reach.of(kept["reach"]).of_tests(tests)


def write(path: Path, root: Path, reach: Reach) -> None:
    """Keep what is known of the tests that ran."""
    digests = {file: _digest(root, file) for file in set(map(_file, reach.every))}
    tests = {test: digests[_file(test)] for test in reach.seconds}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rest": _rest(root), "tests": tests, "reach": reach.as_json()}), encoding="utf-8")


def _file(test: str) -> str:
    return test.partition("::")[0]


def _digest(root: Path, *names: str) -> str:
    found = hashlib.sha256()
    for name in names:
        path = root / name
        found.update(name.encode() + b"\0" + (path.read_bytes() if path.exists() else b"") + b"\0")
    return found.hexdigest()


def _rest(root: Path) -> str:
    """Return a digest of all that decides what a test reaches, apart from its own file."""
    return _digest(root, "pyproject.toml", *sorted(_others(root)))


def _others(root: Path) -> Iterator[str]:
    for folder in ("bmtui", "tests"):
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root).as_posix()
            own = path.name.startswith("test_") or name.startswith("tests/mutation/")
            if path.is_file() and not own and not {"__pycache__", "snapshots", ".hypothesis"} & set(path.parts):
                yield name
