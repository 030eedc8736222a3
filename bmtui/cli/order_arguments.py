"""Which orders a command on several of them is about: on the command line, or in a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bmtui.errors import ConfigError, unreadable

MOST_ORDERS = 10_000
"""More orders at once are more likely the wrong file."""


def add_order_arguments(parser: argparse.ArgumentParser, shape: str, help: str) -> None:
    """The arguments that name the orders."""
    parser.add_argument("orders", nargs="*", metavar=shape, help=help)
    parser.add_argument("--file", metavar="F", help=f"a file with one {shape} a line; - is the standard input")


def orders_named(args: argparse.Namespace, *, bare: bool = False) -> dict[int, str | None]:
    """The orders that the arguments name, each with what stands behind its ``=``; `bare` ones have nothing there.

    Raises:
        ConfigError: none, too many, not a number, twice, or a file that cannot be read.
    """
    texts = [*args.orders, *(_lines(args.file) if args.file else [])]
    found: dict[int, str | None] = {}
    for text in texts:
        number, equals, value = text.partition("=")
        if (bare and equals) or not number.isascii() or not number.isdecimal() or len(number) > 18 or int(number) < 1:
            raise ConfigError(f"'{text[:40]}' is not an order's number; nothing was done.")
        if int(number) in found:
            raise ConfigError(f"Order {int(number)} is named twice; nothing was done.", "Name each order once.")
        found[int(number)] = value if equals else None
    if not found:
        raise ConfigError("No order is named.", "Give their numbers, or --file F.")
    if len(found) > MOST_ORDERS:
        raise ConfigError(f"{len(found):,} orders are named; {MOST_ORDERS:,} at once are the most.")
    return found


def _lines(name: str) -> list[str]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read: {unreadable(error)}.", "Give a text file.") from error
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line]
