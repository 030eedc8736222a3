"""Cached SQL statements: the same that peewee would build, on both databases, each with its own values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from peewee import EXCLUDED, JOIN, SQL, Case, DoesNotExist, fn

from bmtui.desk.core.context import Desk
from bmtui.store import bulk
from bmtui.store.models import Audit, Company, DailyBudget, Effect, Job, JobLog, Order, OrderLine, RateLimit, to_micros
from bmtui.store.models.fields import JsonField, Row
from bmtui.store.statements.shape import Shape
from bmtui.words import JOB_LIVE, JobStatus

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def _queries(number: int, text: str, known: Company) -> list[Any]:
    """Return queries of many shapes; calls with other values return the same shapes."""
    other = Job.alias()
    live = Job.status.in_([JobStatus.SUBMITTED, text])
    due = Job.select(Job.id).where(live & (Job.scheduled_at <= AT)).order_by(Job.priority.desc(), Job.id).limit(number)
    found = due.cte("found", materialized=True)
    newest = JobLog.select(fn.MAX(JobLog.id)).where(JobLog.job == Job.id)
    put = {RateLimit.theoretical_arrival: EXCLUDED["theoretical_arrival"], RateLimit.reason: text}
    spend = {DailyBudget.spent: DailyBudget.spent + number}
    return [
        Order.select().where(Order.id == number),
        Order.select().where((Order.order_id == number) & (Order.company == known)),
        Order.select(Order.order_id, Order.total.alias("sum")).where(Order.customer_name.contains(text)),
        OrderLine.select(OrderLine, Order).join(Order).where(OrderLine.line_id.in_([number, number + 1])),
        Job.select().join(other, JOIN.LEFT_OUTER, on=(other.id == Job.parent)).where(other.worker == text),
        Job.select().where(Job.id == 0, Job.company.is_null() | Job.company.not_in([number])),
        Job.select().where(Job.worker.is_null(False)).distinct().limit(number).offset(number),
        Job.select(fn.COUNT(SQL("*")), Case(None, [(Job.status == text, number)], 0)).group_by(Job.company),
        Job.select().where(fn.COALESCE(JobLog.select(JobLog.at).where(JobLog.id == newest), Job.submitted_at) > AT),
        Company.select().where((Company.name == text) & Company.enabled),
        Effect.select(Effect.order).where(~(Effect.kind == text) & Effect.order.is_null(False)),
        Audit.select(Audit).where(Audit.action.startswith(text) | (Audit.at >= AT)).order_by(Audit.id.desc()),
        Job.update(status=text, fence=Job.fence + number, started_at=fn.COALESCE(Job.started_at, to_micros(AT)))
        .with_cte(found)
        .where(Job.id.in_(found.select(found.c.id)))
        .returning(Job),
        Job.update(cursor={"at": text}, company=known, worker=None).where(Job.id == number),
        JobLog.insert(job=number, at=AT, is_error=bool(number), message=text),
        # With defaults that are made anew each time.
        Job.insert(type=text, status=text, priority=1, parameters={}, submitted_at=AT, submitted_by=text,
                   scheduled_at=AT, max_failures=number),
        RateLimit.insert(name=text, theoretical_arrival=number).on_conflict(
            conflict_target=[RateLimit.name], update=put),
        DailyBudget.insert(name=text, day=text, spent=1).on_conflict(
            conflict_target=[DailyBudget.name, DailyBudget.day], update=spend),
        RateLimit.insert(name=text, theoretical_arrival=number).on_conflict_ignore(),
        JobLog.delete().where((JobLog.job == number) & JobLog.message.in_([text])),
    ]  # fmt: skip


def _built(desk: Desk, query: Any) -> tuple[str, list[Any]]:
    database: Any = desk.store.database
    sql, values = database.get_sql_context().sql(query).query()
    return sql, values


def _key_of(query: Any) -> tuple[Any, ...]:
    shape = Shape()
    shape.add(query)
    return tuple(shape.key)


def test_cached_statements_equal_those_of_peewee(offline: Desk) -> None:
    database: Any = offline.store.database
    company = Company.get()
    first = _queries(3, "one", company)
    for query in first:
        assert database._text_of(query) == _built(offline, query)
    kept = dict(database._texts)
    assert None not in [kept[_key_of(query)] for query in first]
    for query in _queries(70_000, "zwei", company):
        expected = _built(offline, query)
        assert database._text_of(query) == expected
    # Each of them was one whose text was there already, and none had to be left to peewee.
    assert database._texts == kept


def test_queries_of_unknown_shape_are_left_to_peewee(offline: Desk) -> None:
    database: Any = offline.store.database
    unlike = [
        JobLog.insert_many([{"job": 1, "at": AT, "is_error": False, "message": "m"}]),
        Job.select().order_by(Job.worker.desc(nulls="last")),
        Job.select().where(Job.id.in_(number for number in (1, 2))).where(Job.id.coerce(False) == "1"),
    ]
    assert [database._text_of(query) for query in unlike] == [None] * 3
    assert list(unlike[1]) == []


def test_wrong_cached_statement_is_found_by_the_tests(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    database: Any = offline.store.database
    Job.get_or_none(Job.phase == "one")
    broken = {key: found and (found[0] + " ", found[1]) for key, found in database._texts.items()}
    monkeypatch.setattr(database, "_texts", broken)
    monkeypatch.setattr(database, "checked", lambda text: True)
    with pytest.raises(AssertionError, match="built SELECT"):
        Job.get_or_none(Job.phase == "two")
    Job.get_or_none(Job.id == 1)
    monkeypatch.setattr(database, "_by_key", {Job: "SELECT 1"})
    with pytest.raises(AssertionError, match="built SELECT"):
        Job.get_or_none(Job.id == 2)


def test_cached_statements_return_rows_as_peewee_does(offline: Desk) -> None:
    Job.create(type="x", status=JOB_LIVE[0], priority=1, parameters={"a": [1]}, submitted_at=AT, submitted_by="é",
               scheduled_at=AT, max_failures=2, cancel_requested=True, company=Company.get())  # fmt: skip
    row = Job.get()
    (peewees,) = super(Row, Job).select()
    assert row.__data__ == peewees.__data__
    assert [type(value) for value in row.__data__.values()] == [type(value) for value in peewees.__data__.values()]
    assert not row.is_dirty()
    assert row.company is not None
    assert peewees.company is not None
    assert row.company.name == peewees.company.name == "Shop"
    assert row == peewees
    row.phase = "later"
    assert row.dirty_field_names == ["phase"]


def test_row_by_its_key_is_the_one_that_peewee_finds(offline: Desk) -> None:
    company = Company.get()
    (peewees,) = super(Row, Company).select().where(Company.id == company.id)
    RateLimit.create(name="a", theoretical_arrival=5)
    found = Company.get_by_id(company.id)
    assert found.__data__ == peewees.__data__
    assert not found.is_dirty()
    assert Company.get_or_none(Company.id == company.id) == company
    assert RateLimit.get(RateLimit.name == "a").theoretical_arrival == 5
    assert RateLimit.get_or_none(RateLimit.name == "b") is None
    with pytest.raises(DoesNotExist):
        Company.get_by_id(company.id + 1)
    # Its SQL needs no cached shape.
    assert {Company, RateLimit} <= set(offline.store.database._by_key)  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", [{}, [], {"a": [1, None, "é\n"]}, "text", 1.5, 10**30, True, None])
def test_stored_json_is_read_as_it_was_written(value: Any) -> None:
    field = JsonField()
    assert field.python_value(field.db_value(value)) == value
    assert field.python_value(f" {field.db_value(value)} ") == value


@pytest.mark.parametrize("text", ["", "{", "{} x", "nul", '"open'])
def test_stored_json_that_is_damaged_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        JsonField().python_value(text)


def test_statements_by_names_do_what_those_of_peewee_do(offline: Desk) -> None:
    company = Company.get()
    common = {"type": "t", "status": "submitted", "priority": 1, "parameters": {"b": 1, "a": None}, "submitted_at": AT,
              "submitted_by": "me", "scheduled_at": AT, "max_failures": 3}  # fmt: skip
    with offline.store.transaction():
        made = Job.create(company=company, worker=None, **common)
        plain = Job.insert(company=company, **common).execute()
        stored = [list(vars(Job.get_by_id(row))["__data__"].items())[1:] for row in (made.id, plain)]
        assert stored[0] == stored[1]
        assert (made.company, made.company_id, made.is_dirty()) == (company, company.id, False)
        changes = {"cursor": {"at": 1}, "company": None, "completed_at": AT, "error": "x"}
        assert bulk.update(Job, changes, id=made.id, status=JobStatus.SUBMITTED) == 1
        assert bulk.update(Job, {"error": "y"}, id=made.id, status=JobStatus.FAILED) == 0
    changed = Job.get_by_id(made.id)
    assert (changed.cursor, changed.company_id, changed.completed_at, changed.error) == ({"at": 1}, None, AT, "x")


def test_rows_by_equal_values_are_those_of_peewee(offline: Desk) -> None:
    for message, is_error in (("b", True), ("a", True), ("c", False)):
        job = Job.create(type="t", status="x", priority=1, parameters={}, submitted_at=AT, submitted_by="me",
                         scheduled_at=AT, max_failures=3)  # fmt: skip
        JobLog.create(job=job, at=AT, is_error=is_error, message=message)
    found = JobLog.having(is_error=True, at=AT, by="message, id")
    assert [row.message for row in found] == ["a", "b"]
    assert [row.__data__ for row in found] == [JobLog.get_by_id(row.id).__data__ for row in found]
    assert JobLog.having(message="none") == []


def test_name_is_not_compared_by_its_letters(offline: Desk) -> None:
    with pytest.raises(AssertionError):
        Company.having(name="SHOP")
