"""Invoice: make the invoices or the credit notes of orders, one after the other (order-desk §8).

What takes long, drawing, happens in a thread between the transactions: neither screens nor other jobs wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing.contents import Draft
from bmtui.errors import BmtuiError, Interrupted, NumberUncertain, RuleRefused
from bmtui.invoices.model import Kind
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome, Reschedule
from bmtui.store.models import Company, Invoice, JobOrder, Order
from bmtui.words import JobStatus

WAITS_S = 600.0
"""Seconds until a job checks again that the last number of its series is confirmed."""


@dataclass(slots=True)
class _Count:
    """Progress of the job; kept in its cursor."""

    at: int = 0
    made: int = 0
    failed: int = 0
    numbered: int | None = None
    """Document that has a number and is not drawn yet."""

    def progress(self, total: int, log: str = "", *, is_error: bool = False) -> Progress:
        cursor = {"at": self.at, "made": self.made, "failed": self.failed, "numbered": self.numbered}
        return Progress(
            phase="making invoices",
            total=total,
            processed=self.at,
            succeeded=self.made,
            failed=self.failed,
            cursor=cursor,
            log=log,
            log_is_error=is_error,
        )


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Make the documents that the job names; a refused order does not stop the others."""
    company = await desk.store.read(Company.get_by_id, cast(int, job.claim.company_id))
    desk = replace(desk, company=company.name)
    parameters: Mapping[str, Any] = job.claim.parameters
    wanted = [(Kind.INVOICE, order_id) for order_id in parameters.get("make", ())]
    wanted += [(Kind.CREDIT_NOTE, order_id) for order_id in parameters.get("credit", ())]
    count = _Count(**job.claim.cursor)
    problems: list[str] = []
    for kind, order_id in wanted[count.at :]:
        await job.checkpoint()
        try:
            said = await _one(desk, job, count, kind, order_id, len(wanted), send=bool(parameters.get("send")))
            count.made += bool(said)
            log, is_error = said or f"Order {order_id} needs no credit note.", False
        except Interrupted:
            raise
        except NumberUncertain as error:
            # The confirmation of the number wakes the job.
            raise Reschedule(str(error), WAITS_S, RuleRefused) from error
        except BmtuiError as error:
            if error.transient:
                raise
            count.failed += 1
            log, is_error = str(error), True
            problems.append(log)
        count.at += 1
        count.numbered = None
        await job.note(count.progress(len(wanted), log, is_error=is_error))
    output = {"made": count.made, "failed": count.failed}
    if count.failed:
        status = JobStatus.PARTIAL_SUCCESS if count.made else JobStatus.FAILED
        text = problems[0] if count.failed == 1 and problems else f"{count.failed:,} of {len(wanted):,}: see the log."
        return Outcome(output, status, text, RuleRefused.__name__)
    return Outcome(output)


async def _one(desk: Desk, job: JobContext, count: _Count, kind: Kind, order_id: int, total: int, *, send: bool) -> str:
    """Make one document; return a sentence about it, or "" when nothing was made."""
    if count.numbered is not None:
        # An earlier attempt died between number and drawing.
        invoice: Invoice | None = await desk.store.read(Invoice.get_by_id, count.numbered)
    else:
        invoice = await _numbered(desk, job, count, kind, order_id, total)
    if invoice is None:
        return ""
    drawing = await desk.store.read(invoicing.draft_of, invoice)
    rendered = await asyncio.to_thread(invoicing.draw, drawing)
    view = await desk.store.write(invoicing.seal, desk, invoice, rendered)
    said = f"{view.number} of order {order_id}: {view.gross}. {view.remark}".strip()
    if send and kind == Kind.INVOICE:
        job_id = await desk.store.write(invoice_jobs.send, desk, view.number)
        said = f"{said} Job {job_id} sends it."
    return said


async def _numbered(
    desk: Desk, job: JobContext, count: _Count, kind: Kind, order_id: int, total: int
) -> Invoice | None:
    for _ in range(invoicing.ATTEMPTS):
        if kind == Kind.INVOICE:
            draft = await desk.store.read(invoicing.draft_invoice, desk, order_id)
            refunds: tuple[int, ...] = ()
        else:
            found = await desk.store.read(invoicing.draft_credit, desk, order_id)
            if found is None or found[0] is None:
                return None
            draft, refunds = found[0], found[1]
        await asyncio.to_thread(invoicing.check, draft)

        def number(draft: Draft = draft, refunds: tuple[int, ...] = refunds) -> tuple[Any, Progress]:
            if kind == Kind.INVOICE:
                made = invoicing.number_invoice(desk, order_id, draft)
            else:
                made = invoicing.number_credit(desk, order_id, draft, refunds)
            if made is not None:
                row = Order.get_by_id(made.order_ref)
                JobOrder.insert(job=job.claim.job_id, order=row, outcome=f"{kind} made").on_conflict_ignore().execute()
                count.numbered = made.id
            return made, count.progress(total)

        invoice: Invoice | None = await job.commit(number)
        if invoice is not None:
            return invoice
    raise RuleRefused(f"Order {order_id} changes all the time; no number was used up.", "Try again later.")
