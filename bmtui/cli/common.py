"""Desk of a command: opening it, and refusing changes where it is read-only."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import replace

from bmtui import settings
from bmtui.cli.output import say
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.text import how_many


@contextlib.contextmanager
def desk(args: argparse.Namespace) -> Iterator[Desk]:
    """Open the desk of this command's installation; its store is closed at the end."""
    opened = open_desk(
        settings.load(args.home), read_only=args.read_only, company=args.company, progress=_search_progress
    )
    try:
        yield opened
    finally:
        opened.store.close()


def _search_progress(done: int, total: int) -> None:
    say(f"The search index is rebuilt for this release: {done:,} of {how_many(total, 'order')}. It may be interrupted.")


def must_write(args: argparse.Namespace, opened: Desk) -> None:
    """Raise RuleRefused if the desk is read-only; a dry run passes, because it changes nothing."""
    if not args.dry_run:
        opened.must_write()


def patient(args: argparse.Namespace, opened: Desk) -> Desk:
    """Return the desk with an undo window for a person who was asked; with ``--yes`` or ``--wait`` nothing waits."""
    return replace(opened, undo=not (args.yes or args.wait))
