"""Full view of an order, with its lines, refunds, documents, jobs and history."""

from __future__ import annotations

from bmtui.channel.fields import Mark
from bmtui.desk.accounts import statements
from bmtui.desk.core.context import Desk
from bmtui.desk.core.order_views import HistoryView
from bmtui.desk.invoicing import views as invoice_views
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.overview.views import NoteView, OrderView, PaymentView
from bmtui.desk.refunds import views as refund_views
from bmtui.desk.returns import views as return_views
from bmtui.desk.shipping import packing_locks, shipped_state
from bmtui.desk.shipping import ship as shipping
from bmtui.money import Money
from bmtui.store.models import (
    Audit,
    Effect,
    Job,
    JobOrder,
    Note,
    Payment,
    Refund,
    Return,
)
from bmtui.words import REFUND_NOT_MADE, UPLOAD_VOID


def show(desk: Desk, order_id: int) -> OrderView:
    """Return the full view of an order. Raises NotFound; RuleRefused if two companies have an order of this number."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        mine = order.id
        units = [unit for unit in shipped_state.units_of(mine) if unit.state not in UPLOAD_VOID]
        charged = statements.fees_of_lines(mine)
        lines = tuple(
            orders.line_view(
                line, order.currency, [unit for unit in units if unit.line_ref == line.id], charged.get(line.id)
            )
            for line in orders.lines_of(order)
        )
        refunds = list(Refund.select().where(Refund.order == mine).order_by(Refund.id))
        states = {refund.id: refund.state for refund in refunds}
        touched = JobOrder.select(JobOrder.job).where(JobOrder.order == mine)
        sending = Effect.select(Effect.job).where(Effect.order == mine)
        job_rows = Job.select().where(Job.id.in_(touched) | Job.id.in_(sending)).order_by(Job.id.desc()).limit(50)
        return OrderView(
            row=search.row_of(order),
            version=order.version,
            payment_method=order.payment_method,
            is_backship=order.is_backship,
            lines=lines,
            shipments=shipping.of_order(desk, order),
            payments=tuple(
                PaymentView(
                    payment.kind,
                    payment.at,
                    Money(payment.amount, order.currency),
                    payment.method,
                    payment.reference,
                    states.get(payment.refund_id or 0) not in REFUND_NOT_MADE,
                )
                for payment in Payment.select().where(Payment.order == mine).order_by(Payment.at, Payment.id)
            ),
            refunds=tuple(refund_views.refund_view(refund, order.currency) for refund in refunds),
            invoices=invoice_views.of_order(order),
            notes=tuple(
                NoteView(note.at, note.made_by, note.text, note.author)
                for note in Note.select().where(Note.order == mine).order_by(Note.at, Note.id)
            ),
            jobs=jobs.views_of(job_rows),
            history=tuple(
                HistoryView(row.at, row.actor, row.action, row.summary)
                for row in Audit.select().where(Audit.order_ref == mine).order_by(Audit.id)
            ),
            returns=return_views.rows_of(list(Return.select().where(Return.order == mine).order_by(Return.id))),
            channel_belief=orders.channel_belief(desk, order),
            marked=tuple(Mark(mark["path"], mark["came"]) for mark in order.marked),
            erased_by_channel=order.erased_by_channel,
            sales_taxes=None if order.sales_taxes is None else Money(order.sales_taxes, order.currency),
            sales_dp_adjustment=(
                None if order.sales_dp_adjustment is None else Money(order.sales_dp_adjustment, order.currency)
            ),
            paper_name=order.paper_name,
            packing=lease.sentence if (lease := packing_locks.of_order(desk, order)) else "",
        )
