"""Jobs of invoices: made in the background, and uploaded to Back Market through the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bmtui.channel import uploads
from bmtui.channel.requests import WriteRequest
from bmtui.desk.companies import channel_access, shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import request_line
from bmtui.errors import ConfigError, RuleRefused
from bmtui.invoices.model import Kind
from bmtui.queue import jobs
from bmtui.store.models import Company, Invoice, InvoiceSettings, Job, Order
from bmtui.words import EffectKind, EffectState, JobType, Priority

AUTOMATIC_EVERY = timedelta(minutes=15)
AUTOMATIC_BATCH = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """Preview of an invoice's upload; `replaces`: Back Market already has an invoice of the order."""

    number: str
    order_id: int
    request: str
    replaces: bool


def make(desk: Desk, order_ids: Sequence[int], *, send: bool = False) -> tuple[int, ...]:
    """Queue the making of invoices, one job a company; with `send`, each is uploaded as soon as it is made.

    Raises:
        NotFound: no such order; nothing was queued. ConfigError: no order was named.
    """
    desk.must_write()
    if not order_ids:
        raise ConfigError("No order was named.", "Name some.")
    with desk.store.transaction():
        of_company: dict[int, list[int]] = defaultdict(list)
        for order_id in dict.fromkeys(order_ids):
            of_company[orders.order_row(desk, order_id).company_id].append(order_id)
        return tuple(_submit(desk, company_id, ids, send=send) for company_id, ids in of_company.items())


def make_and_send(desk: Desk, order_ids: Sequence[int]) -> tuple[int, ...]:
    """Queue the making and sending of invoices. Raises as `make` does."""
    return make(desk, order_ids, send=True)


def upload_preview(desk: Desk, name: str) -> Upload:
    """Return the request that `send` would send.

    Raises:
        NotFound, RuleRefused, ConfigError: as `send`.
    """
    row = invoice_search.find(desk, name)
    with TemporaryDirectory(prefix="bmtui-preview-") as folder:
        write = _write(desk, row, Path(folder))
    return Upload(row.number, row.order.order_id, request_line(write), row.order.invoice_provided_at is not None)


def send(desk: Desk, name: str) -> int:
    """Plan the upload of an invoice to Back Market; a job sends it. Return the job's id.

    Raises:
        NotFound, RuleRefused: a credit note, one that is being uploaded, or a PDF that differs from the original.
        ConfigError: the company has no token.
    """
    desk.must_write()
    row = invoice_search.find(desk, name)
    # The sender reads the file from here: it must stay until it was sent.
    write = _write(desk, row, desk.settings.data / "documents" / "invoices")
    with desk.store.transaction():
        order, company = invoice_search.find(desk, row.number).order, row.order.company
        target = effects.order_target(company.id, order.order_id, EffectKind.INVOICE)
        if effects.live_on(target):
            raise RuleRefused(
                f"An invoice of order {order.order_id} is on its way to Back Market.", "Wait for its job."
            )
        job_id = effects.open_job(
            desk, EffectKind.INVOICE, company, order, parameters={"order_id": order.order_id, "number": row.number}
        )
        before = order.invoice_provided_at
        effects.plan(
            desk,
            EffectKind.INVOICE,
            company,
            order,
            write,
            target=target,
            about=f"Invoice {row.number} of order {order.order_id}",
            expected={"before": before.isoformat() if before else None},
            job_id=job_id,
            subject_id=row.id,
        )
        Invoice.update(upload=EffectState.PLANNED).where(Invoice.id == row.id).execute()
        return job_id


def submit_due(desk: Desk) -> None:
    """Queue the invoices that the setting Automatic asks for; at most once in `AUTOMATIC_EVERY` for each company."""
    named = InvoiceSettings.select(InvoiceSettings.company).distinct()
    for company in Company.select().where(Company.id.in_(named) & Company.enabled):
        wanted = {row.market: row.entries.get("automatic", "") for row in _settings_of(company)}
        if not set(wanted.values()) & {"make", "send"} or shadow.is_on(company.id):
            continue
        mine = (Job.type == JobType.INVOICE) & (Job.company == company) & Job.identity.startswith("automatic:")
        latest = Job.select(Job.submitted_at).where(mine).order_by(Job.id.desc()).first()
        # A time in the future is one from before our clock was set back.
        if latest is None or not latest.submitted_at <= desk.now() < latest.submitted_at + AUTOMATIC_EVERY:
            _submit_automatic(desk, company)


def _submit_automatic(desk: Desk, company: Company) -> None:
    begin = desk.now() - timedelta(days=company.look_back_days)
    made = Invoice.select(Invoice.order).where(Invoice.kind == Kind.INVOICE)
    query = Order.select().where(
        (Order.company == company)
        & (Order.shipped_at >= begin)
        & Order.invoice_provided_at.is_null()
        & (Order.received > 0)
        & Order.id.not_in(made)
    )
    modes: dict[str, str] = {}
    found: dict[str, list[int]] = defaultdict(list)
    for order in query.order_by(Order.shipped_at).limit(AUTOMATIC_BATCH):
        mode = modes.setdefault(order.market, invoice_settings.effective(company, order.market)["automatic"])
        found[mode].append(order.order_id)
    for mode in ("make", "send"):
        if found[mode]:
            identity = f"automatic:{mode}:{company.id}"
            _submit(desk, company.id, found[mode], send=mode == "send", identity=identity)


def _settings_of(company: Company) -> list[InvoiceSettings]:
    return list(InvoiceSettings.select().where(InvoiceSettings.company == company))


def _submit(desk: Desk, company_id: int, ids: Sequence[int], *, send: bool, identity: str | None = None) -> int:
    return jobs.submit(
        desk.store,
        JobType.INVOICE,
        by=desk.actor,
        company_id=company_id,
        parameters={"make": list(ids), "send": send},
        about={"order_id": ids[0]} if len(ids) == 1 else {},
        priority=Priority.NORMAL,
        identity=identity,
    )


def _write(desk: Desk, row: Invoice, folder: Path) -> WriteRequest:
    """Write the PDF below `folder`, and return the request that uploads it."""
    if row.kind != Kind.INVOICE:
        raise RuleRefused(
            f"{row.number} is a credit note; Back Market keeps one document an order: it would replace the invoice.",
            "Send it to the buyer by mail or in an after-sales message.",
        )
    # A missing token is told now, not by a job an hour later.
    channel_access.must_be_callable(desk, row.order.company)
    saved = invoice_files.save_row(desk, row, folder)
    return uploads.invoice(row.order.order_id, uploads.choose(saved.path, name=f"{row.number}.pdf"))
