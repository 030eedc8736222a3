"""Released interfaces: commands and options, stores of every schema, and a complete wheel."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bmtui import settings
from bmtui.cli import manual
from bmtui.cli.parser import whole_parser
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.store.migrations import LATEST, steps

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INTERFACE = HERE / "interface.json"
STORES = sorted((HERE / "stores").glob("schema-*.sql"))


def interface() -> dict[str, Any]:
    """Return the options and arguments of each command, and for each whether it takes a value."""
    found: dict[str, Any] = {"": _options(whole_parser())}
    found |= {name: _options(sub) for name, sub, _ in manual.commands_of(whole_parser())}
    return found


def _options(one: argparse.ArgumentParser) -> dict[str, str]:
    shapes: dict[str, str] = {}
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction) or action.dest == "help":
            continue
        shape = "flag" if action.nargs == 0 else "value"
        shapes |= dict.fromkeys(action.option_strings or [f"<{action.dest}>"], shape)
    return dict(sorted(shapes.items()))


def test_released_commands_and_options_still_exist() -> None:
    """Add freely; with a release, `python tests/release/test_release.py` writes the snapshot anew."""
    now = interface()
    for command, options in json.loads(INTERFACE.read_text(encoding="utf-8")).items():
        assert command in now, f"'{command}' is gone"
        assert options.items() <= now[command].items(), f"'{command}' lost an option, or it takes something else"


def test_sample_stores_exist_for_every_schema() -> None:
    assert [int(file.stem.partition("-")[2]) for file in STORES] == [version for version, _ in steps("sqlite")]


@pytest.mark.parametrize("file", STORES, ids=lambda file: file.stem)
def test_sample_stores_of_every_schema_open_and_keep_their_data(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    made = sqlite3.connect(home / "bmtui.sqlite")
    made.executescript(file.read_text(encoding="utf-8"))
    made.close()
    desk = open_desk(settings.load(str(home), environ={}))
    try:
        assert desk.store.database.schema_version() == LATEST
        (view,) = companies.listing(desk)
        assert (view.name, view.orders) == ("Shop", 2)
        assert companies.change(desk, "Shop", {"look_back_days": "20"}).look_back_days == 20
        found = search.page(desk, "quuxeley", limit=5)
        assert sorted(row.order_id for row in found.rows) == [1, 2]
        order = overview.show(desk, 1)
        assert order.row.refunded.decimal == "20.00"
        assert order.notes[0].text == "A note"
        assert desk.store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert desk.store.database.execute_sql("PRAGMA foreign_key_check").fetchone() is None
    finally:
        desk.store.close()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel, built offline from a clean copy of the source by the installed setuptools."""
    # Here, for this file is also run by itself.
    from source_copy import copy_source

    work = tmp_path_factory.mktemp("wheel")
    source = copy_source(work)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run([*command, "-w", str(work), str(source)], capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"no wheel can be built here: {built.stderr.strip().splitlines()[-1][:200]}")
    (file,) = work.glob("*.whl")
    return file


def test_the_wheel_has_every_file_that_is_no_code(wheel: Path) -> None:
    import zipfile

    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bmtui").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= names


@dataclass(frozen=True)
class Installed:
    """Wheel in a new environment, with the installed libraries and nothing of this checkout."""

    python: Path
    home: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}
        return subprocess.run(
            [self.python, *words], env=env, capture_output=True, text=True, check=False, cwd=self.home, timeout=300
        )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=False)
    target = next((home / "venv" / "lib").glob("python*")) / "site-packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    here = [path for path in sys.path if path.endswith("site-packages")]
    (target / "libraries.pth").write_text("\n".join(here) + "\n")
    return Installed(home / "venv" / "bin" / "python", home)


def test_installed_wheel_runs_the_whole_demo(installed: Installed) -> None:
    where = installed.run("-c", "import bmtui; print(bmtui.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed.home)
    done = installed.run("-m", "bmtui", "demo", "--headless")
    assert done.returncode == 0, done.stderr
    assert "The whole round is done." in done.stderr
    told = installed.run("-m", "bmtui", "help", "screens")
    assert "Issue Refund" in told.stdout


def test_installed_wheel_says_that_pictures_are_drawn_in_the_checkout(installed: Installed) -> None:
    refused = installed.run("-m", "bmtui", "demo", "--pictures", "pictures")
    assert refused.returncode == 2
    assert "python tests/support/screen_pictures.py" in refused.stderr
    assert not (installed.home / "pictures").exists()


if __name__ == "__main__":
    INTERFACE.write_text(json.dumps(interface(), indent=1) + "\n", encoding="utf-8")
