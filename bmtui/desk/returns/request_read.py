"""Reads what comes back out of what was typed or given for it."""

from __future__ import annotations

from bmtui.desk.core.parameter import Answers
from bmtui.desk.returns import parameters
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.errors import RuleRefused


def read(answers: Answers, folder_id: int | None = None) -> ReturnRequest:
    """The request, of the folder that it comes from.

    Raises:
        NotRead, ValueRefused, RuleRefused: with the field that is wrong.
    """
    one = parameters.REASON_OF_LINE
    reasons = {line: one.read(text, line=line) for line, (text,) in answers.by_line(one).items()}
    said = answers.by_line(parameters.PIECES)
    items = [_item(line, text, reasons.get(line, "")) for line, (text,) in said.items()]
    wanted = [item for item in items if item.quantity != 0]
    if said and not wanted:
        raise RuleRefused(
            "No line has a quantity: nothing would come back.",
            "Enter one.",
            field=parameters.PIECES.field(next(iter(said))),
        )
    for line in reasons:
        if line not in said:
            field = one.field(line)
            raise RuleRefused(
                f"Line {line} has a reason and no quantity.", "Say how many pieces come back.", field=field
            )
    return ReturnRequest(
        tuple(wanted), answers.read_text(parameters.REASON), answers.read_text(parameters.DESCRIPTION), folder_id
    )


def _item(line: int, text: str, reason: str) -> WantedItem:
    """A line with its pieces, and with the reason that may stand behind them."""
    pieces, _, own = text.partition(":")
    if pieces.strip().lower() in ("", parameters.ALL):
        return WantedItem(line, None, reason or own)
    return WantedItem(line, parameters.PIECES.read(pieces, line=line), reason or own)
