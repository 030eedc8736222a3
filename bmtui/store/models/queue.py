"""Jobs, their log, and the limits that all processes share."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, Row, UtcField


class Job(Row):
    id = AutoField()
    type = TextField()
    status = TextField()
    priority = IntegerField()
    company = ForeignKeyField(Company, null=True)
    company_id: int | None
    parameters = JsonField()
    cursor = JsonField(default=dict)
    about = JsonField(default=dict)
    identity = TextField(null=True)
    parent = ForeignKeyField("self", null=True)
    parent_id: int | None
    submitted_at = UtcField()
    submitted_by = TextField()
    scheduled_at = UtcField()
    started_at = UtcField(null=True)
    completed_at = UtcField(null=True)
    phase = TextField(default="")
    total = IntegerField(null=True)
    processed = IntegerField(default=0)
    succeeded = IntegerField(default=0)
    failed = IntegerField(default=0)
    error = TextField(default="")
    error_kind = TextField(default="")
    output = JsonField(default=dict)
    attempts = IntegerField(default=0)
    failures = IntegerField(default=0)
    lost = IntegerField(default=0)
    max_failures = IntegerField()
    worker = TextField(null=True)
    fence = IntegerField(default=0)
    cancel_requested = BooleanField(default=False)

    class Meta:
        table_name = "jobs"


class JobLog(Row):
    id = AutoField()
    job = ForeignKeyField(Job)
    job_id: int
    at = UtcField()
    is_error = BooleanField()
    message = TextField()

    class Meta:
        table_name = "job_log"


class RateLimit(Row):
    name = TextField(primary_key=True)
    theoretical_arrival = BigIntegerField()
    held_until = BigIntegerField(default=0)
    reason = TextField(default="")

    class Meta:
        table_name = "rate_limits"


class DailyBudget(Row):
    """Use of a daily budget on one UTC day; `day` is ISO."""

    name = TextField()
    day = TextField()
    spent = IntegerField()

    class Meta:
        table_name = "daily_budgets"
        primary_key = CompositeKey("name", "day")
