"""What commands share: opening the desk, running until a job ended, and options that several take."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from bmtui import settings
from bmtui.cli.output import say
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.words import label

if TYPE_CHECKING:
    from bmtui.desk.core.views import JobView

TELL_S = 1.0
Commands = Any
"""What `add_subparsers` returns; argparse does not export its class."""


@contextlib.contextmanager
def desk(args: argparse.Namespace) -> Iterator[Desk]:
    """The desk of this command's installation, closed at the end."""
    opened = open_desk(settings.load(args.home), read_only=args.read_only, company=args.company)
    try:
        yield opened
    finally:
        opened.store.close()


def must_write(args: argparse.Namespace, opened: Desk) -> None:
    """Raises RuleRefused where nothing may be changed, unless this is a dry run, which changes nothing."""
    if not args.dry_run:
        opened.must_write()


def patient(args: argparse.Namespace, opened: Desk) -> Desk:
    """The desk of a person who was asked: what they send waits for its undo window. A script has none."""
    return replace(opened, undo=not (args.yes or args.wait))


def command(
    commands: Commands, common: argparse.ArgumentParser, name: str, run: Callable[[argparse.Namespace], int], help: str
) -> argparse.ArgumentParser:
    """Add one command with the common options and ``--json``."""
    added: argparse.ArgumentParser = commands.add_parser(
        name, parents=[common], help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False
    )
    added.add_argument("--json", action="store_true", help="one JSON document on stdout")
    added.set_defaults(run=run)
    return added


def group(commands: Commands, name: str, help: str) -> Commands:
    """Add a command that has sub-commands."""
    added = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False)
    return added.add_subparsers(title="commands", metavar="COMMAND", required=True)


def listing_options(parser: argparse.ArgumentParser, sorts: str = "") -> None:
    """Options of every list."""
    parser.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N rows")
    if sorts:
        parser.add_argument("--sort", metavar="KEY", help=f"{sorts}; with a minus in front descending")


def positive(text: str) -> int:
    """An argparse type: a whole number from 1 on."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number above zero")
    return int(text)


def rate(text: str) -> float:
    """An argparse type: a number of events, which may be a fraction; what it means is checked where it is used."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from error


def wait_for(opened: Desk, job_id: int, tell: Callable[[JobView], None]) -> JobView:
    """Run the job and what it submits in this process (or watch whoever runs it), until all of it has ended.

    `tell` is called when a status changes, and once a second with the progress. Ctrl+C stops gracefully: the job goes
    on later.
    """
    from bmtui.desk.jobs import jobs

    wait_for_all(opened, [job_id], tell)
    return jobs.show(opened, job_id)


def wait_for_all(opened: Desk, job_ids: Sequence[int], tell: Callable[[JobView], None]) -> None:
    """As `wait_for`, for several jobs at once."""
    from bmtui.desk.jobs import jobs
    from bmtui.workers import run_worker

    if notice := jobs.left_to_service(opened, job_ids):
        say(notice)

    async def run() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            worker = asyncio.create_task(run_worker(opened, stop=stop, root=job_ids))
            told: dict[int, tuple[JobView, float]] = {}
            done: set[asyncio.Task[None]] = set()
            while not done:
                done, _ = await asyncio.wait({worker}, timeout=0.2)
                for view in await opened.read(jobs.families, job_ids):
                    last, at = told.get(view.job_id, (None, 0.0))
                    news = last is None or last.status != view.status
                    if news or (view != last and monotonic() - at >= TELL_S):
                        tell(view)
                        told[view.job_id] = (view, monotonic())
            await worker
            if stop.is_set():
                raise KeyboardInterrupt

    asyncio.run(run())


def tell(view: JobView) -> None:
    """Narrate how far a job is."""
    done = f"{view.processed:,} of {view.total:,}" if view.total is not None else f"{view.processed:,}"
    waits = f": {view.error}" if view.status == "submitted" and view.error else ""
    say(
        f"Job {view.job_id} {label(view.type)}: {label(view.status)}, {done}"
        + (f" ({view.phase})" if view.phase else "")
        + waits
    )


@contextlib.contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """While inside, SIGINT and SIGTERM set `stop` instead of killing what is being sent."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
