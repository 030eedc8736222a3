"""`bmtui outbox`: what waits to be sent, and what nobody knows."""

from __future__ import annotations

import argparse

from bmtui.cli import documents, exit_codes
from bmtui.cli.opening import Commands, command, desk, group, listing_options, positive
from bmtui.cli.output import confirmed, emit_list, emit_one
from bmtui.desk import effects
from bmtui.desk.effects import EffectView
from bmtui.words import label

_COLUMNS = {
    "effect_id": "Effect",
    "kind": "Kind",
    "order_id": "Order",
    "state": "State",
    "method": "Method",
    "path": "Path",
    "sending_at": "Sent",
    "error": "Error",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "outbox", "what waits to be sent, and what is not known")
    listing = command(sub, common, "list", _list, "list what is not settled")
    listing.add_argument("--all", action="store_true", help="also what is settled")
    listing_options(listing)
    withdrawing = command(sub, common, "withdraw", _withdraw, "withdraw what was not sent")
    settling = command(sub, common, "settle", _settle, "say what you saw in the Back Office")
    how = settling.add_mutually_exclusive_group(required=True)
    how.add_argument("--happened", action="store_true", help="it took effect")
    how.add_argument("--did-not-happen", action="store_true", help="it did not; its amount is refundable again")
    for parser in (withdrawing, settling):
        parser.add_argument("effect", type=positive, metavar="EFFECT", help="its number in 'outbox list'")
        parser.add_argument("--yes", action="store_true", help="do not ask")


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        views = effects.listing(opened, everything=args.all, limit=args.limit or 200)
        emit_list(args, [documents.effect(view) for view in views], _COLUMNS, "Nothing waits, and nothing is unknown.")
    return exit_codes.DONE


def _withdraw(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _told(args, effects.withdraw(opened, args.effect))


def _settle(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        confirmed(args, "Settle it for good?", sends=False)
        return _told(args, effects.settle_by_person(opened, args.effect, happened=args.happened))


def _told(args: argparse.Namespace, view: EffectView) -> int:
    emit_one(args, documents.effect(view), [f"Effect {view.effect_id} of order {view.order_id}: {label(view.state)}."])
    return exit_codes.DONE
