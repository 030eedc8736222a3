"""Plans of an import: the changes of a row and of the whole file, and the results of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bmtui.desk.refunds.plan import RefundRequest
from bmtui.desk.returns.csv_import import RowError
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.desk.shipping.identifiers import Identifier
from bmtui.text import how_many


@dataclass(frozen=True, slots=True)
class WantedNote:
    """Note of the other system; `at` is None where the file has no time for it."""

    text: str
    author: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WantedReturn:
    """Open RMA of the other system; `received` counts the received pieces by line."""

    request: ReturnRequest
    received: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """Planned changes of an order by a row; `changes` are sentences, none where all is here already.

    `remarks` are sentences about differences that are left as they are and a person should see.
    """

    row: int
    order_id: int
    changes: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    status: str = ""
    note: WantedNote | None = None
    tags: tuple[str, ...] = ()
    assignee: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    refund: RefundRequest | None = None
    unit: Identifier | None = None
    rma: WantedReturn | None = None


@dataclass(frozen=True, slots=True)
class MissingOrder:
    """Row about an order that is not here."""

    row: int
    order_id: int


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """Row that is left out on request; `why` names the other channel or company."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Unknown heading, and the column that it may mean; '' for none."""

    heading: str
    column: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Plan of an import; it is refused as long as a row is wrong or an order is missing.

    `ignored` are unknown headings; `new_fields` are made first; `digest` is the SHA-256 of the file; `notes` are
    sentences about how the file was understood.
    """

    rows: tuple[PlannedOrder, ...]
    errors: tuple[RowError, ...]
    ignored: tuple[str, ...]
    new_fields: tuple[str, ...]
    missing: tuple[MissingOrder, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    digest: str = ""
    notes: tuple[str, ...] = ()

    @property
    def changing(self) -> tuple[PlannedOrder, ...]:
        """Rows that change something."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def missing_orders(self) -> tuple[int, ...]:
        """Numbers of the orders that are not here."""
        return tuple(sorted({one.order_id for one in self.missing}))

    @property
    def sentence(self) -> str:
        """Counts in one sentence."""
        total = len(self.rows) + len(self.errors) + len(self.missing) + len(self.skipped)
        wrong = f", {len(self.errors):,} cannot be used" if self.errors else ""
        away = f", {how_many(len(self.missing_orders), 'order is', 'orders are')} not in bmtui" if self.missing else ""
        left = f", {len(self.skipped):,} are left out" if self.skipped else ""
        return (
            f"{len(self.changing):,} of {how_many(total, 'row changes', 'rows change')} something{away}{left}{wrong}."
        )


@dataclass(frozen=True, slots=True)
class RowResult:
    """Result of a row: ``changed``, ``unchanged``, ``left_out``, ``not_here`` or ``refused``; `about` says details."""

    row: int
    order_id: int | None
    result: str
    about: str


def results(planned: ImportPlan) -> tuple[RowResult, ...]:
    """Return the result of each row, in the order of the file."""
    found = [
        RowResult(
            row.row,
            row.order_id,
            "changed" if row.changes else "unchanged",
            "; ".join((*row.changes, *row.remarks)),
        )
        for row in planned.rows
    ]
    found += [RowResult(one.row, one.order_id, "not_here", "The order is not in bmtui.") for one in planned.missing]
    found += [RowResult(one.row, None, "left_out", one.why) for one in planned.skipped]
    found += [RowResult(one.row, None, "refused", one.message) for one in planned.errors]
    return tuple(sorted(found, key=lambda result: result.row))
