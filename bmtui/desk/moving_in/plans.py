"""What a row of another system's file would change, and what the file as a whole would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bmtui.desk.refunds.plan import RefundRequest
from bmtui.desk.returns.csv_import import RowError
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.desk.shipping.identifiers import Identifier


@dataclass(frozen=True, slots=True)
class WantedNote:
    """A note of the other system; `at` is None where the file does not say when it was written."""

    text: str
    author: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WantedReturn:
    """An open RMA of the other system; `received` counts pieces that are back, by line."""

    request: ReturnRequest
    received: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """What a row would change of an order; `changes` are sentences, none where all is here already.

    `remarks` are sentences about what is not changed and a person should see.
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
    """A row about an order that is not here."""

    row: int
    order_id: int


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is left out, as somebody asked for; `why` says of whom it is."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A heading that means nothing here, and the column that it may be; '' for none."""

    heading: str
    column: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would store; nothing can be stored as long as a row is wrong or an order is missing.

    `ignored` are headings that mean nothing here; `new_fields` are made first; `digest` is of the file's bytes; `notes`
    are sentences about how the file was understood.
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
        """The rows that change something."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def missing_orders(self) -> tuple[int, ...]:
        """The numbers of the orders that are not here."""
        return tuple(sorted({one.order_id for one in self.missing}))

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        total = len(self.rows) + len(self.errors) + len(self.missing) + len(self.skipped)
        wrong = f", {len(self.errors):,} cannot be used" if self.errors else ""
        away = f", {len(self.missing_orders):,} orders are not here" if self.missing else ""
        left = f", {len(self.skipped):,} are left out" if self.skipped else ""
        return f"{len(self.changing):,} of {total:,} rows change something{away}{left}{wrong}."


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: ``changed``, ``unchanged``, ``left_out``, ``not_here`` or ``refused``; `about` says it."""

    row: int
    order_id: int | None
    result: str
    about: str


def results(planned: ImportPlan) -> tuple[RowResult, ...]:
    """What becomes of every row, in the order of the file."""
    found = [
        RowResult(
            row.row,
            row.order_id,
            "changed" if row.changes else "unchanged",
            "; ".join((*row.changes, *row.remarks)),
        )
        for row in planned.rows
    ]
    found += [RowResult(one.row, one.order_id, "not_here", "The order is not here.") for one in planned.missing]
    found += [RowResult(one.row, None, "left_out", one.why) for one in planned.skipped]
    found += [RowResult(one.row, None, "refused", one.message) for one in planned.errors]
    return tuple(sorted(found, key=lambda result: result.row))
