"""Import of invoices and credit notes that another system made: checked and shown first, recorded all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import elsewhere
from bmtui.desk.invoicing.elsewhere import Elsewhere, Place
from bmtui.desk.moving_in import columns
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import credit_notes_due
from bmtui.desk.returns.csv_import import RowError
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.invoices.model import Kind
from bmtui.store.models import Company, Invoice
from bmtui.text import how_many, plain
from bmtui.values import amount, date, note, table_file, whole_number

OF_EXPORT = ("channel", "company", "corrects")
"""Columns of our own export that an import does not need: the order and its invoice say the same."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order_id": columns.COLUMNS["order_id"],
    "kind": ("Type", "Document Type"),
    "number": ("Invoice Number", "Document Number", "Invoice No", "Credit Note Number"),
    "issued": ("Invoice Date", "Date", "Document Date"),
    "gross": ("Total", "Gross Amount", "Invoice Total", "Amount"),
    "net": ("Net Amount", "Subtotal"),
    "tax": ("Tax Amount", "VAT"),
    "pdf": ("File", "PDF File"),
    "currency": (),
    **{name: () for name in OF_EXPORT},
}
_KINDS = {"": Kind.INVOICE, "invoice": Kind.INVOICE, "creditnote": Kind.CREDIT_NOTE, "creditmemo": Kind.CREDIT_NOTE}
LONGEST_NUMBER = 60


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """Document of the file; `here`: it is recorded already. `series` is the name of its number's series."""

    row: int
    wanted: Elsewhere
    here: bool
    series: str


@dataclass(frozen=True, slots=True)
class DocumentsPlan:
    """Plan of the import; `gaps` are sentences about missing numbers and the next number of each series.

    `notes` are sentences about how the file was understood.
    """

    rows: tuple[PlannedDocument, ...]
    errors: tuple[RowError, ...]
    ignored: tuple[str, ...]
    gaps: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def new(self) -> tuple[PlannedDocument, ...]:
        """Documents that are not recorded yet."""
        return tuple(row for row in self.rows if not row.here)

    @property
    def sentence(self) -> str:
        """Counts in one sentence."""
        wrong = f", {len(self.errors):,} cannot be used" if self.errors else ""
        return (
            f"{len(self.new):,} of {how_many(len(self.rows) + len(self.errors), 'document is', 'documents are')} "
            f"new{wrong}."
        )


def plan(
    desk: Desk, path: str, mapping: Mapping[str, str], *, pdf_folder: str = "", date_order: str = ""
) -> DocumentsPlan:
    """Read and check the file; store nothing.

    Args:
        pdf_folder: folder of the files that the column `pdf` names.

    Raises:
        NotRead: no table with order ids. ConfigError: a mapping that names no column.
    """
    table = columns.read(path, mapping, COLUMNS)
    if missing := [name for name in ("number", "issued", "gross") if name not in table.columns]:
        raise ConfigError(
            f"{plain(Path(path).name)} has no column {' and no '.join(missing)}.",
            f"Name them with --map. Columns: {', '.join(COLUMNS)}.",
            field="map",
        )
    order = date_order or date.order_in(row.cells["issued"] for row in table.rows)
    found: list[PlannedDocument] = []
    errors: list[RowError] = []
    places: list[_Numbered] = []
    taken: list[int] = []
    numbers: set[tuple[str, str]] = set()
    invoiced: set[int] = set()
    with desk.store.snapshot():
        for row in table.rows:
            try:
                row.must_fit()
                company, wanted = _wanted(desk, row.cells, pdf_folder, order)
                # Two companies may number alike.
                if (company.name, wanted.number) in numbers:
                    raise RuleRefused(f"The number {wanted.number} is in the file twice.", field="number")
                here = elsewhere.is_here(desk, wanted)
                series = ""
                if not here:
                    if wanted.kind == Kind.INVOICE and wanted.order_id in invoiced:
                        raise RuleRefused(
                            f"Order {wanted.order_id} has another invoice in this file.", field="order_id"
                        )
                    place, refunds = elsewhere.check(desk, wanted, taken)
                    taken += refunds
                    places.append(_Numbered(company, wanted.number, place))
                    series = f"{place.country}/{place.kind}/{place.period or '-'}"
                numbers.add((company.name, wanted.number))
                invoiced |= {wanted.order_id} if wanted.kind == Kind.INVOICE else set()
                found.append(PlannedDocument(row.number, wanted, here, series))
            except BmtuiError as error:
                errors.append(RowError(row.number, error.field or "", str(error)))
        gaps = _gaps(places)
    notes = (*table.remarks, *table.preview)
    return DocumentsPlan(tuple(found), tuple(errors), table.ignored, gaps, notes)


