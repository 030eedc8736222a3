"""Required identifiers of a line's pieces, by the company's policy, and the kind that earlier shipments suggest.

The policy (`companies.identifier_policy`) decides. The earlier shipments of a SKU are only shown beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bmtui.desk.companies import identifier_policy
from bmtui.desk.companies.identifier_policy import Need, Product, Verdict
from bmtui.desk.orders import channel_states
from bmtui.store.models import Company, Order, OrderLine, Unit
from bmtui.values.identifier import Kind
from bmtui.words import UPLOAD_VOID

NOTHING = ""
_LATEST, _USUAL, _ENOUGH = 200, 20, 2
"""Shipped lines of a SKU to look at; lines with a number that count; lines that are enough for a suggestion."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Pieces of a line that leave without an identifier.

    Attributes:
        required: they leave only with a reason; `asked`: they leave only with a yes. Neither: a warning.
    """

    line_id: int
    pieces: int
    sentence: str
    required: bool = False
    asked: bool = False


def verdict(company: Company, line: OrderLine) -> Verdict:
    """Return the policy's verdict on the line: IMEI, serial number, none, or ask."""
    policy = identifier_policy.parse(company.identifier_policy)
    return policy.of(Product(line.sku, line.product, line.brand))


def wrong_kind(company: Company, line: OrderLine, kind: Kind) -> str:
    """Return why the policy does not want an identifier of this kind for the line, as a sentence; '' if it does."""
    found = verdict(company, line)
    if found.need is Need.NONE:
        return f"{line.sku} needs no IMEI and no serial number: {found.because}."
    if found.need is Need.ASK or found.kind is kind:
        return ""
    return f"{line.sku} needs its {found.kind.label if found.kind else kind.label}: {found.because}."


def unusual_kind(company: Company, line: OrderLine, kind: Kind) -> str:
    """Return the doubt about this kind, if the policy leaves the choice to a person, as a sentence; '' for none."""
    found = verdict(company, line)
    if found.need is not Need.ASK or found.kind in (None, kind):
        return ""
    if kind is Kind.IMEI:
        return f"{line.sku} gets an IMEI, which Back Market accepts for phones only: {found.because}."
    return f"{line.sku} gets a serial number, but Back Market accepts the IMEI of a phone."


def missing(company: Company, line: OrderLine, leaving: int, left: int, given: int) -> Missing | None:
    """Return the missing identifiers of `leaving` pieces of the `left` ones; None if there are none.

    Args:
        given: number of identifiers in the request. Stored ones count, too.
    """
    found = verdict(company, line)
    if found.need is Need.NONE or line.imei or line.serial_number:
        return None
    count = leaving - given - spare(line, left)
    if count <= 0:
        return None
    if found.need is not Need.ASK:
        kind = found.kind.label if found.kind else "number"
        return Missing(
            line.line_id, count, f"{count} × {line.sku} is shipped without its {kind}: {found.because}.", required=True
        )
    usual = usual_kind(line)
    likely = Kind(usual) if usual else found.kind
    what = f"its {likely.label}" if likely else "an IMEI or serial number"
    earlier = {None: "", NOTHING: " Earlier ones had none, too."}.get(usual, " Earlier ones had it.")
    sentence = f"{count} × {line.sku} is shipped without {what}.{earlier}"
    return Missing(line.line_id, count, sentence, asked=asks(found, line))


def asks(found: Verdict, line: OrderLine) -> bool:
    """Return whether a person is asked about a piece without a number.

    No question if no pattern of the policy fits and all earlier pieces of the SKU left without a number.
    """
    return found.need is Need.ASK and (bool(found.pattern) or usual_kind(line) != NOTHING)


def spare(line: OrderLine, left: int) -> int:
    """Return the number of stored identifiers for pieces of the line that have not left yet."""
    kept = Unit.select().where((Unit.line == line) & Unit.state.not_in(UPLOAD_VOID)).count()
    return max(kept - (line.quantity - left), 0)


def wanted(company: Company, line: OrderLine) -> str:
    """Return the text in the empty field of a line: "IMEI", "serial number", "nothing" or either."""
    found = verdict(company, line)
    if found.need is Need.NONE:
        return "nothing"
    if found.need is not Need.ASK and found.kind is not None:
        return found.kind.label
    usual = usual_kind(line)
    if usual == NOTHING:
        return "optional; earlier ones had none"
    kind = Kind(usual) if usual else found.kind
    return f"{kind.label}, if it has one" if kind else "IMEI or serial number"


def proposed(found: Verdict, line: OrderLine) -> Kind:
    """Return the kind to ask a person for: that of the policy, else the usual one of the SKU, else IMEI."""
    return found.kind or Kind(usual_kind(line) or Kind.IMEI)


def usual_kind(line: OrderLine) -> str | None:
    """Return the usual kind for pieces of this SKU of its company so far: a `Kind`, or `NOTHING`; None if unknown."""
    of_line = Order.alias()
    company = of_line.select(of_line.company).where(of_line.id == line.order_ref)
    shipped = (OrderLine.sku == line.sku) & OrderLine.state.in_(channel_states.SHIPPED)
    query: Any = OrderLine.select(OrderLine.imei, OrderLine.serial_number).join(Order)
    # For a SKU that is sold a hundred thousand times, the latest lines are enough.
    latest = list(
        query.where(shipped & (Order.company == company)).order_by(OrderLine.id.desc()).limit(_LATEST).tuples()
    )
    known = [imei for imei, serial in latest if imei or serial][:_USUAL]
    if not known:
        return NOTHING if len(latest) >= _ENOUGH else None
    if len(known) < _ENOUGH:
        return None
    if all(known):
        return Kind.IMEI.value
    return Kind.SERIAL.value if not any(known) else None
