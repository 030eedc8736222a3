"""Reading of a refund request from typed answers or command arguments."""

from __future__ import annotations

from bmtui.desk.core.parameter import Answers, Around, Parameter
from bmtui.desk.refunds import parameters
from bmtui.desk.refunds.issue import RefundOptions
from bmtui.desk.refunds.plan import RefundRequest
from bmtui.money import Money


def read(answers: Answers, options: RefundOptions | None, amount: Money | None = None) -> RefundRequest:
    """Return the request, in the order's currency; `amount` applies if the answers have none.

    `options` may be missing where the answers can name no amounts.

    Raises:
        NotRead, ValueRefused: with the field that is wrong.
    """
    around = Around(options.received.currency) if options is not None else Around()

    def part(parameter: Parameter, rest: Money | None) -> Money | None:
        text = answers.text(parameter)
        if not text:
            return None
        return rest if _is_all(text) else parameter.read(text, around)

    line = parameters.LINE
    reason = answers.value(parameters.REASON)
    return RefundRequest(
        operation=answers.text(parameters.OPERATION) or None,
        lines={
            number: None if _is_all(text) else line.read(text, around, line=number)
            for number, (text,) in answers.by_line(line).items()
        },
        shipping=part(parameters.SHIPPING, options.shipping if options else None),
        amount=part(parameters.AMOUNT, options.refundable if options else None) or amount,
        method=answers.text(parameters.METHOD),
        date=answers.text(parameters.DATE) or None,
        reference=answers.read_text(parameters.REFERENCE),
        note=answers.read_text(parameters.NOTE),
        reason=int(reason) if reason is not None else None,
    )


def _is_all(text: str) -> bool:
    return text.strip().lower() == parameters.ALL
