"""Commands on several orders: which ones, and a result for each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bmtui.cli import documents, exit_codes
from bmtui.cli.output import emit_list, say
from bmtui.desk.core.bulk import BulkResult
from bmtui.errors import ConfigError, by_name, unreadable

_COLUMNS = {"order_id": "Order", "done": "Done", "sentence": "Result"}
_MOST = 10_000
"""More orders at once are more likely the wrong file."""


def add_orders(parser: argparse.ArgumentParser, shape: str, help: str) -> None:
    """The arguments that name the orders."""
    parser.add_argument("orders", nargs="*", metavar=shape, help=help)
    parser.add_argument("--file", metavar="F", help=f"a file with one {shape} a line; - is the standard input")


def named(args: argparse.Namespace, *, bare: bool = False) -> dict[int, str | None]:
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
    if len(found) > _MOST:
        raise ConfigError(f"{len(found):,} orders are named; {_MOST:,} at once are the most.")
    return found


def _lines(name: str) -> list[str]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read: {unreadable(error)}.", "Give a text file.") from error
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line]


def emit_results(args: argparse.Namespace, results: Sequence[BulkResult]) -> int:
    """A row an order, and the exit code: 6 when some were done and some not."""
    emit_list(args, [documents.done(result) for result in results], _COLUMNS, "Nothing was done.")
    failed = [result for result in results if not result.done]
    if not failed:
        return exit_codes.DONE
    say(f"{len(results) - len(failed):,} done, {len(failed):,} not.")
    return exit_codes.PARTLY_DONE if len(failed) < len(results) else exit_codes.code_of(by_name(failed[0].error))
