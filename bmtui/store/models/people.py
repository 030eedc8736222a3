"""Accounts and their rights, and the audit."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.fields import JsonField, Row, UtcField


class Operator(Row):
    """Account and its rights; while there is no row at all, every account may do everything."""

    id = AutoField()
    uid = BigIntegerField()
    account = TextField()
    role = TextField()
    may_refund = BooleanField()
    changed_at = UtcField()
    changed_by = TextField()

    class Meta:
        table_name = "operators"


class RefundLimit(Row):
    """Amount in minor units that an operator may refund alone; None is no limit."""

    operator = ForeignKeyField(Operator, backref="limits")
    operator_id: int
    currency = TextField()
    per_refund = BigIntegerField(null=True)
    per_day = BigIntegerField(null=True)

    class Meta:
        table_name = "refund_limits"
        primary_key = CompositeKey("operator", "currency")


class Audit(Row):
    id = AutoField()
    at = UtcField()
    actor = TextField()
    action = TextField()
    company_id = IntegerField(null=True)
    order_ref = IntegerField(null=True)
    summary = TextField()
    before = JsonField()
    after = JsonField()
    previous_hash = TextField()
    hash = TextField()
    facts = TextField(default="")

    class Meta:
        table_name = "audit"


class AuditHead(Row):
    """Head of the audit's chain, in one row: its length and its last hash."""

    id = AutoField()
    length = IntegerField()
    hash = TextField()

    class Meta:
        table_name = "audit_head"
