"""Architecture: imports that stay lazy, files at the top level, and the README."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bmtui.cli.command_table import COMMANDS, ORDERS
from bmtui.cli.parser import parser_of_given_command, whole_parser

ROOT = Path(__file__).parents[1]
BELOW = ("bmtui.channel.client", "bmtui.store", "bmtui.store.search", "bmtui.queue.worker", "bmtui.desk.refunds.issue",
         "bmtui.workers.kinds", "bmtui.cli.main", "bmtui.sandbox.server")  # fmt: skip

_RUN = """
from bmtui.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({words})
"""


def loaded(module: str, then: str = "", *, whole: bool = False) -> set[str]:
    """Return the packages loaded by a new process that imports `module` and runs `then`; `whole`: all modules."""
    code = f"import sys, {module}\n{then}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name if whole else name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.slow
@pytest.mark.parametrize("module", BELOW)
def test_modules_below_the_screens_do_not_load_textual(module: str) -> None:
    assert not loaded(module) & {"textual"}


def test_command_line_starts_without_heavy_imports() -> None:
    assert not loaded("bmtui.cli.main") & {"httpx", "fpdf", "uvicorn", "starlette", "babel", "stdnum"}
    assert not loaded("bmtui.tui") & {"httpx", "fpdf", "uvicorn", "starlette", "babel", "stdnum"}


@pytest.mark.slow
@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("demo", "sandbox")])
def test_help_of_a_command_loads_only_its_own_module(command: str) -> None:
    names = loaded("contextlib, io", _RUN.format(words=[command, "--help"]), whole=True)
    assert COMMANDS[command].module in names
    others = {entry.module for entry in (*COMMANDS.values(), *ORDERS.values())} - {COMMANDS[command].module}
    assert not names & others
    libraries = {name.partition(".")[0] for name in names}
    assert not libraries & {"httpx", "fpdf", "PIL", "lxml", "uvicorn", "starlette", "babel", "stdnum", "textual"}


def test_command_table_names_the_commands_and_helps_of_the_parser() -> None:
    (commands,) = (action for action in whole_parser()._actions if isinstance(action, argparse._SubParsersAction))
    helps = {choice.dest: choice.help for choice in commands._choices_actions}
    assert list(commands.choices) == list(COMMANDS)
    assert helps == {name: entry.help for name, entry in COMMANDS.items()}
    given = parser_of_given_command(lambda: None)
    assert given.format_help() == whole_parser().format_help()


def test_command_module_registers_the_commands_that_the_table_gives_it() -> None:
    for module in {entry.module for entry in COMMANDS.values()}:
        commands = argparse.ArgumentParser().add_subparsers()
        importlib.import_module(module).register(commands, argparse.ArgumentParser(add_help=False))
        assert list(commands.choices) == [name for name, entry in COMMANDS.items() if entry.module == module]


def test_table_of_orders_names_the_commands_and_helps_of_the_group() -> None:
    (top,) = (action for action in whole_parser()._actions if isinstance(action, argparse._SubParsersAction))
    (parts,) = (action for action in top.choices["orders"]._actions if isinstance(action, argparse._SubParsersAction))
    assert list(parts.choices) == list(ORDERS)
    assert {choice.dest: choice.help for choice in parts._choices_actions} == {
        name: entry.help for name, entry in ORDERS.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("command", ["accept", "search"])
def test_command_on_orders_loads_only_its_own_module(command: str) -> None:
    names = loaded("contextlib, io", _RUN.format(words=["orders", command, "--help"]), whole=True)
    assert names & {entry.module for entry in ORDERS.values()} == {ORDERS[command].module}
    # What a full document of an order needs is loaded where one is made.
    assert "bmtui.desk.overview.order" not in names


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_read_the_table_alone(option: str) -> None:
    def cpu_s() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "bmtui", option], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    names = loaded("contextlib, io", _RUN.format(words=[option]), whole=True)
    assert {name for name in names if name.startswith("bmtui.")} == {
        "bmtui.cli", "bmtui.cli.main", "bmtui.cli.parser", "bmtui.cli.command_table", "bmtui.cli.standard_streams",
    }  # fmt: skip
    assert min(cpu_s() for _ in range(3)) <= 0.15


@pytest.mark.slow
def test_every_module_can_be_imported_first() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "bmtui").rglob("*.py"))
        if path.name != "__main__.py"
    ]
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], stderr=subprocess.PIPE, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, b"")


def test_top_level_has_only_the_expected_files_and_folders() -> None:
    done = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        pytest.skip("not a git checkout")
    tops = {name.partition("/")[0] for name in done.stdout.split()}
    assert {name for name in tops if not name.startswith(".")} == {
        *("bmtui", "tests", "pyproject.toml", "README.md", "screenshots")
    }


def test_readme_is_short_and_installs_from_a_checkout() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) < 150
    # No package index has it.
    assert not re.findall(r"install (?:--\w+ )*'?bmtui\b", readme)


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
