"""Parameters of a refund and of a rejection (order-desk §4)."""

from __future__ import annotations

from bmtui.channel.model import RETURN_REASONS
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.refunds.views import NOTE_IS_PRINTED
from bmtui.words import RefundMethod, RefundOperation

ALL = "all"
"""Text that stands for the rest of a line, of the shipping charges, or of the order."""

OPERATION = Parameter("operation", "Operation Type", Kind.CHOICE, choices=tuple(RefundOperation), shape="OP")
LINE = Parameter(
    "line", "Amount to Refund", Kind.AMOUNT, "a line, in full or in part; repeatable",
    shape="LINE[=AMOUNT]", hint="–", longest=14, by_line=True, whole=ALL,
)  # fmt: skip
SHIPPING = Parameter(
    "shipping",
    "Shipping",
    Kind.AMOUNT,
    f"of the shipping charges; {ALL} for what is left of them",
    hint="–",
    longest=14,
)
AMOUNT = Parameter("amount", "The order as a whole (goodwill)", Kind.AMOUNT, "of the order as a whole", hint="–",
    longest=14)  # fmt: skip
DATE = Parameter("date", "Refund Date", Kind.DAY, "Refund Date, in the company's time zone (today)", shape="D",
    longest=10)  # fmt: skip
METHOD = Parameter("method", "Refund Method", Kind.CHOICE, choices=tuple(RefundMethod), default=RefundMethod.OTHER,
    shape="M")  # fmt: skip
REFERENCE = Parameter("reference", "Reference Number", Kind.TEXT, "Reference Number; the check number of a check",
    shape="R", longest=100)  # fmt: skip
NOTE = Parameter("note", "Notes", Kind.NOTE, NOTE_IS_PRINTED, hint=NOTE_IS_PRINTED, longest=500)
REASON = Parameter("reason", "Channel's reason", Kind.CHOICE, "Back Market's return reason (25, other)",
    choices=tuple(map(str, RETURN_REASONS)), shape="CODE")  # fmt: skip

REJECTION = Parameter("reason", "Why, for who asked", Kind.TEXT, "why, for who asked", required=True, noun="reason",
    longest=500)  # fmt: skip

COMMON = (OPERATION, DATE, METHOD, REFERENCE, NOTE, REASON)
"""Parameters that many orders can share: all except amounts."""
REFUND = (OPERATION, LINE, SHIPPING, AMOUNT, DATE, METHOD, REFERENCE, NOTE, REASON)
RETURN_REFUND = (LINE, SHIPPING, *COMMON)
"""Parameters inside an RMA: lines are refunded, not the order as a whole."""
