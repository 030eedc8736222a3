"""PDFs of invoices: drawn again from the frozen contents, checked by hash, saved, merged, printed, exported."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bmtui import plain_file
from bmtui.csv_writer import write_csv
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import contents as invoice_contents
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.invoices import merging, naming, rendering
from bmtui.invoices.model import Assets, Document, digest, from_json
from bmtui.invoices.rendering import Way
from bmtui.invoices.text import lines_of
from bmtui.money import Money
from bmtui.store.models import Invoice, InvoiceSeries
from bmtui.text import how_many, plain

LEDGER = "ledger.csv"
_PRINT_S = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """Problem that `verify` found; `number` is the document's, or the series'."""

    number: str
    problem: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Number of checked documents, and the problems found."""

    documents: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """File that is there now; not `written` when it was there with the same bytes."""

    number: str
    path: Path
    written: bool


def text_of(desk: Desk, name: str) -> tuple[str, ...]:
    """Return the lines of a document as text. Raises NotFound."""
    from bmtui.invoices.content import content_of

    document = from_json(invoice_search.find(desk, name).document)
    return tuple(lines_of(content_of(document, invoice_contents.assets_of(document).words)))


def pdf(desk: Desk, name: str) -> bytes:
    """Return the PDF of a document: the stored one, or drawn again; it must match its hash.

    Raises:
        NotFound. RuleRefused: it differs from the original.
    """
    return pdf_of(desk, invoice_search.find(desk, name))


def pdf_of(desk: Desk, row: Invoice) -> bytes:
    """Return the PDF of a document's row, as `pdf`."""
    if row.elsewhere and not row.pdf_hash:
        raise RuleRefused(
            f"{row.number} was made elsewhere, and its PDF was not imported.", "Look into the system that made it."
        )
    if not row.pdf_hash:
        # The process that numbered it ended before it was drawn.
        rendered = invoicing.draw(invoicing.draft_of(row))
        if desk.read_only:
            return rendered.pdf
        invoicing.seal(desk, row, rendered)
        row = Invoice.get_by_id(row.id)
    data = _again(row)
    problem = _wrong(row, data)
    if problem:
        raise RuleRefused(f"{row.number}: {problem}", "See 'bmtui invoices verify'.")
    return data


def verify(desk: Desk, names: Sequence[str] = ()) -> Verified:
    """Compare each document and PDF with its hash, and look for gaps in the series.

    Raises:
        NotFound: there is no such document.
    """
    found: list[Finding] = []
    count = 0
    rows = (
        [invoice_search.find(desk, name) for name in names] if names else invoice_search.rows(desk).order_by(Invoice.id)
    )
    for row in rows:
        count += 1
        found += [Finding(row.number, problem) for problem in _problems(row)]
    if not names:
        found += _gaps(desk)
    return Verified(count, tuple(found))


def save(desk: Desk, names: Iterable[str], folder: Path) -> Iterator[Saved]:
    """Write PDFs below `folder`, named by the company's file pattern; another file is never replaced.

    Raises:
        NotFound. RuleRefused: another file is in its place. ConfigError: the folder cannot be written.
    """
    for name in names:
        row = invoice_search.find(desk, name)
        yield save_row(desk, row, folder)


def save_row(desk: Desk, row: Invoice, folder: Path) -> Saved:
    """Write the PDF of a document's row, as `save`."""
    path = folder / path_of(row)
    return Saved(row.number, path, _write(path, pdf_of(desk, row)))


def path_of(row: Invoice) -> str:
    """Return the path of a document's PDF below its folder, by the pattern of its company and market."""
    market = row.document["market"]
    settings = invoice_settings.effective(row.order.company, market)
    place = invoicing.place_of(row.order.company.name, market, row.issued)
    return naming.file_of(settings["file_pattern"], place, row.number, row.order.order_id, row.kind)


def merge(desk: Desk, names: Sequence[str], path: Path) -> int:
    """Write the PDFs as one file; return the number of documents.

    Raises:
        NotFound. RuleRefused: the file exists. ConfigError: nothing was named, or it cannot be written.
    """
    rows = [invoice_search.find(desk, name) for name in names]
    if not rows:
        raise ConfigError("No invoice was named.", "Name some, or give --month.")
    if path.exists() or not _write(path, merging.merged(pdf_of(desk, row) for row in rows)):
        raise RuleRefused(f"{path} exists already; nothing was written.", "Choose another name.")
    return len(rows)


def print_out(desk: Desk, names: Sequence[str], command: Sequence[str]) -> int:
    """Send the merged PDFs to a print command; count the print of each document. Return the number of documents.

    Raises:
        NotFound. ConfigError: no such command. RuleRefused: the command failed; nothing was counted.
    """
    desk.must_write()
    rows = [invoice_search.find(desk, name) for name in names]
    if not rows:
        raise ConfigError("No invoice was named.", "Name some, or give --month.")
    data = merging.merged([pdf_of(desk, row) for row in rows])
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command
            [*command], input=data, capture_output=True, timeout=_PRINT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(
            f"The print command {command[0]} cannot be run ({type(error).__name__}).",
            "Install CUPS' client for 'lp', give --command, or merge into a file.",
        ) from error
    if done.returncode:
        said = plain(done.stderr.decode("utf-8", "replace")).strip()[:200]
        raise RuleRefused(f"{command[0]} failed with code {done.returncode}; nothing was printed. {said}".strip())
    with desk.store.transaction():
        for row in rows:
            Invoice.update(printed=Invoice.printed + 1, printed_at=desk.now()).where(Invoice.id == row.id).execute()
            audit.record(
                desk,
                "invoice.printed",
                f"{row.number} was printed.",
                company_id=row.company_id,
                order_row=row.order_ref,
            )
    return len(rows)


