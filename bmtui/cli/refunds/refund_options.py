"""The options of `bmtui orders refund`, read into a request."""

from __future__ import annotations

import argparse

from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.refunds.views import NOTE_IS_PRINTED
from bmtui.errors import ConfigError
from bmtui.money import Money
from bmtui.values import amount as amount_reader
from bmtui.words import RefundMethod, RefundOperation


def add_refund_options(parser: argparse.ArgumentParser) -> None:
    """All fields of Issue Refund (order-desk §4)."""
    parser.add_argument(
        "--line", action="append", default=[], metavar="LINE[=AMOUNT]", help="a line, in full or in part; repeatable"
    )
    parser.add_argument("--shipping", metavar="AMOUNT", help="of the shipping charges")
    parser.add_argument("--amount", metavar="AMOUNT", help="of the order as a whole")
    add_common_options(parser)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """All but the amounts."""
    parser.add_argument("--operation", metavar="OP", help=", ".join(RefundOperation))
    parser.add_argument("--method", default=RefundMethod.OTHER, metavar="M", help=", ".join(RefundMethod))
    parser.add_argument("--date", metavar="D", help="Refund Date, in the company's time zone (today)")
    parser.add_argument("--reference", default="", metavar="R", help="Reference Number; the check number of a check")
    parser.add_argument("--note", default="", metavar="TEXT", help=NOTE_IS_PRINTED)
    parser.add_argument("--reason", metavar="CODE", help="Back Market's return reason (25, other)")


def refund_request(args: argparse.Namespace, currency: str, *, amount: Money | None = None) -> RefundRequest:
    """The request that the options make, in the order's `currency`; of `amount`, where there are none for amounts.

    Raises:
        ConfigError: a line, reason or amount that is no number. RuleRefused: an amount that the currency cannot have.
    """
    lines: dict[int, Money | None] = {}
    for text in getattr(args, "line", ()):
        line, equals, part = text.partition("=")
        number = _number(line, "line")
        if number in lines:
            raise ConfigError(f"Line {number} is named twice.", "Give each line once.")
        lines[number] = amount_reader.read(part, currency, field="line") if equals else None
    return RefundRequest(
        operation=args.operation,
        lines=lines,
        shipping=_money(getattr(args, "shipping", None), currency, "shipping"),
        amount=_money(getattr(args, "amount", None), currency, "amount") or amount,
        method=args.method,
        date=args.date,
        reference=args.reference,
        note=args.note,
        reason=_number(args.reason, "reason") if args.reason is not None else None,
    )


def _money(text: str | None, currency: str, field: str) -> Money | None:
    return None if text is None else amount_reader.read(text, currency, field=field)


def _number(text: str, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise ConfigError(f"'{text[:40]}' is not a {what} number.")
    return int(text)
