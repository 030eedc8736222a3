"""Parsers of commands, and options that several of them take."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from bmtui.cli.command_table import COMMANDS, ORDERS
from bmtui.desk.core.parameter import Answers, Around, Kind, Parameter
from bmtui.errors import BmtuiError, NotRead, RuleRefused, ValueRefused
from bmtui.values import cleaning, whole_number

Commands = Any
"""Result of `add_subparsers`, whose class argparse does not export."""


def command(
    commands: Commands,
    common: argparse.ArgumentParser,
    name: str,
    run: Callable[[argparse.Namespace], int],
    help: str | None = None,
    *,
    own_help: bool = False,
) -> argparse.ArgumentParser:
    """Add a command with the common options and ``--json``. `help` defaults to that of the command tables.

    `own_help`: the caller adds ``--help`` itself.
    """
    help = help or (COMMANDS.get(name) or ORDERS[name]).help
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        parents=[common],
        help=help,
        description=help[0].upper() + help[1:] + ".",
        allow_abbrev=False,
        add_help=not own_help,
    )
    added.add_argument("--json", action="store_true", help="one JSON document on stdout")
    added.set_defaults(run=run)
    return added


def group(commands: Commands, name: str, **options: Any) -> Commands:
    """Add a command of the command table that has sub-commands, and return the place for them, made with `options`."""
    help = COMMANDS[name].help
    added = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False)
    return added.add_subparsers(title="commands", metavar="COMMAND", required=True, **options)


def take(parser: argparse._ActionsContainer, parameters: Iterable[Parameter]) -> None:
    """Add the options and arguments for these parameters; `answers` reads them."""
    for one in parameters:
        option = one.option or f"--{one.name.replace('_', '-')}"
        help = one.help or ", ".join(one.choices)
        if one.kind is Kind.TOGGLE and not one.by_line:
            parser.add_argument(option, dest=one.name, action="store_true", help=help)
        elif option.startswith("-"):
            shape = one.shape or ("TEXT" if one.kind in (Kind.TEXT, Kind.NOTE) else one.kind.upper())
            repeated: dict[str, Any] = {"action": "append", "default": []} if one.by_line or one.between else {}
            parser.add_argument(option, dest=one.name, metavar=shape, required=one.required, help=help, **repeated)
        else:
            place: dict[str, Any] = {} if one.required else {"nargs": "?"}
            parser.add_argument(one.name, metavar=one.shape or option, help=help, **place)


def answers(args: argparse.Namespace, parameters: Iterable[Parameter]) -> Answers:
    """Return the values that the options of `take` were given, by field.

    Raises:
        NotRead: an amount or number that is empty; a line that is none, is named twice, or lacks its value.
    """
    found: dict[str, list[str]] = {}
    for one in parameters:
        said = getattr(args, one.name, None)
        if one.by_line:
            for text in said or ():
                line, value = _of_line(one, text)
                texts = found.setdefault(one.field(line), [])
                if texts == [value] and one.kind is Kind.TOGGLE:
                    continue
                if texts and not one.between:
                    raise NotRead(
                        one.name, text, "said twice", "Give each line once.", message=f"Line {line} is named twice."
                    )
                texts.append(value)
        elif one.between:
            found[one.name] = list(said or ())
        elif one.kind is Kind.TOGGLE:
            found[one.name] = ["true"] if said else []
        elif said is not None:
            _check_alone(one, said)
            found[one.name] = [said]
    return Answers(found)


_NEVER_EMPTY = (Kind.AMOUNT, Kind.NUMBER, Kind.IDENTIFIER)
"""Kinds that refuse an empty text: it would mean something else than no value (without an amount all is refunded)."""


def _check_alone(one: Parameter, text: str) -> None:
    """Raise NotRead for a value that is wrong for any order; a number out of bounds is a usage error of a command."""
    try:
        if one.kind is Kind.NUMBER or (not text.strip() and one.kind in _NEVER_EMPTY):
            one.read(text, Around("EUR"))
    except ValueRefused as error:
        raise NotRead(error.field, error.came, error.understood, error.advice, message=error.message) from error


def _of_line(one: Parameter, text: str) -> tuple[int, str]:
    """Return the line number and the value of ``LINE=VALUE``, or of ``LINE`` alone where a value is implied."""
    line, equals, value = text.partition("=")
    if (equals and not value.strip()) or (not equals and not one.whole):
        came = cleaning.shown(text, 60)
        advice = f"Write --{one.name.replace('_', '-')} {one.shape}."
        raise NotRead(one.name, came, "without a value", advice, message=f"'{came}' is not LINE=VALUE.")
    return whole_number.read(line, field=one.name, wanted="line number"), value if equals else one.whole


def listing_options(parser: argparse.ArgumentParser, sorts: str = "") -> None:
    """Add the options of a command that prints a list."""
    parser.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N rows")
    if sorts:
        parser.add_argument("--sort", metavar="KEY", help=f"{sorts}; with a minus in front descending")


def change_options(parser: argparse.ArgumentParser, *, wait: bool = False) -> None:
    """Add the options of a command that changes something; `wait` for a command that sends."""
    if wait:
        parser.add_argument("--wait", action="store_true", help="send it now and wait for Back Market's answer")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be stored and sent")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def doubt_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--accept-doubt``, for a command whose values can be in doubt; ``--yes`` alone accepts no doubt."""
    parser.add_argument("--accept-doubt", action="store_true", help="accept a value that a check doubts")


def refuse_read_only(args: argparse.Namespace, error: type[BmtuiError] = RuleRefused) -> None:
    """Raise `error` under ``--read-only``, for commands that change something without opening the desk."""
    if args.read_only:
        raise error("This desk is read-only; nothing was changed.", "Start it without --read-only.")


def positive(text: str) -> int:
    """Parse a whole number from 1 on, for argparse."""
    try:
        return whole_number.read(text)
    except (NotRead, ValueRefused) as error:
        raise argparse.ArgumentTypeError(f"'{cleaning.shown(text)}' is not a whole number above zero") from error


def rate(text: str) -> float:
    """Parse a rate of events, which may be a fraction, for argparse; its range is checked where it is used."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from error
