"""VAT arithmetic: `Decimal` inside, whole minor units outside, half a unit rounds up (away from zero).

What the buyer paid is gross, so the tax is taken out of it: gross × rate / (100 + rate). Under the rounding `line`
each line's tax is rounded, and a total is the sum of its lines. Under `total` the tax of each rate is rounded once for
the whole document, as Japan's qualified invoice demands; the lines then share it, so that they still add up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from bmtui.invoices.model import Group, Line, Scheme

PER_LINE, PER_TOTAL = "line", "total"
_ORDER = tuple(Scheme)


def included_tax(gross: int, rate: Decimal) -> int:
    """Return the tax inside `gross` at `rate` percent, in minor units."""
    exact = gross * rate / (100 + rate)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide `amount` by `weights`, exactly: the parts add up, and none is more than a unit from its share."""
    total = sum(weights)
    if not total:
        return [amount, *[0] * (len(weights) - 1)] if weights else []
    parts, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        upto = int((Decimal(amount) * seen / total).quantize(Decimal(1), ROUND_HALF_UP))
        parts.append(upto - given)
        given = upto
    return parts


def taxed(lines: Iterable[Line], rounding: str) -> tuple[Line, ...]:
    """Return the lines with their tax and net filled in; only regular lines have a tax."""
    lines = tuple(lines)
    if rounding == PER_LINE:
        return tuple(_with_tax(line, included_tax(line.gross, Decimal(line.rate))) for line in lines)
    taxes: dict[int, int] = {}
    for rate, places in _regular_places(lines).items():
        grosses = [lines[place].gross for place in places]
        parts = shared(included_tax(sum(grosses), Decimal(rate)), grosses)
        taxes |= dict(zip(places, parts, strict=True))
    return tuple(_with_tax(line, taxes.get(place, 0)) for place, line in enumerate(lines))


def groups_of(lines: Iterable[Line]) -> tuple[Group, ...]:
    """Return the totals by scheme and rate: regular first, the highest rate first."""
    found: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.scheme, line.rate].append(line)
    keys = sorted(found, key=lambda key: (_ORDER.index(Scheme(key[0])), -Decimal(key[1])))
    return tuple(
        Group(
            scheme=scheme,
            rate=rate,
            net=sum(line.net for line in found[scheme, rate]),
            tax=sum(line.tax for line in found[scheme, rate]),
            gross=sum(line.gross for line in found[scheme, rate]),
        )
        for scheme, rate in keys
    )


def credited(lines: Iterable[Line], invoice: Sequence[Line], before: Sequence[Line], rounding: str) -> tuple[Line, ...]:
    """Return the lines of a credit note with their tax: a full credit note has exactly the invoice's tax.

    Args:
        invoice: the invoice's lines; before: those of its earlier credit notes. They meet by `ref`.
    """
    done = list(before)
    found = []
    for line in lines:
        if line.scheme != Scheme.REGULAR:
            found.append(_with_tax(line, 0))
            continue
        whole = next(known for known in invoice if known.ref == line.ref)
        earlier = [known for known in done if known.ref == line.ref]
        gross_before = sum(known.gross for known in earlier)
        tax_before = sum(known.tax for known in earlier)
        # Each credit note closes the gap to the tax of all that is credited by then.
        if gross_before + line.gross == whole.gross:
            upto = whole.tax
        elif rounding == PER_LINE:
            upto = included_tax(gross_before + line.gross, Decimal(line.rate))
        else:
            upto = shared(whole.tax, [gross_before + line.gross, whole.gross - gross_before - line.gross])[0]
        found.append(_with_tax(line, upto - tax_before))
        done.append(found[-1])
    return tuple(found)


def _with_tax(line: Line, tax: int) -> Line:
    tax = tax if line.scheme == Scheme.REGULAR else 0
    return replace(line, tax=tax, net=line.gross - tax)


def _regular_places(lines: Sequence[Line]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.scheme == Scheme.REGULAR:
            places[line.rate].append(place)
    return places
