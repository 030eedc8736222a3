"""OSS return of a quarter: regular sales to consumers in other countries of the EU, by country and rate, in euro.

A supply is of the quarter in which its invoice was issued. A credit note for an invoice of an earlier quarter is a
correction of that one. Amounts in other currencies are converted by the rate of the last day of the quarter that the
European Central Bank published, else of the next day that has one (Implementing Regulation 282/2011, article 61a).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bmtui.desk.accounts import documents, periods, rates, settings
from bmtui.desk.accounts.documents import DocumentLine
from bmtui.desk.accounts.periods import Period
from bmtui.desk.accounts.vat_return import ACCOUNTANT
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.invoices.model import Scheme
from bmtui.money import Money
from bmtui.text import first_of

EU = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
ROUNDING = "Net and tax of each country, rate and currency are rounded half up to the cent."


@dataclass(frozen=True, slots=True)
class OssGroup:
    """Supplies to a country at a rate, in euro; `source` names the gross in the original currencies."""

    country: str
    rate: str
    documents: int
    net: Money
    tax: Money
    source: str


@dataclass(frozen=True, slots=True)
class OssCorrection:
    """Correction of an earlier quarter in a country, in euro; negative is less tax."""

    quarter: str
    country: str
    documents: int
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class OssProof:
    """Sums of the documents of the return in a currency: invoices − credit notes = ledger = net + tax."""

    currency: str
    documents: int
    invoices: Money
    credit_notes: Money
    ledger: Money
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class OssReport:
    """OSS return of a quarter; `tax` is the sum to pay, corrections included."""

    company: str
    quarter: str
    seller_country: str
    groups: tuple[OssGroup, ...]
    corrections: tuple[OssCorrection, ...]
    tax: Money
    rounding: str = ROUNDING
    advice: str = ACCOUNTANT
    proofs: tuple[OssProof, ...] = ()


def report(desk: Desk, quarter: Period, company: str | None = None) -> OssReport:
    """Return the OSS return of a quarter.

    Raises:
        RuleRefused: the seller's country is not known or not in the EU, or a rate of exchange is missing.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        home = settings.seller_country(row)
        if home not in EU:
            raise RuleRefused(
                f"The seller's country is {home}, which is not in the EU.", "The OSS of the Union is for sellers there."
            )
        lines = [
            line
            for line in documents.issued_within(row.id, quarter.begin, quarter.end)
            if line.scheme == Scheme.REGULAR and line.country in EU and line.country != home and not line.buyer_vat_id
        ]
        supplies: dict[tuple[str, str], list[DocumentLine]] = defaultdict(list)
        earlier: dict[tuple[str, str], list[DocumentLine]] = defaultdict(list)
        for line in lines:
            if line.invoiced >= quarter.begin:
                supplies[line.country, line.rate].append(line)
            else:
                earlier[periods.quarter_of(line.invoiced), line.country].append(line)
        missing: set[str] = set()
        groups = []
        for (country, rate), mine in sorted(supplies.items()):
            net, tax = _euros(mine, quarter, missing)
            sums = ", ".join(f"{gross} gross" for gross in _by_currency(mine, "gross"))
            groups.append(OssGroup(country, rate, _documents(mine), net, tax, sums))
        corrections = []
        today = desk.now().date()
        for (name, country), mine in sorted(earlier.items()):
            # A correction is converted by the rate of the quarter that it corrects.
            net, tax = _euros(mine, periods.read_quarter(name, today), missing)
            corrections.append(OssCorrection(name, country, _documents(mine), net, tax))
        if missing:
            raise RuleRefused(
                f"Rates of exchange are missing: {first_of(sorted(missing))}",
                "Give the bank's file: 'bmtui money oss QUARTER --rates eurofxref-hist.csv'.",
            )
        whole = sum(one.tax.minor for one in groups) + sum(one.tax.minor for one in corrections)
        return OssReport(
            company=row.name,
            quarter=quarter.name,
            seller_country=home,
            groups=tuple(groups),
            corrections=tuple(corrections),
            tax=Money(whole, "EUR"),
            proofs=tuple(_proofs(lines)),
        )


def _proofs(lines: list[DocumentLine]) -> Iterator[OssProof]:
    for currency in sorted({line.currency for line in lines}):
        mine = [line for line in lines if line.currency == currency]
        invoices = sum(line.gross for line in mine if not line.is_credit)
        credit_notes = -sum(line.gross for line in mine if line.is_credit)
        net, tax = sum(line.net for line in mine), sum(line.tax for line in mine)
        assert invoices - credit_notes == net + tax, "a line's gross is its net and tax"
        sums = (Money(minor, currency) for minor in (invoices, credit_notes, invoices - credit_notes, net, tax))
        yield OssProof(currency, _documents(mine), *sums)


def _by_currency(lines: list[DocumentLine], name: str) -> list[Money]:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += getattr(line, name)
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def _euros(lines: list[DocumentLine], quarter: Period, missing: set[str]) -> tuple[Money, Money]:
    found = []
    for name in ("net", "tax"):
        euros = Money(0, "EUR")
        for money in _by_currency(lines, name):
            here = rates.converted(money, "EUR", quarter.last, after=True)
            if here is None:
                missing.add(f"{money.currency} on {quarter.end}.")
            else:
                euros += here
        found.append(euros)
    return found[0], found[1]


def _documents(lines: list[DocumentLine]) -> int:
    return len({line.number for line in lines})
