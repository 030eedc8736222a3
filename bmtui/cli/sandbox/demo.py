"""Command `bmtui demo`: a practice marketplace, a company on it, a first download over HTTP, then the desk."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bmtui import settings
from bmtui.channel.model import LineState
from bmtui.cli import exit_codes
from bmtui.cli.command_table import COMMANDS
from bmtui.cli.job_progress import wait_for
from bmtui.cli.options import Commands, positive, rate
from bmtui.cli.output import say
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.after_sales import folder_store, folders, replies
from bmtui.desk.after_sales import templates as reply_templates
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.sync import download as downloads
from bmtui.errors import BmtuiError, ConfigError, PartlyDone
from bmtui.text import how_many
from bmtui.words import EffectState, RefundState, label

if TYPE_CHECKING:
    from bmtui.sandbox import SandboxOptions
    from bmtui.sandbox.server import SandboxServer

T = TypeVar("T")
COMPANY = "Demo"
MARKETPLACE = "marketplace.kept"
"""File name of the marketplace of a demo that is kept."""
_LOOK_BACK = "120d"
_IMEI = "356938035643809"
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
            _round(opened, server)
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
        say(f"Company {company} is connected: {_first(companies.listing(desk)).url}.")
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


def _round(opened: Desk, server: SandboxServer) -> None:
    """Do the daily work without a screen: each step really happens, and its result is printed."""
    found = search.page(opened, "channel:shipped payment:charged", limit=50)
    shipped = _first(list(islice((row for row in found.rows if _can_be_invoiced(opened, row.order_id)), 1)))
    say(
        f"Search 'channel:shipped payment:charged': {how_many(found.count, 'order')}; order {shipped.order_id} is "
        "taken."
    )
    surname = shipped.customer_name.split()[-1]
    names = search.page(opened, f'"{surname}"', limit=50)
    if shipped.order_id not in {row.order_id for row in names.rows}:
        raise PartlyDone(f"Searching '{surname}' did not find order {shipped.order_id}.")
    say(f"Search '{surname}': {how_many(names.count, 'order')}, {shipped.order_id} among them.")

    waiting = _first(search.page(opened, "channel:toship status:inprocess shipping:unshipped", limit=1).rows)
    internal_cancel.cancel_internally(opened, waiting.order_id, "cancelled", "Cancelled in the demo.")
    now = overview.show(opened, waiting.order_id)
    say(f"Cancel Order Internally: {waiting.order_id} is {label(now.row.status)}. {now.channel_belief}")
    try:
        internal_cancel.cancel_internally(opened, shipped.order_id, "cancelled", "")
    except BmtuiError as error:
        say(f"Cancelling the shipped order {shipped.order_id} is refused: {error.message}")
    else:
        raise PartlyDone("A shipped order could be cancelled.")

    invoice = _invoice(opened, shipped.order_id, server)
    line = next(line for line in refunds.options(opened, shipped.order_id).lines if line.channel == "any")
    part = replace(line.refundable, minor=line.refundable.minor // 3)
    for request in (
        refunds.RefundRequest(lines={line.line_id: part}),
        refunds.RefundRequest(lines={line.line_id: None}),
    ):
        issued = refunds.issue(opened, shipped.order_id, request)
        say(issued.plan.sentence)
        if issued.job_id is not None:
            wait_for(opened, issued.job_id)
        view = overview.show(opened, shipped.order_id)
        states = {refund.state for refund in view.refunds if refund.refund_id in issued.refund_ids}
        if states != {RefundState.CONFIRMED}:
            raise PartlyDone(f"The refund ended as {', '.join(states)}.")
        say(f"Back Market confirmed it: {view.row.refund_summary}.")
    effects = [effect for effect in server.marketplace.effects if effect["order_id"] == shipped.order_id]
    state = next(now.state_label for now in view.lines if now.line_id == line.line_id)
    say(f"The marketplace applied {how_many(len(effects), 'effect')} to order {shipped.order_id}; its line is {state}.")
    for job in jobs.listing(opened, type_="invoice", limit=10):
        wait_for(opened, job.job_id)
    notes = invoice_search.listing(opened, order_id=shipped.order_id, kind="credit_note")
    if not notes or any(note.corrects != invoice for note in notes):
        raise PartlyDone("The refunds have no credit note.")
    credited = ", ".join(f"{note.number} of {note.gross}" for note in reversed(notes))
    say(f"Credit notes for invoice {invoice}: {credited}.")
    _accept_and_ship(opened, server)
    _return(opened)
    _after_sales(opened)
    say("The whole demo is done.")


def _can_be_invoiced(opened: Desk, order_id: int) -> bool:
    """Return True if the order's invoice can be made here, for example with the font of the extra `japanese`."""
    try:
        invoicing.check(invoicing.draft_invoice(opened, order_id))
    except BmtuiError as error:
        say(f"Order {order_id} is left alone: {error}")
        return False
    return True


def _invoice(opened: Desk, order_id: int, server: SandboxServer) -> str:
    """Make the invoice of a shipped order, upload it, check that it arrived unchanged; return its number."""
    waiting = invoice_search.waiting_count(opened)
    made = invoicing.make(opened, order_id)
    say(
        f"Invoice {made.number} for order {order_id}: {made.gross}, {made.schemes}; "
        f"{how_many(waiting, 'order waits', 'orders wait')} for one."
    )
    wait_for(opened, invoice_jobs.send(opened, made.number))
    there = server.marketplace.invoices.get(order_id, {})
    if there.get("sha256") != made.pdf_hash or invoice_files.verify(opened).findings:
        raise PartlyDone("The invoice that Back Market has is not the one that was made.")
    say(f"Back Market has invoice {made.number}, to the byte; drawn again it is the same.")
    return made.number


