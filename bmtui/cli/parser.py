"""Parsers of the command line: of all commands, or of the given command alone."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bmtui import __version__
from bmtui.cli.command_table import COMMANDS, TableEntry

if TYPE_CHECKING:
    _SubParsersAction = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    _SubParsersAction = argparse._SubParsersAction


class GivenCommand(_SubParsersAction):
    """Sub-parsers with the names and helps of a command table, of which only that of the given command is made."""

    _load: Callable[[str], None]

    def offer(self, table: Mapping[str, TableEntry], load: Callable[[str], None]) -> None:
        """Offer the commands of the table; `load` registers the given command's own parser."""
        self._load = load
        for name, entry in table.items():
            self.add_parser(name, help=entry.help, add_help=False)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        assert values, "argparse asks for the name of a command first"
        self.choices.clear()
        self._load(values[0])
        super().__call__(parser, namespace, values, option_string)


def whole_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. It imports all their modules."""
    common, top = _top()
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for module in modules_of(COMMANDS):
        module.register(commands, common)
    return top


def modules_of(table: Mapping[str, TableEntry]) -> Iterator[Any]:
    """Import the modules of a command table, each once, in its order."""
    return map(importlib.import_module, dict.fromkeys(entry.module for entry in table.values()))


def parser_of_given_command(before_import: Callable[[], None]) -> argparse.ArgumentParser:
    """Return a parser that imports only the module of the command that is given, after calling `before_import`."""
    common, top = _top()

    commands = top.add_subparsers(title="commands", metavar="COMMAND", action=GivenCommand)
    assert isinstance(commands, GivenCommand)

    def load(name: str) -> None:
        before_import()
        importlib.import_module(COMMANDS[name].module).register(commands, common)

    commands.offer(COMMANDS, load)
    return top


def _top() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Return the parser of the options that all commands share, and that of `bmtui` itself, without commands."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group("common")
    group.add_argument("--home", metavar="DIR", help="folder of all files of bmtui (or BMTUI_HOME)")
    group.add_argument("--company", metavar="NAME", help="only this company's orders and jobs")
    group.add_argument("--read-only", action="store_true", help="change nothing")
    top = argparse.ArgumentParser(
        prog="bmtui",
        parents=[common],
        allow_abbrev=False,
        description="The order desk for Back Market sellers in the terminal. Without a command: the desk.",
    )
    top.add_argument("--version", action="version", version=f"bmtui {__version__}")
    top.add_argument("--mouse", action="store_true", help="let the desk use the mouse")
    top.add_argument("--debug", action="store_true", help="for developers: a crash of the desk prints its traceback")
    return common, top
