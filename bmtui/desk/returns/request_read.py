"""Reading of return requests from typed answers or command arguments."""

from __future__ import annotations

from typing import Any

from bmtui.desk.core.parameter import Answers
from bmtui.desk.returns import parameters
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.errors import RuleRefused


def read(answers: Answers, folder_id: int | None = None) -> ReturnRequest:
    """Return the request to create an RMA; `folder_id` is the after-sales folder that it comes from.

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


def received(answers: Answers) -> dict[str, Any]:
    """Return the arguments for `actions.receive`. Raises NotRead, ValueRefused."""
    return {
        "line_id": answers.value(parameters.ONE_LINE),
        "quantity": answers.value(parameters.QUANTITY),
        "damaged": answers.value(parameters.DAMAGED),
        "note": answers.read_text(parameters.NOTE),
        **{one.name: answers.text(one) for one in (parameters.IMEI, parameters.SERIAL)},
    }


def resolved(answers: Answers) -> dict[str, Any]:
    """Return the arguments for `actions.resolve`. Raises NotRead, ValueRefused."""
    return {
        "line_id": answers.value(parameters.ONE_LINE),
        "resolution": answers.text(parameters.RESOLUTION),
        "tracking": answers.text(parameters.SENT_TRACKING),
        **{one.name: answers.read_text(one) for one in (parameters.SKU, parameters.NOTE)},
    }


def _item(line: int, text: str, reason: str) -> WantedItem:
    """Return the wanted item from ``QUANTITY[:REASON]``; `reason` wins over the reason in the text."""
    pieces, _, own = text.partition(":")
    if pieces.strip().lower() in ("", parameters.ALL):
        return WantedItem(line, None, reason or own)
    return WantedItem(line, parameters.PIECES.read(pieces, line=line), reason or own)
