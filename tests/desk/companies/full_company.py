"""Company with rows in every table that can be about a company, in many states; for its twin see `twin`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from helpers import COMPANY, eur, order_of, take_in
from installation import FOLDER, NOW, WHO, _furnish, _raw, number

from bmtui.desk.acceptance import rules as acceptance
from bmtui.desk.accounts import costs, statement_import
from bmtui.desk.accounts import settings as account_settings
from bmtui.desk.after_sales import replies
from bmtui.desk.companies import companies
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.orders import view_schedules
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import reasons
from bmtui.desk.returns import refund as return_refunds
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.desk.rules import rules
from bmtui.desk.rules.views import Draft
from bmtui.desk.shipping import identifiers, packing_locks
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.sync import download
from bmtui.desk.tags import tags
from bmtui.queue import jobs
from bmtui.store.models import (
    Approval,
    CareMark,
    Company,
    Delivery,
    Effect,
    Event,
    Import,
    ImportChange,
    Invoice,
    Job,
    MarginEntry,
    Operator,
    OrderLine,
    Refund,
    Rule,
    RuleLog,
    RuleOrder,
    Shipment,
    SyncMark,
    TaxPeriod,
)
from bmtui.words import EffectState, JobStatus, ReturnNoteKind

BEN, BEN_UID = "ben(4242)", 4242
MAIL = "b2@example.com"
CASH = RefundRequest("issue_refund", method="cash", note="At the counter.")
DEVICE = "356938035643809"
STATEMENT = "invoice_key,value_date,sku,order_id,designation,amount,currency"
COSTS = "imei;serial;sku;cost;currency;date;reference"
TAX_PERIOD = "2026-08"


def at(desk: Desk) -> Desk:
    """Return the desk of Anna, an admin, at the time of the installation."""
    return replace(desk, now=lambda: NOW, actor=WHO, uid=1000)


def of_ben(desk: Desk) -> Desk:
    """Return the same desk of Ben, an operator whose refunds above 1.00 EUR another person approves."""
    return replace(desk, actor=BEN, uid=BEN_UID)


def fill(desk: Desk, folder: Path) -> None:
    """Fill the empty company of the desk; `folder` is for files that are read."""
    take_in(desk, *(_raw(index) for index in range(36)), {"order_id": 99, "orderlines": "unreadable"})
    OrderLine.update(sku="PHN-B1").where(OrderLine.order == order_of(number(34)).id).execute()
    permissions.set_rights(desk, "1000", role="admin", may_refund=True)
    Operator.update(account="anna").where(Operator.uid == 1000).execute()
    _furnish(desk)
    permissions.set_rights(
        desk, str(BEN_UID), may_refund=True, per_refund={"EUR": "1", "GBP": "1"}, per_day={"EUR": "500"}
    )
    of_shop = desk.of_company(COMPANY)
    _files(folder)
    _money(desk)
    _shipping(desk)
    _jobs(desk)
    _returns(desk, folder)
    _rules(of_shop, folder)
    _accounts(desk, folder)
    tags.add_field(desk, "shelf")
    for index in (2, 6):
        tags.tag(desk, number(index), add=["vip"])
        tags.set_fields(desk, number(index), {"shelf": "A1"})
        tags.assign(desk, number(index), "anna")
    replies.send(desk, replies.answer(FOLDER, "We look into it.", ()))
    acceptance.flag(desk, None, ["PHN-A10"], in_stock=True)
    company = Company.get().id
    for mark in (SyncMark, CareMark):
        mark.create(company=company, modified_until=NOW, begun_at=NOW, swept_at=NOW)


def _files(folder: Path) -> None:
    """Write the files that commands import."""
    (folder / "photo.txt").write_text("A picture.")
    (folder / "shipments.csv").write_text(f"order,tracking,carrier\n{number(9)},1Z999AA10123456784,UPS\n")
    (folder / "returns.csv").write_text(f"order_id,line_id,quantity,reason\n{number(6)},7,1,Defective\n")
    for name, rows in (
        (
            "statement.csv",
            [
                STATEMENT,
                f"BM-1,2026-11-05,PHN-A12,{number(2)},sale,102.50,EUR",
                f"BM-1,2026-11-05,PHN-A13,{number(3)},refund,-7.00,EUR",
            ],
        ),
        ("more.csv", [STATEMENT, f"BM-2,2026-11-05,PHN-A12,{number(6)},sale,106.50,EUR"]),
        ("costs.csv", [COSTS, ";;PHN-A12;55.00;EUR;2026-11-20;"]),
        ("more_costs.csv", [COSTS, ";;PHN-A11;45.00;EUR;2026-09-01;"]),
    ):
        (folder / name).write_text("\n".join([*rows, ""]))


def _money(desk: Desk) -> None:
    for index in (2, 30):
        refunds.issue(desk, number(index), CASH)
    line = OrderLine.get(OrderLine.order == order_of(number(10)).id).line_id
    refunds.issue(desk, number(10), replace(CASH, lines={line: eur("10.00")}))
    Refund.update(state="excess").where(Refund.order == order_of(number(30)).id).execute()
    invoicing.credit(desk, number(10))
    refunds.issue(desk, number(10), replace(CASH, lines={line: eur("5.00")}))
    refunds.issue(of_ben(desk), number(26), RefundRequest(note="Broken."))
    refunds.issue(of_ben(desk), number(22), RefundRequest(note="Scratched."))
    waiting = Approval.select().where(Approval.order == order_of(number(22)).id).get()
    approvals.approve(desk, waiting.id)


def _shipping(desk: Desk) -> None:
    shipping.ship(desk, number(13), shipping.ShipRequest("1Z999AA10123456793", "UPS", accept_doubts=True))
    shipment = Shipment.select().order_by(Shipment.id.desc()).get()
    effect = Effect.get(Effect.job == shipment.job_id)
    with desk.store.transaction():
        effects.mark_sending(desk, effect)
        effects.settle(desk, Effect.get_by_id(effect.id), EffectState.REJECTED, error="Refused.")
    line = OrderLine.get(OrderLine.order == order_of(number(17)).id)
    identifiers.identify(
        desk, number(17), [identifiers.Identifier(line.line_id, DEVICE, identifiers.IMEI)], accept_doubts=True
    )
    with desk.store.transaction():
        packing_locks.take(desk, order_of(number(25)), "station", "Bench")


def _jobs(desk: Desk) -> None:
    for day, status in enumerate((JobStatus.FAILED, JobStatus.ON_HOLD, JobStatus.SUBMITTED), 1):
        job = download.start(desk, None, f"2026-10-{day:02}")
        jobs.write_log(job, "Downloaded 3 orders.")
        Job.update(status=status, completed_at=NOW if status == JobStatus.FAILED else None).where(
            Job.id == job
        ).execute()


def _returns(desk: Desk, folder: Path) -> None:
    reasons.add(desk, None, "Too blue", 1)
    rma = returns.create(desk, number(34), ReturnRequest(reason="no_longer_needed")).row.rma_id
    return_actions.add_note(desk, rma, "Wet box.", ReturnNoteKind.MERCHANT)
    return_actions.receive(desk, rma)
    return_actions.attach(desk, rma, str(folder / "photo.txt"))
    return_refunds.refund(desk, rma, CASH)


def _rules(desk: Desk, folder: Path) -> None:
    view_schedules.add(desk, "France", every="monday", at="07:00", to=str(folder))
    view = rules.save(desk, Draft("Big", "order.created", "total:>1000", ("tag big",), company=COMPANY))
    rule, order = Rule.get(Rule.name == view.name), order_of(number(2))
    about = {"company_id": order.company_id, "order_ref": order.id}
    RuleLog.create(rule=rule.name, version=1, at=NOW, action="tag big", done=True, **about)
    RuleOrder.create(rule=rule, order=order, since=NOW, done=False)
    event = Event.select().where(Event.order_ref == order.id).first()
    Delivery.create(way="chat", event=event, order_ref=order.id, state="dead", made_at=NOW, due_at=NOW)
    made = Import.create(file="orders.csv", digest="1", made_at=NOW, made_by=WHO)
    ImportChange.create(of=made, file_row=1, order=order, what="tag", name="vip")


def _accounts(desk: Desk, folder: Path) -> None:
    _, contents = statement_import.preview(desk, str(folder / "statement.csv"))
    statement_import.save(desk, contents)
    companies.change(desk, None, {"soon_hours": "5"})
    account_settings.change(desk, {"transit_days": "3"})
    costs.save(desk, costs.preview(desk, str(folder / "costs.csv")))
    company, invoice = Company.get().id, Invoice.select().order_by(Invoice.id).get()
    period = TaxPeriod.create(company=company, period=TAX_PERIOD, method="piece", carried={}, made_at=NOW, made_by=WHO)
    MarginEntry.create(
        period=period, company=company, invoice=invoice, ref="1", piece=1, currency="EUR", rate="20", price=100,
        cost=50, margin=50, tax=8, correction=False,
    )  # fmt: skip
