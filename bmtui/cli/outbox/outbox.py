"""Command `bmtui outbox`: writes that wait to be sent, or whose outcome is unknown."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import tzinfo

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, group, listing_options, positive
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox.actions import EffectView
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.text import how_many
from bmtui.words import EFFECT_OF_PERSON

_COLUMNS = {
    "effect_id": "Effect",
    "about": "What",
    "order_id": "Order",
    "state": "State",
    "not_before": "Not before",
    "sending_at": "Sent",
    "waits_since": "Waits since",
    "error": "Error",
}
_ANSWERS = {"h": True, "d": False}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "outbox")
    listing = command(sub, common, "list", _list, "list writes that are not settled")
    listing.add_argument("--all", action="store_true", help="include settled writes")
    listing_options(listing)
    showing = command(sub, common, "show", _show, "show a write: its request, times and outcome")
    showing.add_argument("--now", action="store_true", help="also ask Back Market for its present state")
    withdrawing = command(sub, common, "withdraw", _withdraw, "withdraw writes that were not sent")
    settling = command(sub, common, "settle", _settle, "settle an unknown outcome as seen in the Back Office")
    how = settling.add_mutually_exclusive_group()
    how.add_argument("--happened", action="store_true", help="it took effect")
    how.add_argument("--did-not-happen", action="store_true", help="it did not happen; its amount is refundable again")
    for parser in (showing, withdrawing, settling):
        parser.add_argument("effect", type=positive, metavar="EFFECT", help="its number in 'outbox list'")
    for parser in (withdrawing, settling):
        parser.add_argument("--yes", action="store_true", help="do not ask")
    pausing = command(sub, common, "pause", _pause, "stop all sending, of all companies or of --company")
    pausing.add_argument("reason", nargs="?", default="", help="the reason, shown while sending is paused")
    command(sub, common, "resume", _resume, "send waiting writes again")


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        for pause in sending_pauses.standing(opened):
            say(pause.sentence)
        limit = args.limit or 200
        views = outbox.listing(opened, everything=args.all, limit=limit + 1)
        rows = views[:limit]
        emit_list(args, rows, _COLUMNS, "No write waits, and no outcome is unknown.", opened)
        if len(views) > limit:
            say(f"The newest {limit:,} are shown, and there are more; --limit N shows more.")
    return exit_codes.DONE


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = outbox.show(opened, args.effect)
        now = asyncio.run(_evidence(opened, args.effect)) if args.now else None
        emit_one(args, to_json(view) | ({"now": now} if now else {}), _lines(view, opened.zone(view.company), now))
    return exit_codes.DONE


def _withdraw(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _emit_result(args, outbox.withdraw(opened, args.effect))


def _settle(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if not (args.happened or args.did_not_happen):
            args.happened, args.yes = _asked(opened, args.effect), True
        confirmed(args, "Settle it for good?", sends=False)
        return _emit_result(args, outbox.settle_by_person(opened, args.effect, happened=args.happened))


def _asked(opened: Desk, effect_id: int) -> bool:
    """Show the evidence, and ask on the terminal whether the write took effect."""
    if not sys.stdin.isatty():
        raise ConfigError("Say what you saw in the Back Office.", "Give --happened or --did-not-happen.")
    view = outbox.show(opened, effect_id)
    if view.state not in EFFECT_OF_PERSON:
        raise RuleRefused(f"It is {view.state_label}; no answer of a person is needed.")
    try:
        now = asyncio.run(_evidence(opened, effect_id))
    except BmtuiError as error:
        now = f"Back Market cannot be asked now: {error}"
    for line in _lines(view, opened.zone(view.company), now):
        say(line)
    say("h it happened · d it did not happen · Enter keeps it open: ")
    answer = sys.stdin.readline().strip().lower()
    if answer not in _ANSWERS:
        raise RuleRefused("The outcome stays unknown; nothing was changed.")
    return _ANSWERS[answer]


async def _evidence(opened: Desk, effect_id: int) -> str:
    # Importing httpx costs start-up time, so it happens only when the channel is asked.
    from bmtui.workers.outbox import channel_evidence

    return await channel_evidence.now(opened, effect_id)


def _pause(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        pause = sending_pauses.pause(opened, args.reason)
        emit_one(args, pause, [f"{pause.sentence} 'bmtui outbox resume' ends it."])
    return exit_codes.DONE


def _resume(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        waiting = sending_pauses.resume(opened)
        emit_one(args, {"waiting": waiting}, [f"Sending goes on; {waiting:,} wait to be sent or settled."])
        for pause in sending_pauses.standing(opened):
            say(pause.sentence)
    return exit_codes.DONE


def _emit_result(args: argparse.Namespace, view: EffectView) -> int:
    emit_one(args, view, [f"Effect {view.effect_id}, {view.about}: {view.state_label}."])
    return exit_codes.DONE


def _lines(view: EffectView, zone: tzinfo, now: str | None) -> Iterator[str]:
    yield f"Effect {view.effect_id}  {view.about}  {view.state_label}"
    if view.order_id is not None:
        yield f"Order      {view.order_id}  {view.company}"
    yield f"Request    {view.request}"
    yield f"Asked for  {dates.stamp(view.made_at, zone)} by {view.made_by}"
    if view.sending_at is None:
        yield f"Sent       not before {dates.stamp(view.not_before, zone)}"
    else:
        yield f"Sent       {dates.stamp(view.sending_at, zone)}, {how_many(view.attempts, 'time')}"
    if view.waits_since is not None:
        yield f"Waits      for Back Market since {dates.stamp(view.waits_since, zone)}"
    if view.answer:
        yield f"Answer     {view.answer_status or ''} {view.answer}".rstrip()
    if view.error:
        yield f"Result     {view.error}"
    if now:
        yield f"Now        {'the same' if now in view.error else now}"
