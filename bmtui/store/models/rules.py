"""Rules, their log, and saved views that are exported on a schedule."""

from __future__ import annotations

from peewee import AutoField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, NameField, Row, UtcField
from bmtui.store.models.orders import Order


class Rule(Row):
    """Rule: when (`moment`), if (`query`), then (`actions`), as its author wrote it; `company` None: all companies."""

    id = AutoField()
    name = NameField()
    company = ForeignKeyField(Company, null=True)
    company_id: int | None
    version = IntegerField()
    enabled = BooleanField()
    moment = TextField()
    query = TextField()
    actions = JsonField()
    limit_a_day = IntegerField()
    ran_at = UtcField()
    changed_at = UtcField()
    changed_by = TextField()

    class Meta:
        table_name = "rules"


class RuleLog(Row):
    """Action of a rule on one order; `rule` is its name, for a deleted rule keeps its log."""

    id = AutoField()
    rule = NameField()
    version = IntegerField()
    at = UtcField()
    company_id = IntegerField(null=True)
    order_ref = IntegerField(null=True)
    action = TextField()
    done = BooleanField()
    error = TextField(default="")

    class Meta:
        table_name = "rule_log"


class RuleOrder(Row):
    """Order that matches a rule, with the time since when; `done`: the rule has acted since then."""

    rule = ForeignKeyField(Rule)
    rule_id: int
    order = ForeignKeyField(Order, column_name="order_ref")
    order_ref: int
    since = UtcField()
    done = BooleanField()

    class Meta:
        table_name = "rule_orders"
        primary_key = CompositeKey("rule", "order")


class Switch(Row):
    """Switch that is turned off for all accounts: `rules`."""

    name = TextField(primary_key=True)
    at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "switches"


class ViewSchedule(Row):
    """Saved view, exported at `time_of_day` on `days` in the company's zone; `target` is a folder or a way."""

    id = AutoField()
    view_name = TextField()
    company = ForeignKeyField(Company, null=True)
    company_id: int | None
    days = TextField()
    time_of_day = TextField()
    target = TextField()
    format = TextField()
    columns = JsonField()
    next_at = UtcField()
    last_at = UtcField(null=True)
    error = TextField(default="")
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "view_schedules"
