"""Number series of documents and RMAs: last numbers to confirm after a restore (`core.numbers`), and first numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peewee import fn

from bmtui.desk.core import audit, numbers, permissions, store_marks
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Kind as ValueKind
from bmtui.desk.core.parameter import Parameter
from bmtui.desk.invoicing import issue, settings
from bmtui.errors import NotFound, RuleRefused
from bmtui.invoices import naming
from bmtui.invoices.model import Kind
from bmtui.queue import jobs
from bmtui.store.models import Company, Invoice, InvoiceSeries, Job, Order, Return, StoreMark
from bmtui.text import how_many
from bmtui.words import JobStatus, JobType, label

_APART = timedelta(minutes=5)
"""Greatest expected difference between our clock and Back Market's, whose times are whole seconds."""


LAST = Parameter("last", "Last number", ValueKind.NUMBER, "the last used number; 0 if no number was used",
    required=True, option="LAST", noun="whole number", longest=18)  # fmt: skip
NEXT = Parameter("next", "Next number", ValueKind.NUMBER,
    "the next number: the last one used elsewhere, plus 1", required=True, option="NEXT",
    noun="whole number", longest=18, low=1)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series of numbers.

    Attributes:
        name: the name that `confirm` and `begin` take.
        company, country, kind, period: '' if they do not apply, as for RMAs.
        last_number: the last number that is known here; `last` is its printed form, '' if there is none.
        waits: the series gives no number until a person confirms its last one.
        can_begin: no number was given here yet, so a person may choose the first.
        not_here: orders whose invoice Back Market got after the backup, and that have none here.
    """

    name: str
    company: str
    country: str
    kind: str
    period: str
    last_number: int
    last: str
    waits: bool
    not_here: tuple[int, ...]
    can_begin: bool = False
    begun: bool = True

    @property
    def title(self) -> str:
        """Name of the series in words, such as company, country and kind."""
        if self.name == numbers.RMA:
            return "RMA numbers"
        return " ".join(filter(None, (self.company, self.country, label(self.kind).lower(), self.period)))


def listing(desk: Desk) -> tuple[SeriesView, ...]:
    """Return all series of the company in view, or of all companies; first those that wait for a confirmation.

    Series that could begin today are included.
    """
    found = [_rma()] if not desk.company or len(_companies(desk)) == Company.select().count() else []
    for company in _companies(desk):
        found += _of_company(desk, company)
    return tuple(sorted(found, key=lambda view: not view.waits))


def waiting(desk: Desk) -> tuple[SeriesView, ...]:
    """Return the series that wait for a person to confirm their last number."""
    return tuple(view for view in listing(desk) if view.waits) if store_marks.restored() else ()


def confirm(desk: Desk, name: str, last: int) -> SeriesView:
    """Confirm the last number of a series that was used; documents that waited for it are then made.

    Raises:
        NotFound: no such series. RuleRefused: only an admin may, the series does not wait, or a higher number is here.
    """
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        view = next((view for view in listing(desk) if view.name == name), None)
        mark = store_marks.restored()
        if view is None:
            raise NotFound(f"There is no series '{name[:80]}'.", "See 'bmtui numbers list'.")
        if not view.waits or mark is None:
            raise RuleRefused(f"The series {name} does not wait: its next number is known.")
        if last < view.last_number:
            raise RuleRefused(
                f"{last} cannot be the last number of {name}: bmtui used {view.last_number} already.",
                f"Enter {view.last_number} or a higher number.",
                field="last",
            )
        if name == numbers.RMA:
            StoreMark.update(last_rma=last).where(StoreMark.id == mark.id).execute()
            # An RMA's first number is given here, later ones by the database.
            desk.store.database.number_on(Return._meta.table_name, last + 1)
        else:
            _confirm_series(desk, view, last, mark)
        audit.record(
            desk,
            "numbers.confirmed",
            f"The last number of {name} is {last}.",
            company_id=desk.company_row(view.company).id if view.company else None,
            before={"last_number": view.last_number},
            after={"last_number": last},
        )
        waits = (Job.type == JobType.INVOICE) & (Job.status == JobStatus.SUBMITTED)
        Job.update(scheduled_at=jobs.now_utc()).where(waits).execute()
        return next(view for view in listing(desk) if view.name == name)


@dataclass(frozen=True, slots=True)
class Beginning:
    """First number of a series, as planned; `doubts` are sentences that a person must accept first."""

    view: SeriesView
    next_number: int
    printed: str
    doubts: tuple[str, ...]


def beginning(desk: Desk, name: str, next_number: int) -> Beginning:
    """Return the plan of beginning a series with this number; changes nothing.

    Raises:
        NotFound: no such series. RuleRefused: a number of it was given here, it waits after a restore, or the number is
            used already.
    """
    with desk.store.snapshot():
        return _beginning(desk, name, next_number)


def begin(desk: Desk, name: str, next_number: int, *, accept_doubts: bool = False) -> SeriesView:
    """Continue a series of another system from this number. Raises as `beginning`; only an admin may."""
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        made = _beginning(desk, name, next_number)
        if made.doubts and not accept_doubts:
            raise RuleRefused(" ".join(made.doubts), "Check it; if it is correct anyway, accept the doubt.")
        view = made.view
        company = desk.company_row(view.company)
        key = {"company": company.id, "country": view.country, "kind": view.kind, "period": view.period}
        day = desk.now().astimezone(desk.zone(view.company)).date().isoformat()
        InvoiceSeries.insert(**key, last_number=0, last_issued=day).on_conflict_ignore().execute()
        InvoiceSeries.update(last_number=next_number - 1, first_number=next_number).where(
            issue.is_series(key)
        ).execute()
        audit.record(
            desk,
            "numbers.begun",
            f"The series {name} begins with {made.printed}.",
            company_id=company.id,
            before={"last_number": view.last_number},
            after={"last_number": next_number - 1},
        )
        return next(view for view in listing(desk) if view.name == name)


def unbegun(desk: Desk) -> tuple[SeriesView, ...]:
    """Return the series that have no number yet and no chosen first number."""
    return tuple(view for view in listing(desk) if view.can_begin and not view.begun)


def begin_all(desk: Desk, next_number: int) -> tuple[SeriesView, ...]:
    """Let all series of `unbegun` begin with this number, or none if one is refused. Raises as `begin`."""
    with desk.store.transaction():
        return tuple(begin(desk, view.name, next_number) for view in unbegun(desk))


def _beginning(desk: Desk, name: str, next_number: int) -> Beginning:
    view = next((view for view in listing(desk) if view.name == name), None)
    if view is None:
        raise NotFound(f"There is no series '{name[:80]}'.", "See 'bmtui numbers list'.")
    if not view.can_begin:
        reason = "it waits for its last number after a restore" if view.waits else "it has numbers already"
        raise RuleRefused(f"Where {name} begins cannot be set: {reason}.", "See 'bmtui numbers list'.")
    company = desk.company_row(view.company)
    mine = (Invoice.company == company) & (Invoice.country == view.country)
    mine &= (Invoice.kind == view.kind) & (Invoice.period == view.period)
    used = {row.sequence for row in Invoice.select(Invoice.sequence).where(mine)}
    highest = max(used, default=0)
    if next_number <= highest:
        raise RuleRefused(
            f"{next_number:,} cannot be the next number of {name}: {highest:,} was used elsewhere.",
            f"Enter {highest + 1:,} or a higher number.",
            field="next",
        )
    printed = _printed(desk, company, view, next_number)
    if Invoice.select().where((Invoice.company == company) & (Invoice.number == printed)).exists():
        raise RuleRefused(
            f"The number {printed} is already used by another document.", "Enter a higher one.", field="next"
        )
    doubts = []
    if used and next_number > highest + 1:
        doubts.append(
            f"{how_many(next_number - highest - 1, 'number')} between {highest:,} and {next_number:,} would be missing."
        )
    return Beginning(view, next_number, printed, tuple(doubts))


def _printed(desk: Desk, company: Company, view: SeriesView, number: int) -> str:
    """Return a number of the series as it is printed in a market of its country."""
    query: Any = Order.select(Order.market).where(Order.company == company.id).distinct()
    day = desk.now().astimezone(desk.zone(company.name)).date().isoformat()
    for (market,) in query.tuples():
        chosen = settings.effective(company, market)
        if chosen.market.country == view.country:
            return naming.number_of(chosen[f"series_{view.kind}"], issue.place_of(company.name, market, day), number)
    return str(number)


def _confirm_series(desk: Desk, view: SeriesView, last: int, mark: StoreMark) -> None:
    key = {
        "company": desk.company_row(view.company).id,
        "country": view.country,
        "kind": view.kind,
        "period": view.period,
    }
    # A document made since the backup may bear the day of the restore.
    day = mark.at.astimezone(desk.zone(view.company)).date().isoformat()
    InvoiceSeries.insert(**key, last_number=0, last_issued=day).on_conflict_ignore().execute()
    mine = issue.is_series(key)
    issued = max(InvoiceSeries.get(mine).last_issued, day)
    InvoiceSeries.update(last_number=last, last_issued=issued, confirmed_mark=mark.id).where(mine).execute()


def _companies(desk: Desk) -> list[Company]:
    return [desk.company_row()] if desk.company else list(Company.select().order_by(Company.name))


def _rma() -> SeriesView:
    mark = store_marks.restored()
    highest = int(Return.select(fn.COALESCE(fn.MAX(Return.id), 0)).scalar())
    last = max(highest, (mark.last_rma or 0) if mark else 0)
    waits = mark is not None and mark.last_rma is None
    return SeriesView(numbers.RMA, "", "", "", "", last, str(highest) if highest else "", waits, ())


def _of_company(desk: Desk, company: Company) -> Iterator[SeriesView]:
    rows = {
        (row.country, row.kind, row.period): row
        for row in InvoiceSeries.select().where(InvoiceSeries.company == company.id)
    }
    not_here = _not_here(company)
    for country, kind, period in sorted({*rows, *_possible(desk, company)}):
        row = rows.get((country, kind, period))
        made = Invoice.select(Invoice.number).where(
            (Invoice.company == company.id)
            & (Invoice.country == country)
            & (Invoice.kind == kind)
            & (Invoice.period == period)
        )
        own = made.where(~Invoice.elsewhere).exists()
        newest = made.order_by(Invoice.sequence.desc()).first()
        waits = numbers.series_waits(company, period, row) is not None
        yield SeriesView(
            name=numbers.series_name(company.name, country, kind, period),
            company=company.name,
            country=country,
            kind=kind,
            period=period,
            last_number=row.last_number if row is not None else 0,
            last=newest.number if newest is not None else "",
            waits=waits,
            not_here=not_here.get(country, ()) if waits and kind == Kind.INVOICE else (),
            can_begin=not own and not waits,
            begun=row is not None,
        )


def _possible(desk: Desk, company: Company) -> Iterator[tuple[str, str, str]]:
    """Yield country, kind and period of each series in which an order of the store could get a number today."""
    day = desk.now().astimezone(desk.zone(company.name)).date().isoformat()
    query: Any = Order.select(Order.market).where(Order.company == company.id).distinct()
    for (market,) in query.tuples():
        chosen = settings.effective(company, market)
        for kind in (Kind.INVOICE, Kind.CREDIT_NOTE):
            place = issue.place_of(company.name, market, day)
            yield chosen.market.country, kind, naming.period_of(chosen[f"series_{kind}"], place)


def _not_here(company: Company) -> dict[str, tuple[int, ...]]:
    """Return orders by country whose invoice Back Market got after the backup, and that have none here."""
    mark = store_marks.restored()
    if mark is None:
        return {}
    sent = Invoice.select(Invoice.order).where((Invoice.kind == Kind.INVOICE) & Invoice.uploaded_at.is_null(False))
    given = (Order.company == company.id) & (Order.invoice_provided_at >= mark.since - _APART) & Order.id.not_in(sent)
    found: dict[str, tuple[int, ...]] = {}
    for order in Order.select(Order.order_id, Order.market).where(given).order_by(Order.invoice_provided_at):
        country = order.market[-2:].upper()
        found[country] = (*found.get(country, ()), order.order_id)
    return found
