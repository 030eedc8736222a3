"""Order numbers of commands on several orders, from the command line or a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bmtui.errors import ConfigError, NotRead, ValueRefused
from bmtui.text import how_many
from bmtui.values import cleaning, table_file, whole_number

MOST_ORDERS = 10_000
"""Most orders of one command; a longer list is more likely the wrong file."""


def add_order_arguments(parser: argparse.ArgumentParser, shape: str, help: str) -> None:
    """Add the arguments that name orders."""
    parser.add_argument("orders", nargs="*", metavar=shape, help=help)
    parser.add_argument("--file", metavar="F", help=f"a file with one {shape} a line; - is the standard input")


def orders_named(args: argparse.Namespace, *, bare: bool = False) -> dict[int, str | None]:
    """Return the named orders, each with the text after its ``=``, None without one; `bare` refuses such a text.

    Raises:
        ConfigError: none, too many, not a number, twice, or a file that cannot be read; names the line.
    """
    texts = [*((text, "") for text in args.orders), *(_lines(args.file) if args.file else [])]
    found: dict[int, str | None] = {}
    for text, place in texts:
        name, equals, value = text.partition("=") if not text.startswith("=") else (text, "", "")
        try:
            if bare and equals:
                raise NotRead("orders", text, "more than an order's number", "Name the order alone.")
            number = whole_number.read(name, field="orders", wanted="order's number")
        except (NotRead, ValueRefused) as error:
            shown = cleaning.shown(text)
            raise ConfigError(f"{place}'{shown}' is {error.understood}; nothing was done.", error.advice) from error
        if number in found:
            raise ConfigError(f"{place}Order {number} is named twice; nothing was done.", "Name each order once.")
        found[number] = value if equals else None
    if not found:
        raise ConfigError("No order is named.", "Give their numbers, or --file F.")
    if len(found) > MOST_ORDERS:
        raise ConfigError(f"{how_many(len(found), 'order is', 'orders are')} named; at most {MOST_ORDERS:,} at once.")
    return found


def _lines(name: str) -> list[tuple[str, str]]:
    """Return the lines of a file, each with the words that name the file and the line in an error."""
    data = sys.stdin.buffer.read() if name == "-" else table_file.content(name)
    shown = "The standard input" if name == "-" else Path(name).name
    return [(line.text, f"{shown}, line {line.number}: ") for line in table_file.read_lines(data, name=shown)]
