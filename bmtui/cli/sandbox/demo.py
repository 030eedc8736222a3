"""Command `bmtui demo`: a practice marketplace, a company on it, a first download over HTTP, then the desk."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bmtui import settings
from bmtui.cli import exit_codes
from bmtui.cli.command_table import COMMANDS
from bmtui.cli.job_progress import wait_for
from bmtui.cli.options import Commands, positive, rate
from bmtui.cli.output import say
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, PartlyDone
from bmtui.text import how_many

if TYPE_CHECKING:
    from bmtui.sandbox import SandboxOptions
    from bmtui.sandbox.server import SandboxServer

COMPANY = "Demo"
MARKETPLACE = "marketplace.kept"
"""File name of the marketplace of a demo that is kept."""
_LOOK_BACK = "120d"
DRAWING_TOOL = Path(__file__).parents[3] / "tests" / "support" / "screen_pictures.py"
"""Script that draws the pictures of the documentation; part of a checkout, not of the wheel."""


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        parents=[common],
        help=COMMANDS["demo"].help,
        description="A practice marketplace on this machine, a company on it, a first download, then the desk.",
        allow_abbrev=False,
    )
    parser.add_argument("--headless", action="store_true", help="run the whole demo without screens, one line per step")
    parser.add_argument("--orders", type=positive, default=200, metavar="N", help="orders in the marketplace (200)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed makes the same marketplace (1)")
    parser.add_argument(
        "--live", type=rate, default=0, metavar="RATE", help="events a minute: buyers order, pay, cancel and write (0)"
    )
    # Former options for drawing the documentation; they still work in a checkout.
    parser.add_argument("--pictures", metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--picture-texts", metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--keep", metavar="DIR", help="keep all data in DIR; the same DIR continues the demo")
    # No default here: the option may also stand before the command.
    parser.add_argument("--mouse", action="store_true", default=argparse.SUPPRESS, help="let the desk use the mouse")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from bmtui import tui
    from bmtui.sandbox import SandboxOptions

    if args.pictures:
        return _draw(args)
    if not args.headless:
        # Check the terminal before a marketplace is built.
        tui.check_terminal()
    with contextlib.ExitStack() as stack:
        home = Path(args.keep).absolute() if args.keep else Path(stack.enter_context(_temporary_home()))
        try:
            options = SandboxOptions(orders=args.orders, seed=args.seed, live=args.live)
        except ValueError as error:
            raise ConfigError(str(error)) from error
        opened, server, known = stack.enter_context(filled_desk(home, options, kept=bool(args.keep)))
        if args.headless and known:
            say(
                "The demo continues: the marketplace has applied "
                f"{how_many(len(server.marketplace.effects), 'write')} of it."
            )
            return exit_codes.DONE
        if args.headless:
            from bmtui.cli.sandbox import demo_day

            demo_day.day(opened, server, COMPANY)
            return exit_codes.DONE
        greeting = "This is the practice marketplace. New here? ^y begins a tutorial of eight steps."
        desk = replace(opened, read_only=args.read_only)
        code = tui.run(desk, mouse=args.mouse, greeting=greeting, passing=not args.keep)
        if not args.keep:
            say("The practice marketplace is gone. 'bmtui' opens the desk for a company of your own.")
        return code


@contextlib.contextmanager
def filled_desk(
    home: Path, options: SandboxOptions, *, kept: bool = False, **changes: Any
) -> Iterator[tuple[Desk, SandboxServer, bool]]:
    """Open a desk in `home` on a practice marketplace, download its orders; yield True as third if it was there before.

    Args:
        kept: the marketplace of `home` goes on, and is stored again at the end.
        changes: fields of the `Desk`.
    """
    with _marketplace(options, home if kept else None) as server, _open(home) as opened:
        number = len(server.marketplace.state.orders)
        say(f"The practice marketplace answers at {server.url} with {how_many(number, 'order')}.")
        desk = replace(opened, **changes)
        known = _reconnect(desk, server)
        company = known or _add_company(desk, server, "1" if options.live else "15")
        say(f"Company {company} is connected: {companies.listing(desk)[0].url}.")
        _download(desk)
        yield desk, server, bool(known)


@contextlib.contextmanager
def _marketplace(options: SandboxOptions, kept_in: Path | None) -> Iterator[SandboxServer]:
    """Run the marketplace: a new one, or the one that is kept in this folder; a kept one is stored again at the end."""
    from bmtui.cli.sandbox import kept
    from bmtui.sandbox.server import SandboxServer

    file = kept_in / MARKETPLACE if kept_in is not None else None
    before = None
    if kept_in is not None and not (kept_in / MARKETPLACE).exists() and any(kept_in.glob("*.sqlite")):
        raise ConfigError("There is an installation in that folder already.", "Choose an empty one for --keep.")
    if file is not None and file.exists():
        try:
            before = kept.load(file)
        except ValueError as error:
            raise ConfigError(str(error), "Choose an empty folder for --keep.") from error
        options = replace(options, seed=before.state.seed)
    with SandboxServer(options, before) as server:
        try:
            yield server
        finally:
            if file is not None and file.parent.is_dir():
                kept.keep(server.marketplace, file)


def _reconnect(opened: Desk, server: SandboxServer) -> str:
    """Set the marketplace's new address and token in the company of a kept demo; return its name, '' for a new demo."""
    if not companies.listing(opened):
        return ""
    companies.change(opened, COMPANY, {"url": server.url, "token": server.token})
    return COMPANY


def _draw(args: argparse.Namespace) -> int:
    if not DRAWING_TOOL.is_file():
        raise ConfigError(
            "The pictures of the documentation are drawn from a checkout, not from an installed bmtui.",
            "In a checkout: python tests/support/screen_pictures.py DIR --texts DIR.",
        )
    texts = ["--texts", args.picture_texts] if args.picture_texts else []
    marketplace = ["--orders", str(args.orders), "--seed", str(args.seed)]
    command = [sys.executable, str(DRAWING_TOOL), args.pictures, *texts, *marketplace]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - a script of ours


def _temporary_home() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bmtui-demo-", ignore_cleanup_errors=True)


@contextlib.contextmanager
def _open(home: Path) -> Iterator[Desk]:
    # The demo never touches an installation that the environment points to.
    opened = open_desk(settings.load(str(home), environ={}))
    try:
        yield opened
    finally:
        opened.store.close()


def _add_company(opened: Desk, server: SandboxServer, every_min: str) -> str:
    added = companies.add(
        opened,
        COMPANY,
        platform="eu",
        contact="demo@example.com",
        token=server.token,
        url=server.url,
        download_interval_min=every_min,
        care_interval_min=every_min,
    )
    seller = {
        "seller_name": "Demo Refurb SARL",
        "seller_address": "1 rue de la Démo|75011 Paris",
        "seller_country": "FR",
    }
    invoice_settings.change(opened, added.name, "", seller | {"vat_id": "FR11123456782"})
    invoice_settings.change(opened, added.name, "ja-jp", {"vat_id": "T7123456789012"})
    return added.name


def _download(opened: Desk) -> None:
    job_id = downloads.start(opened, COMPANY, _LOOK_BACK, max_failures=3)
    view = wait_for(opened, job_id)
    children = jobs.children(opened, job_id)
    if view.status != "completed" or any(child.status != "completed" for child in children):
        raise PartlyDone(f"The first download did not end well. {view.error}")
    made = sum(int(child.output.get("created", 0)) for child in children)
    say(f"Download: {how_many(view.output['fetched'], 'order')} came over HTTP in job {job_id}; {made:,} were created.")