def export(desk: Desk, month: str, folder: Path) -> Iterator[Saved]:
    """Write the PDFs of a month (``2026-11``) and their ledger; no PDF that is there is changed.

    Raises:
        RuleRefused: another file is in a place. ConfigError: the folder cannot be written.
    """
    rows = list(invoice_search.rows(desk, month=month).order_by(Invoice.issued, Invoice.id))
    for row in rows:
        yield save_row(desk, row, folder)
    path = folder / f"{month}-{LEDGER}"
    yield Saved(LEDGER, path, _write(path, ledger(rows).encode("utf-8"), replace=True))


def ledger(rows: Iterable[Invoice]) -> str:
    """Return the ledger as CSV: a row for each scheme and rate of a document; a credit note's amounts are negative."""
    out = StringIO()
    write_csv(out, _ledger_rows(rows))
    return out.getvalue()


def _ledger_rows(rows: Iterable[Invoice]) -> Iterator[tuple[str, ...]]:
    yield (
        *("number", "kind", "issued", "supplied", "company", "country", "market", "order", "corrects", "buyer"),
        *("buyer_country", "scheme", "rate", "currency", "net", "tax", "gross", "pdf_sha256"),
    )
    for row in rows:
        document = from_json(row.document)
        sign = -1 if document.corrects else 1
        for group in document.groups:
            amounts = [Money(sign * minor, row.currency).decimal for minor in (group.net, group.tax, group.gross)]
            yield (
                *(row.number, row.kind, row.issued, document.supplied, row.order.company.name, row.country),
                *(document.market, str(document.order_id), document.corrects[0] if document.corrects else ""),
                *(document.buyer.name, document.buyer.country, group.scheme, group.rate, row.currency),
                *amounts,
                row.pdf_hash,
            )


def _again(row: Invoice) -> bytes:
    if row.pdf:
        return base64.b64decode(row.pdf)
    document, assets, way = _parts(row)
    return rendering.render(document, assets, way).pdf


def _parts(row: Invoice) -> tuple[Document, Assets, Way]:
    document = from_json(row.document)
    return document, invoice_contents.assets_of(document), Way(**row.way)


def _wrong(row: Invoice, data: bytes) -> str:
    if digest(row.document) != row.document_hash:
        return "its stored contents were changed after it was made."
    if hashlib.sha256(data).hexdigest() != row.pdf_hash:
        now = invoicing.made_with()
        how = f" It was made with {row.made_with}, this is {now}." if row.made_with != now else ""
        return f"its PDF was changed after it was made: the hash differs.{how}"
    return ""


def _problems(row: Invoice) -> Iterator[str]:
    if row.elsewhere and not row.pdf_hash:
        if digest(row.document) != row.document_hash:
            yield "its stored contents were changed after it was recorded."
        return
    if not row.pdf_hash:
        yield "it was numbered and not drawn yet; 'bmtui invoices show' draws it."
        return
    try:
        problem = _wrong(row, _again(row))
    except (BmtuiError, KeyError, TypeError, ValueError) as error:
        problem = f"it cannot be drawn again: {error}"
    if problem:
        yield problem


def _gaps(desk: Desk) -> Iterator[Finding]:
    query = InvoiceSeries.select()
    if desk.company:
        query = query.where(InvoiceSeries.company == desk.company_row().id)
    for series in query:
        mine = (
            (Invoice.company == series.company_id)
            & (Invoice.country == series.country)
            & (Invoice.kind == series.kind)
            & (Invoice.period == series.period)
        )
        there = {row.sequence for row in Invoice.select(Invoice.sequence).where(mine)}
        name = " ".join(filter(None, (series.country, series.kind, series.period)))
        missing = sorted(set(range(series.first_number, series.last_number + 1)) - there)
        if missing:
            yield Finding(
                name, f"{how_many(len(missing), 'number is', 'numbers are')} missing, the first is {missing[0]}."
            )
        beyond = sorted(there - set(range(1, series.last_number + 1)))
        if beyond:
            yield Finding(name, f"there are numbers beyond the series, the first is {beyond[0]}.")


def write_new(path: Path, data: bytes) -> bool:
    """Write a new private file, whole or not at all; return False when it is there with the same bytes.

    Raises:
        RuleRefused: something else is there. ConfigError: it cannot be written.
    """
    return _write(path, data)


def _write(path: Path, data: bytes, *, replace: bool = False) -> bool:
    pending = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            if not path.is_symlink() and plain_file.read_bytes(path) == data:
                return False
            if not replace or path.is_symlink():
                raise _in_the_way(path)
        pending.unlink(missing_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
        with os.fdopen(os.open(pending, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            pending.replace(path)
        else:
            _link(pending, path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}).", "Choose another folder.") from error
    finally:
        with contextlib.suppress(OSError):
            pending.unlink(missing_ok=True)
    return True


def _link(pending: Path, path: Path) -> None:
    # Unlike a rename, a link never takes another file's place.
    try:
        os.link(pending, path)
    except FileExistsError as error:
        raise _in_the_way(path) from error


def _in_the_way(path: Path) -> RuleRefused:
    return RuleRefused(f"{path} exists already with other contents; it was not changed.", "Move it away.")