def save(desk: Desk, path: str, planned: DocumentsPlan) -> int:
    """Record the plan's new documents, all or nothing; return their number. They are never deleted.

    Raises:
        RuleRefused: only an admin may, a row is wrong, or became wrong because its order changed meanwhile.
    """
    desk.must_write()
    permissions.must_be_admin(desk)
    if planned.errors:
        raise RuleRefused(
            f"{how_many(len(planned.errors), 'row')} cannot be recorded; nothing was stored.", str(planned.errors[0])
        )
    # Invoices first: a credit note needs its invoice, which may be in a later row.
    rows = sorted(planned.new, key=lambda row: row.wanted.kind != Kind.INVOICE)
    if not rows:
        return 0
    with desk.store.transaction():
        touched = set()
        for row in rows:
            try:
                touched.add(elsewhere.record(desk, row.wanted).order_ref)
            except BmtuiError as error:
                raise RuleRefused(f"Row {row.row}: {error.message} Nothing was stored.", error.advice) from error
        for order_row in sorted(touched):
            credit_notes_due.submit(desk, order_row)
        name = plain(Path(path).name)[:200]
        audit.record(
            desk, "invoices.recorded", f"{name}: {how_many(len(rows), 'document')} made elsewhere were recorded."
        )
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Number of a document of the file that is not here yet, with its place in a series of the company."""

    company: Company
    number: str
    place: Place


def _wanted(desk: Desk, cells: Mapping[str, str], pdf_folder: str, date_order: str) -> tuple[Company, Elsewhere]:
    """Return the document of a row, and the company of its order."""
    order_id = whole_number.read(cells["order_id"], field="order_id")
    order = orders.order_row(desk, order_id)
    word = "".join(filter(str.isalpha, cells.get("kind", "").casefold()))
    if word not in _KINDS:
        raise ConfigError(
            f"'{cells['kind'][:40]}' is not a kind of document.", "Write invoice or credit note.", field="kind"
        )
    columns.must_be_currency(cells, "currency", order.currency)
    number = note.read_name(cells["number"], field="number", wanted="number", longest=LONGEST_NUMBER).value
    zone = desk.zone(order.company.name)
    issued = date.read_moment(cells["issued"], zone, desk.now(), order=date_order, field="issued")
    if issued > desk.now():
        today = desk.now().astimezone(zone).date()
        raise RuleRefused(
            f"Its date {issued.astimezone(zone).date()} is in the future.", f"Today is {today}.", field="issued"
        )
    amounts = {
        name: amount.read(cells[name], order.currency, field=name)
        for name in ("gross", "net", "tax")
        if cells.get(name)
    }
    if "gross" not in amounts:
        raise ConfigError("The gross amount is missing.", "Fill the column gross.", field="gross")
    wanted = Elsewhere(
        order_id,
        _KINDS[word],
        number,
        issued.astimezone(zone).date().isoformat(),
        amounts["gross"],
        amounts.get("net"),
        amounts.get("tax"),
        _pdf(cells.get("pdf", ""), pdf_folder),
    )
    return order.company, wanted


def _pdf(name: str, folder: str) -> bytes:
    if not name:
        return b""
    if not folder:
        raise ConfigError("The file lists PDFs.", "Give their folder: --pdf-folder.", field="pdf")
    place = (Path(folder).expanduser() / name).resolve()
    if not place.is_relative_to(Path(folder).expanduser().resolve()):
        raise ConfigError(f"'{name[:80]}' is not in {folder[:80]}.", "Put the PDFs into one folder.", field="pdf")
    data = table_file.content(place, field="pdf", most_bytes=elsewhere.MOST_PDF_BYTES)
    if not data.startswith(b"%PDF"):
        raise ConfigError(f"'{name[:80]}' is not a PDF.", "Give the PDF from the other system.", field="pdf")
    return data


def _outside(places: Iterable[_Numbered]) -> Iterator[str]:
    """Yield a sentence for each pattern about the numbers that are not of it: they move no series."""
    others: dict[str, list[str]] = {}
    for one in places:
        if not one.place.sequence:
            others.setdefault(one.place.pattern, []).append(one.number)
    for pattern, numbers in sorted(others.items()):
        yield (
            f"{how_many(len(numbers), 'number moves', 'numbers move')} no series, such as {numbers[0]}: the pattern of "
            f"the series is {pattern}. 'bmtui numbers begin SERIES NEXT' sets how it goes on."
        )


def _gaps(places: Sequence[_Numbered]) -> tuple[str, ...]:
    """Return sentences about numbers that each series lacks between its lowest and highest, and its next number."""
    companies = {one.company.name: one.company for one in places}
    series: dict[tuple[str, str, str, str], set[int]] = {}
    for one in places:
        if one.place.sequence:
            key = (one.company.name, one.place.country, one.place.kind, one.place.period)
            series.setdefault(key, set()).add(one.place.sequence)
    told = list(_outside(places))
    for (company, country, kind, period), sequences in sorted(series.items()):
        mine = (Invoice.country == country) & (Invoice.kind == kind) & (Invoice.period == period)
        mine &= Invoice.company == companies[company]
        there = {row.sequence for row in Invoice.select(Invoice.sequence).where(mine)} | sequences
        lacking = sorted(set(range(min(there), max(there))) - there)
        whose = f"{company}/" if len(companies) > 1 else ""
        name = f"{whose}{country}/{kind}/{period or '-'}"
        if lacking:
            named = ", ".join(map(str, lacking[:5])) + (" …" if len(lacking) > 5 else "")
            told.append(f"{name}: {how_many(len(lacking), 'number is', 'numbers are')} not in the file: {named}.")
        told.append(f"{name} goes on with {max(there) + 1:,}.")
    return tuple(told)
