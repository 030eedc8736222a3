"""Parsers of commands, and options that several of them take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from bmtui.cli.command_table import COMMANDS
from bmtui.errors import BmtuiError, NotRead, RuleRefused, ValueRefused
from bmtui.values import cleaning, whole_number

Commands = Any
"""What `add_subparsers` returns; argparse does not export its class."""


def command(
    commands: Commands,
    common: argparse.ArgumentParser,
    name: str,
    run: Callable[[argparse.Namespace], int],
    help: str | None = None,
) -> argparse.ArgumentParser:
    """Add one command with the common options and ``--json``. `help` defaults to that of the command table."""
    help = help or COMMANDS[name].help
    added: argparse.ArgumentParser = commands.add_parser(
        name, parents=[common], help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False
    )
    added.add_argument("--json", action="store_true", help="one JSON document on stdout")
    added.set_defaults(run=run)
    return added


def group(commands: Commands, name: str) -> Commands:
    """Add a command of the command table that has sub-commands."""
    help = COMMANDS[name].help
    added = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False)
    return added.add_subparsers(title="commands", metavar="COMMAND", required=True)


def listing_options(parser: argparse.ArgumentParser, sorts: str = "") -> None:
    """Options of every list."""
    parser.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N rows")
    if sorts:
        parser.add_argument("--sort", metavar="KEY", help=f"{sorts}; with a minus in front descending")


def change_options(parser: argparse.ArgumentParser, *, wait: bool = False) -> None:
    """Options of a command that changes something; `wait` for one that sends."""
    if wait:
        parser.add_argument("--wait", action="store_true", help="send it here and wait for Back Market's answer")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be stored and sent")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def doubt_option(parser: argparse.ArgumentParser) -> None:
    """Option of a command whose values can be in doubt; beside ``--yes``, which accepts none."""
    parser.add_argument("--accept-doubt", action="store_true", help="go on although a value is in doubt")


def refuse_read_only(args: argparse.Namespace, error: type[BmtuiError] = RuleRefused) -> None:
    """Raises `error` under ``--read-only``, for commands that change something without opening the desk."""
    if args.read_only:
        raise error("This desk is read-only; nothing was changed.", "Start it without --read-only.")


def positive(text: str) -> int:
    """An argparse type: a whole number from 1 on."""
    try:
        return whole_number.read(text)
    except (NotRead, ValueRefused) as error:
        raise argparse.ArgumentTypeError(f"'{cleaning.shown(text)}' is not a whole number above zero") from error


def rate(text: str) -> float:
    """An argparse type: a number of events, which may be a fraction; what it means is checked where it is used."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from error
