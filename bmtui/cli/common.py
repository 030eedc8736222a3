"""Opening the desk for a command, and whether that command may change anything."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import replace

from bmtui import settings
from bmtui.cli.output import say
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk


@contextlib.contextmanager
def desk(args: argparse.Namespace) -> Iterator[Desk]:
    """The desk of this command's installation, closed at the end."""
    opened = open_desk(
        settings.load(args.home), read_only=args.read_only, company=args.company, progress=_search_progress
    )
    try:
        yield opened
    finally:
        opened.store.close()


def _search_progress(done: int, total: int) -> None:
    say(f"The search index is made anew for this release: {done:,} of {total:,} orders. It may be interrupted.")


def must_write(args: argparse.Namespace, opened: Desk) -> None:
    """Raises RuleRefused where nothing may be changed, unless this is a dry run, which changes nothing."""
    if not args.dry_run:
        opened.must_write()


def patient(args: argparse.Namespace, opened: Desk) -> Desk:
    """The desk of a person who was asked: what they send waits for its undo window. A script has none."""
    return replace(opened, undo=not (args.yes or args.wait))
