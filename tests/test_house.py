"""The house keeps its floors, and what is printed on its door is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bmtui.cli import main

ROOT = Path(__file__).parents[1]
BELOW = ("bmtui.channel.client", "bmtui.store", "bmtui.store.search", "bmtui.queue.worker", "bmtui.desk.refunds.issue",
         "bmtui.workers.kinds", "bmtui.cli.main", "bmtui.sandbox.server")  # fmt: skip


def loaded(module: str, then: str = "") -> set[str]:
    """What a fresh process has loaded after importing `module`, and running `then`."""
    code = f"import sys, {module}\n{then}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", BELOW)
def test_nothing_below_the_screens_loads_textual(module: str) -> None:
    assert not loaded(module) & {"textual"}


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    assert not loaded("bmtui.cli.main") & {"httpx", "fpdf", "uvicorn", "starlette", "babel"}
    assert not loaded("bmtui.tui") & {"httpx", "fpdf", "uvicorn", "starlette", "babel"}


@pytest.mark.parametrize(
    "module",
    [
        "companies.company",
        "orders.orders",
        "jobs.jobs",
        "outbox.outbox",
        "shipping.ship",
        "returns.returns",
        "invoicing.invoices",
        "operations.worker",
    ],
)
def test_command_loads_only_its_own_module(module: str) -> None:
    parsed = loaded("bmtui.cli.main", f"bmtui.cli.main.parser(['{module}'])")
    assert not parsed & {"httpx", "fpdf", "PIL", "lxml", "uvicorn", "starlette", "babel", "textual"}


def test_command_modules_register_the_words_listed_for_them() -> None:
    for module, words in main.COMMAND_MODULES.items():
        (commands,) = (action for action in main.parser([module])._actions if isinstance(action.choices, dict))
        assert tuple(commands.choices or ()) == words


def test_every_module_can_be_imported_first() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "bmtui").rglob("*.py"))
        if path.name != "__main__.py"
    ]
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)


def test_nothing_stands_at_the_top_level_that_does_not_belong_there() -> None:
    done = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        pytest.skip("not a git checkout")
    tops = {name.partition("/")[0] for name in done.stdout.split()}
    assert {name for name in tops if not name.startswith(".")} == {
        *("bmtui", "tests", "pyproject.toml", "README.md", "screenshots")
    }


def test_the_readme_shows_pictures_that_exist_and_the_command_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", readme)
    assert pictures
    assert all((ROOT / picture).stat().st_size > 1000 for picture in pictures)
    commands = re.findall(r"^    (python3 -m venv .*)$", readme, re.MULTILINE)
    assert len(commands) == 2
    # CI takes the command out of the README, so that it cannot drift.
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
