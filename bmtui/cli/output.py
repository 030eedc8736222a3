"""Output of commands: data on stdout as JSON, CSV or a table; narration and questions on stderr."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

from bmtui.cli import documents
from bmtui.csv_writer import write_csv
from bmtui.errors import ConfigError, RuleRefused
from bmtui.text import first_of, plain, width_of, without_stacks

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk


_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters that steer a terminal, and lone surrogates, which no encoding has."""


def say(text: str) -> None:
    """Print a line of narration on stderr."""
    print(_shown(text), file=sys.stderr, flush=True)


def _shown(text: str) -> str:
    """Return `text` without terminal control characters: a store that others write to may hold some."""
    return without_stacks(plain(text, multiline=True))


def emit_one(args: argparse.Namespace, view: Any, lines: Iterable[str]) -> None:
    """Print one view: its JSON object, or `lines` for a person."""
    if args.json:
        emit_json(view)
    else:
        for line in lines:
            print(_shown(line))


def emit_list(
    args: argparse.Namespace,
    views: Sequence[Any],
    columns: Mapping[str, str],
    empty: str,
    desk: Desk | None = None,
    *,
    seconds: bool = False,
    words: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Print a list: a JSON array, CSV of every field, or a table of `columns` (field: heading).

    Args:
        desk: whose clocks a table shows: one zone, which the heading names unless it is the only company's own.
        seconds: a table shows times to the second.
        words: by field, what a table shows for a code.
    """
    # Imported here: it costs start-up time, and most commands print no list.
    from bmtui.desk.core import dates

    rows = documents.to_json(views)
    if args.json:
        emit_json(rows)
    elif args.csv:
        flat = [documents.flat(row) for row in rows]
        names = list(dict.fromkeys(name for row in flat for name in row))
        write_csv(sys.stdout, [names, *([row.get(name, "") for name in names] for row in flat)])
    elif not rows:
        say(empty)
    else:
        flat = [documents.flat(row) for row in rows]
        zone, said = _zone_of(desk, {row.get("company") for row in flat})
        times: set[str] = set()

        def cell(row: Mapping[str, Any], name: str) -> str:
            value = row.get(name)
            if isinstance(value, documents.Time):
                times.add(name)
                return dates.stamp(value.at, zone, seconds=seconds)
            return _cell(words[name](value) if words and name in words and value else value)

        cells = [[cell(row, name) for name in columns] for row in flat]
        _table(cells, [f"{heading}{said}" if name in times else heading for name, heading in columns.items()])


def _zone_of(desk: Desk | None, companies: set[str | None]) -> tuple[tzinfo, str]:
    """Return the time zone of a list with these companies, and the words that name it in headings, '' for none."""
    if desk is None:
        return UTC, " (UTC)"
    zone = desk.list_zone(next(iter(companies)) if len(companies) == 1 else None)
    own = len(companies) == 1 and desk.fixed_zone is None and zone == desk.list_zone()
    return zone, "" if own else f" ({zone})"


def confirmed(args: argparse.Namespace, question: str, *, sends: bool) -> None:
    """Ask before an action that destroys or sends; ``--yes`` is the answer of a script.

    Raises:
        ConfigError: it would be sent or destroyed, nobody can be asked, and ``--yes`` is missing.
        RuleRefused: the answer was no.
    """
    if args.yes:
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise RuleRefused("Not confirmed; nothing was changed.")
    elif sends:
        raise ConfigError(
            "This command asks for a confirmation, but there is no terminal; nothing was changed.", "Add --yes."
        )


def doubts_accepted(args: argparse.Namespace, doubts: Sequence[str]) -> bool:
    """Return False without doubts, True once a person accepted them; ``--yes`` alone does not.

    Raises:
        RuleRefused: nobody accepted them.
    """
    if not doubts:
        return False
    if args.accept_doubt:
        return True
    said = first_of(doubts)
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"In doubt: {said} Type yes if it is correct anyway: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() == "yes":
            return True
        raise RuleRefused("The doubt was not accepted; nothing was changed.")
    raise RuleRefused(f"{said} Nothing was changed.", "Check it; if it is correct anyway, add --accept-doubt.")


def emit_json(view: Any) -> None:
    """Print a view as one JSON document."""
    text = json.dumps(documents.to_json(view), ensure_ascii=not _takes_all(), indent=2)
    print(_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _takes_all() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return without_stacks(plain(str(value)))


def _table(rows: list[list[str]], headings: list[str]) -> None:
    widths = [max(map(width_of, column)) for column in zip(headings, *rows, strict=True)]
    for row in [headings, *rows]:
        print(
            "  ".join(cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def of_order(order_id: int, text: str) -> str:
    """Return `text` with the order's number in front, unless it begins with it."""
    named = f"Order {order_id}"
    return text if text.startswith((f"{named} ", f"{named}:")) else f"{named}: {text}"
