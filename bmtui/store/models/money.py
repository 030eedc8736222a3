"""Payments, refunds and their approvals, and differences from the channel."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import Row, UtcField
from bmtui.store.models.orders import Order, OrderLine
from bmtui.store.models.queue import Job


class Approval(Row):
    """Approval of a refund above a limit; `why` names the limit, `reason` is the text of the person who decided.

    `request` is the request as JSON; '' in rows of schemas before 11. `doubt`: why it may have been decided and sent
    already.
    """

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    order = ForeignKeyField(Order, column_name="order_ref")
    order_ref: int
    amount = BigIntegerField()
    why = TextField()
    state = TextField()
    made_at = UtcField()
    made_by = TextField()
    made_uid = BigIntegerField()
    decided_at = UtcField(null=True)
    decided_by = TextField(default="")
    decided_uid = BigIntegerField(null=True)
    reason = TextField(default="")
    request = TextField(default="")
    doubt = TextField(default="")

    class Meta:
        table_name = "approvals"


class Refund(Row):
    """Refund; `part` is line, shipping or order; `line` is set for a line.

    `authorised_uid` is the account whose limit it counts against; None where no account here is responsible for it.
    """

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="refunds")
    order_ref: int
    line = ForeignKeyField(OrderLine, column_name="line_ref", null=True)
    line_ref: int | None
    part = TextField()
    amount = BigIntegerField()
    operation = TextField()
    method = TextField()
    date = TextField()
    reference = TextField()
    note = TextField()
    reason = IntegerField(null=True)
    state = TextField()
    made_by = TextField()
    made_at = UtcField()
    job = ForeignKeyField(Job, null=True)
    job_id: int | None
    error = TextField(default="")
    approval = ForeignKeyField(Approval, null=True, backref="refunds")
    approval_id: int | None
    authorised_uid = BigIntegerField(null=True)

    class Meta:
        table_name = "refunds"


class Payment(Row):
    """Payment of an order; `kind` is received or refund, the amount is positive for both."""

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="payments")
    order_ref: int
    kind = TextField()
    at = UtcField()
    method = TextField()
    reference = TextField()
    amount = BigIntegerField()
    refund = ForeignKeyField(Refund, null=True)
    refund_id: int | None

    class Meta:
        table_name = "payments"


class Drift(Row):
    """Difference between store and channel; `what` is a `DriftClass`, `state` open, repaired or gone."""

    id = AutoField()
    job = ForeignKeyField(Job)
    job_id: int
    company = ForeignKeyField(Company)
    company_id: int
    order_id = BigIntegerField()
    line_id = BigIntegerField(null=True)
    what = TextField()
    here = TextField()
    there = TextField()
    advice = TextField()
    repairable = BooleanField()
    found_at = UtcField()
    state = TextField()

    class Meta:
        table_name = "drifts"