def _accept_and_ship(opened: Desk, server: SandboxServer) -> None:
    """Accept a paid order, ship it with an IMEI, and check that the marketplace has both."""
    rows = search.page(opened, "channel:toaccept status:inprocess sku:PHN*", limit=50).rows
    fit = [(len(leaving), row.order_id) for row in rows if (leaving := _with_one_phone(opened, row.order_id))]
    order_id = min(fit, key=lambda found: found[0], default=(0, 0))[1]
    if not order_id:
        raise PartlyDone("This marketplace has no phone to accept and ship.", "Use more orders: --orders 200.")
    wait_for(opened, acceptance.accept(opened, order_id).job_id)
    view = overview.show(opened, order_id)
    if view.row.channel_status != "to_ship":
        raise PartlyDone(f"Order {order_id} was not accepted: {label(view.row.channel_status)}.")
    say(f"Accept: order {order_id} is {label(view.row.channel_status)} on Back Market.")
    line = next(line for line in view.lines if line.sku.startswith("PHN") and line.state == LineState.ACCEPTED)
    request = shipping.ShipRequest(
        tracking=next((known.tracking_number for known in view.shipments), "") or "1Z 999AA1 0123456784",
        carrier="" if view.is_backship else "UPS",
        identifiers=(identifiers.given(line.line_id, _IMEI),),
        # Items beside the phone leave without an identifier.
        accept_doubts=True,
    )
    shipped = shipping.ship(opened, order_id, request)
    say(shipped.plan.sentence)
    wait_for(opened, shipped.job_id or 0)
    kinds = [effect["kind"] for effect in server.marketplace.effects if effect["order_id"] == order_id]
    view = overview.show(opened, order_id)
    known = next(one.imei for one in view.lines if one.line_id == line.line_id)
    if not view.row.channel_notified or known != _IMEI or kinds.count("ship") != 1:
        raise PartlyDone(f"Order {order_id} did not reach Back Market as it should: {', '.join(kinds)}.")
    say(f"Ship Confirmed: order {order_id} is {label(view.row.shipping_status)}, IMEI {known} is registered.")


def _with_one_phone(opened: Desk, order_id: int) -> list[int]:
    """Return the lines that would leave with an order of exactly one phone; empty for any other order."""
    lines = overview.show(opened, order_id).lines
    leaving = [line for line in lines if line.state in (LineState.PAID, LineState.ACCEPTED)]
    phones = [line.quantity for line in leaving if line.sku.startswith("PHN")]
    return [line.line_id for line in leaving] if phones == [1] else []


def _return(opened: Desk) -> None:
    """Take a return: create an RMA, receive it with its IMEI, refund and close it."""
    shipped = search.page(opened, "channel:shipped payment:charged has:imei", limit=20).rows
    line = order_id = None
    for row in shipped:
        line = next(
            (line for line in overview.show(opened, row.order_id).lines if line.imei and line.quantity == 1), None
        )
        if line is not None:
            order_id = row.order_id
            break
    if line is None or order_id is None:
        raise PartlyDone("This marketplace has no shipped phone for an RMA.", "Use more orders: --orders 200.")
    wanted = returns.ReturnRequest(
        (returns.WantedItem(line.line_id, 1, "Defective"),), description="It does not charge."
    )
    rma_id = returns.create(opened, order_id, wanted).row.rma_id
    say(f"RMA {rma_id} for order {order_id}: {line.sku}, Defective.")
    return_actions.approve(opened, rma_id, "approved")
    view = return_actions.receive(opened, rma_id, imei=line.imei)
    if view.row.differs or view.row.received != "received":
        raise PartlyDone("The returned device is not the shipped device.")
    say(f"RMA {rma_id}: {label(view.row.received)}; IMEI {line.imei} was shipped and came back.")
    _, issued = return_refund.refund(opened, rma_id, refunds.RefundRequest())
    for one in issued:
        if one.job_id is not None:
            wait_for(opened, one.job_id)
    view = return_actions.set_status(opened, rma_id, "closed")
    if {refund.state for refund in view.refunds} != {RefundState.CONFIRMED}:
        raise PartlyDone("The refund of the RMA was not confirmed.")
    say(f"RMA {rma_id}: {view.row.refunded} refunded, {label(view.items[0].resolution)}, {label(view.row.status)}.")


def _after_sales(opened: Desk) -> None:
    """Download the after-sales folders, and answer the customer who has waited the longest."""
    wait_for(opened, folder_store.start(opened, COMPANY, max_failures=3))
    waiting = folders.listing(opened, "show:waiting")
    say(
        f"After-sales: {how_many(len(folders.listing(opened, 'state:all')), 'folder')} came over HTTP; "
        f"{len(waiting):,} wait."
    )
    if not waiting:
        return
    row = waiting[0]
    text = reply_templates.filled(opened, row, reply_templates.offered(opened, row.market[:2])[0].name)
    sent = replies.send(opened, replies.answer(row.folder_id, text))
    wait_for(opened, sent.job_id)
    if outbox.show(opened, sent.effect_id).state != EffectState.CONFIRMED:
        raise PartlyDone(f"The answer in folder {row.folder_id} was not confirmed.")
    hours = (row.age or timedelta()).total_seconds() / 3600
    say(f"Folder {row.folder_id} ({row.market}) waited {hours:.0f} business hours and is answered.")


def _first(rows: Sequence[T]) -> T:
    if not rows:
        raise PartlyDone("This marketplace has no order for that step.", "Use more orders: --orders 200.")
    return rows[0]
