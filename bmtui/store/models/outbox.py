"""Writes to the channel, and pauses that hold them back."""

from __future__ import annotations

from peewee import AutoField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, Row, UtcField
from bmtui.store.models.orders import Order
from bmtui.store.models.queue import Job


class Effect(Row):
    """Write to the channel; `target` names what it acts on, `expected` what a reading must show once it is done.

    `subject_id` is the row that follows the effect, in the table that `kind` names: a refund, for example.
    """

    id = AutoField()
    kind = TextField()
    target = TextField()
    about = TextField()
    company = ForeignKeyField(Company)
    company_id: int
    order = ForeignKeyField(Order, column_name="order_ref", null=True)
    order_ref: int | None
    subject_id = IntegerField(null=True)
    job = ForeignKeyField(Job)
    job_id: int
    method = TextField()
    path = TextField()
    body = JsonField()
    expected = JsonField()
    state = TextField()
    made_at = UtcField()
    made_by = TextField()
    not_before = UtcField()
    sending_at = UtcField(null=True)
    settled_at = UtcField(null=True)
    answer_status = IntegerField(null=True)
    answer = TextField(default="")
    error = TextField(default="")
    attempts = IntegerField(default=0)

    class Meta:
        table_name = "effects"


class Pause(Row):
    """Pause of sending; `scope` is `all` or a company's id, `cause` is person or token."""

    scope = TextField()
    cause = TextField()
    reason = TextField()
    at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "pauses"
        primary_key = CompositeKey("scope", "cause")
