"""Reading of a shipment or of identifiers from typed answers, command arguments or a file's row."""

from __future__ import annotations

from bmtui.desk.core.parameter import Answers
from bmtui.desk.shipping import identifiers, parameters
from bmtui.desk.shipping.identifiers import Identifier
from bmtui.desk.shipping.plan import ShipRequest
from bmtui.errors import RuleRefused


def read(answers: Answers, known_by: tuple[Identifier, ...] | None = None) -> ShipRequest:
    """Return the ship request; `known_by` are its identifiers, if they were read in another way.

    Raises:
        NotRead, ValueRefused, RuleRefused: with the field that is wrong.
    """
    return ShipRequest(
        tracking=answers.text(parameters.TRACKING),
        carrier=answers.read_text(parameters.CARRIER),
        url=answers.read_text(parameters.URL),
        date=answers.text(parameters.DATE) or None,
        lines=_leaving(answers),
        identifiers=read_identifiers(answers) if known_by is None else known_by,
        override=answers.read_text(parameters.OVERRIDE),
        tracking_override=answers.read_text(parameters.OVERRIDE_TRACKING),
        missing_override=answers.read_text(parameters.OVERRIDE_MISSING),
    )


def read_identifiers(answers: Answers) -> tuple[Identifier, ...]:
    """Return the identifiers in the answers. Raises NotRead, ValueRefused."""
    one = parameters.IDENTIFIER
    said = answers.by_line(one).items()
    return tuple(identifiers.given(line, text, column=one.field(line)) for line, texts in said for text in texts)


def _leaving(answers: Answers) -> dict[int, int | None]:
    """Return the pieces by line, None for all of a line; empty if no line is named. Lines with 0 pieces stay."""
    one = parameters.LINE
    said: dict[int, int | None] = {
        line: None if text.strip().lower() == parameters.ALL else one.read(text, line=line)
        for line, (text,) in answers.by_line(one).items()
    }
    found = {line: count for line, count in said.items() if count != 0}
    if said and not found:
        raise RuleRefused(
            "Nothing of the order is chosen.", "Say how many pieces leave now.", field=one.field(next(iter(said)))
        )
    return found
