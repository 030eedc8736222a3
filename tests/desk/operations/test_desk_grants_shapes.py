"""Raw SQL of an operator with malformed rows, which would stop the service or make it write to any file."""

from __future__ import annotations

import json

import pytest
from grants_case import NOW, connected, refused

from bmtui.desk.core.context import Desk

pytestmark = pytest.mark.postgres_only

EVENT = (
    "INSERT INTO events (at, name, order_ref, data, rules, actor)"
    " VALUES ({at}, '{name}', 1, '{data}', '{rules}', '{me}')"
)
JOB = (
    "INSERT INTO jobs (type, status, priority, parameters, about, submitted_at, submitted_by, scheduled_at)"
    " VALUES ('papers', 'submitted', 50, '{parameters}', '{about}', {at}, '{me}', {due})"
)
SCHEDULE = (
    "INSERT INTO view_schedules (view_name, days, time_of_day, target, format, columns, next_at, made_at, made_by)"
    " VALUES ('All', 'day', '{time}', '/tmp', '{format}', '{columns}', {at}, {at}, '{me}')"
)
GOOD = {
    **{"name": "order.changed", "data": "{}", "rules": "[]", "parameters": "{}", "about": "{}"},
    **{"time": "07:30", "format": "csv", "columns": "[]", "at": NOW, "due": NOW},
}


def sql(template: str, desk: Desk, **changed: str) -> str:
    return template.format(**(GOOD | changed), me=desk.actor)


@pytest.mark.parametrize(
    ("template", "changed"),
    [
        (EVENT, {"data": "x"}),
        (EVENT, {"data": "[]"}),
        (EVENT, {"rules": "7"}),
        (EVENT, {"rules": "[1]"}),
        (EVENT, {"at": "9223372036854775807"}),
        (EVENT, {"name": "rule.notified", "data": '{"way": "chat"}'}),
        (EVENT, {"name": "notify.test"}),
        (JOB, {"parameters": "x"}),
        (JOB, {"parameters": "null"}),
        (JOB, {"about": "[]"}),
        (JOB, {"about": f'{{"a": {"[" * 2000}{"]" * 2000}}}'}),
        (EVENT, {"data": f'{{"a": {"1" * 5000}}}'}),
        (JOB, {"due": "-9223372036854775807"}),
        (SCHEDULE, {"format": "/../../.ssh/authorized_keys"}),
        (SCHEDULE, {"format": "pth"}),
        (SCHEDULE, {"columns": "7"}),
        (SCHEDULE, {"time": "noon"}),
    ],
)
def test_malformed_row_by_raw_sql_is_refused(
    guarded: tuple[Desk, Desk], template: str, changed: dict[str, str]
) -> None:
    refused(guarded[0], sql(template, guarded[0], **changed), "nobody could read|invalid input syntax for type json")


def test_rows_written_by_the_desk_pass_the_shape_checks(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with connected(ann), ann.store.transaction():
        for template in (EVENT, SCHEDULE):
            ann.store.database.execute_sql(sql(template, ann))
        many = [{"n": "[" * 300 + "1" * 300, "l": [[[1.5]]]}] * 2000
        ann.store.database.execute_sql(sql(EVENT, ann, data=json.dumps({"rows": many})))
