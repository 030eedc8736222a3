"""Commands `bmtui orders delivery-note|label|packing-slip|pick-list` and `bmtui scan-commands`: papers."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, positive, take
from bmtui.cli.output import emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import packing_documents
from bmtui.errors import ConfigError


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    for name, run, many in (
        ("delivery-note", _delivery_note, False),
        ("label", _label, False),
        ("packing-slip", _packing_slip, True),
        ("pick-list", _pick_list, True),
    ):
        parser = command(sub, common, name, run)
        parser.add_argument("order", type=positive, nargs="+" if many else 1, metavar="ID", help="the order's number")
        _where(parser)


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    _where(command(commands, common, "scan-commands", _commands))


def _where(parser: argparse.ArgumentParser) -> None:
    take(parser, (packing_documents.OUTPUT,))
    one = packing_documents.PRINTER
    # ``--print`` without a name means the usual printer.
    parser.add_argument(one.option, nargs="?", const="", metavar=one.shape, dest=one.name, help=one.help)


def _delivery_note(args: argparse.Namespace) -> int:
    from bmtui.workers.shipping import channel_documents as fetching

    return _save_or_print(
        args, "Delivery note", lambda opened: asyncio.run(fetching.delivery_note(opened, args.order[0]))
    )


def _label(args: argparse.Namespace) -> int:
    from bmtui.workers.shipping import channel_documents as fetching

    return _save_or_print(args, "Label", lambda opened: asyncio.run(fetching.label(opened, args.order[0])))


def _packing_slip(args: argparse.Namespace) -> int:
    _must_go_somewhere(args)
    with desk(args) as opened:
        made = packing_documents.packing_slips(opened, args.order)
        refused = [{"order_id": order_id, "error": why} for order_id, why in made.refused]
        more = {"refused": refused, "remarks": list(made.remarks)}
        _put(args, "Packing slip", made.pdf, more)
        for sentence in made.sentences:
            say(sentence)
    return exit_codes.PARTLY_DONE if refused else exit_codes.DONE


def _pick_list(args: argparse.Namespace) -> int:
    return _save_or_print(args, "Pick list", lambda opened: packing_documents.pick_list(opened, args.order))


def _commands(args: argparse.Namespace) -> int:
    return _save_or_print(args, "Scan station", packing_documents.command_sheet)


def _save_or_print(args: argparse.Namespace, title: str, make: Callable[[Desk], bytes]) -> int:
    _must_go_somewhere(args)
    with desk(args) as opened:
        _put(args, title, make(opened), {})
    return exit_codes.DONE


def _must_go_somewhere(args: argparse.Namespace) -> None:
    if args.output is None and args.printer is None:
        raise ConfigError("The output is missing.", "Give --output F, or --print.")
    packing_documents.PRINTER.read(args.printer or "")


def _put(args: argparse.Namespace, title: str, pdf: bytes, more: Mapping[str, object]) -> None:
    """Save and print the PDF as the arguments say, and report it; `more` is added to the JSON."""
    saved = str(packing_documents.save(pdf, args.output)) if args.output is not None else None
    printed = packing_documents.print_out(pdf, title, args.printer) if args.printer is not None else None
    document = {"title": title, "bytes": len(pdf), "saved": saved, "printed": printed, **more}
    lines = [f"{title}: saved as {saved}."] if saved else []
    emit_one(args, document, [*lines, *([f"{title}: printed. {printed}"] if printed is not None else [])])
