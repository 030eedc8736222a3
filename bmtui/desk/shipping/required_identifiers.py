"""Which identifiers the pieces of a line leave with, by the company's policy, and what earlier shipments propose.

The policy (`companies.identifier_policy`) decides. What earlier shipments of a SKU had is told beside it, and decides
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bmtui.desk.companies import identifier_policy
from bmtui.desk.companies.identifier_policy import Need, Product, Verdict
from bmtui.desk.orders import channel_states
from bmtui.store.models import Company, OrderLine, Unit
from bmtui.values.identifier import Kind
from bmtui.words import UPLOAD_VOID

NOTHING = ""
_LATEST, _USUAL, _ENOUGH = 200, 20, 2
"""Shipped lines of a SKU that tell by what it is known; how many of those with a number count; how many it takes."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Pieces of a line that leave without an identifier.

    Attributes:
        required: only a reason lets them leave; `asked`: only a yes does. Neither: it is told.
    """

    line_id: int
    pieces: int
    sentence: str
    required: bool = False
    asked: bool = False


def verdict(company: Company, line: OrderLine) -> Verdict:
    """What pieces of the line leave with."""
    policy = identifier_policy.parse(company.identifier_policy)
    return policy.of(Product(line.sku, line.product, line.brand))


def wrong_kind(company: Company, line: OrderLine, kind: Kind) -> str:
    """Why an identifier of this kind is not what the policy wants of the line, as a sentence; '' when it is."""
    found = verdict(company, line)
    if found.need is Need.NONE:
        return f"{line.sku} leaves with neither IMEI nor serial number: {found.because}."
    if found.need is Need.ASK or found.kind is kind:
        return ""
    return f"{line.sku} leaves with its {found.kind.label if found.kind else kind.label}: {found.because}."


def unusual_kind(company: Company, line: OrderLine, kind: Kind) -> str:
    """The doubt about a kind where a person is asked, as a sentence; '' for none."""
    found = verdict(company, line)
    if found.need is not Need.ASK or found.kind in (None, kind):
        return ""
    if kind is Kind.IMEI:
        return f"{line.sku} gets an IMEI, which Back Market takes of phones only: {found.because}."
    return f"{line.sku} gets a serial number, and Back Market takes the IMEI of a phone."


def missing(company: Company, line: OrderLine, leaving: int, left: int, given: int) -> Missing | None:
    """What lacks of `leaving` pieces of the `left` ones; None when nothing does.

    Args:
        given: identifiers that were said with them. Those that were kept before count, too.
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
            line.line_id, count, f"{count} × {line.sku} leaves without its {kind}: {found.because}.", required=True
        )
    usual = usual_kind(line)
    likely = Kind(usual) if usual else found.kind
    what = f"its {likely.label}" if likely else "an IMEI or serial number"
    earlier = {None: "", NOTHING: " Earlier ones did, too."}.get(usual, " Earlier ones left with it.")
    sentence = f"{count} × {line.sku} leaves without {what}.{earlier}"
    return Missing(line.line_id, count, sentence, asked=asks(found, line))


def asks(found: Verdict, line: OrderLine) -> bool:
    """Whether a person is asked about a piece without a number.

    Nobody is where no pattern says so and all earlier ones of the SKU left without one.
    """
    return found.need is Need.ASK and (bool(found.pattern) or usual_kind(line) != NOTHING)


def spare(line: OrderLine, left: int) -> int:
    """Identifiers that are kept for pieces of the line that have not left yet."""
    kept = Unit.select().where((Unit.line == line) & Unit.state.not_in(UPLOAD_VOID)).count()
    return max(kept - (line.quantity - left), 0)


def wanted(company: Company, line: OrderLine) -> str:
    """What a field for a line of the order asks for: "IMEI", "serial number", "nothing" or either."""
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
    """The kind that a person is asked for: what the policy says, else what earlier ones of the SKU had."""
    return found.kind or Kind(usual_kind(line) or Kind.IMEI)


def usual_kind(line: OrderLine) -> str | None:
    """What pieces of this SKU were known by so far: a `Kind`, or `NOTHING`; None when nobody can say."""
    shipped = (OrderLine.sku == line.sku) & OrderLine.state.in_(channel_states.SHIPPED)
    query: Any = OrderLine.select(OrderLine.imei, OrderLine.serial_number).where(shipped)
    # Of a SKU that is sold a hundred thousand times, the latest tell as much as all of them.
    latest = list(query.order_by(OrderLine.id.desc()).limit(_LATEST).tuples())
    known = [imei for imei, serial in latest if imei or serial][:_USUAL]
    if not known:
        return NOTHING if len(latest) >= _ENOUGH else None
    if len(known) < _ENOUGH:
        return None
    if all(known):
        return Kind.IMEI.value
    return Kind.SERIAL.value if not any(known) else None
