"""Command `bmtui shadow`: a company that is read and compared, while another system still works on its account."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, change_options, command, group
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.desk.companies import shadow
from bmtui.desk.core import dates
from bmtui.desk.moving_in import change_over
from bmtui.desk.sync import shadow_report


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "shadow")
    beginning = command(sub, common, "begin", _begin, "put a company into shadow: nothing is sent for it any more")
    reporting = command(
        sub, common, "report", _report, "what others did on Back Market, and what bmtui would have done"
    )
    reporting.add_argument("--since", default="", metavar="DATE", help="a day ago unless given: 2026-11-01, or 7d")
    leaving = command(sub, common, "leave", _leave, "let the company send, after a look at the checklist")
    for parser in (beginning, reporting, leaving):
        parser.add_argument("name", nargs="?", metavar="NAME", help="the company, where there are several")
    for parser in (beginning, leaving):
        change_options(parser)


def _begin(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        name = shadow.check(opened, args.name).name
        sentence = f"{name} goes into shadow: it is read and compared, and nothing is sent for it."
        if args.dry_run:
            emit_one(args, {"company": name, "in_shadow": True}, [sentence, "Nothing was changed."])
            return exit_codes.DONE
        confirmed(args, f"{sentence} Do it?", sends=True)
        shadow.begin(opened, name)
        emit_one(args, {"company": name, "in_shadow": True}, [sentence])
    return exit_codes.DONE


def _report(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        zoned = opened.of_company(opened.company_row(args.name).name)
        since = dates.read(zoned, args.since) if args.since else None
        report = shadow_report.read(opened, args.name, since)
        lines = [report.sentence]
        lines += [f"{deed.order_id}  {deed.what}{', late' if deed.late else ''}" for deed in report.deeds]
        lines += [f"{one.order_id}  {one.what}: there {one.there}, here {one.here}" for one in report.differences]
        emit_one(args, to_json(report), lines)
    return exit_codes.DONE


def _leave(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        planned = change_over.plan(opened, args.name)
        for step in planned.steps:
            say(step.sentence)
        document = {"company": planned.company, "in_shadow": False, "steps": to_json(planned.steps)}
        document |= {"credit_notes": planned.credit_notes}
        if args.dry_run:
            emit_one(args, document, [planned.sentence, "Nothing was changed."])
            return exit_codes.DONE
        confirmed(args, f"{planned.sentence} Do it?", sends=True)
        change_over.leave(opened, planned.company)
        emit_one(args, document, [planned.sentence])
    return exit_codes.DONE
