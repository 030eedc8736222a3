"""Raw SQL of an operator against the audit: a row that verification would complain about is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from grants_case import NOW, connected, refused

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.store import audit_rows
from bmtui.store.models import Audit

pytestmark = pytest.mark.postgres_only

INSERT = "INSERT INTO audit (at, actor, action, summary, before, after, previous_hash, hash, facts) VALUES ({values})"
HEAD = "UPDATE audit_head SET length = length + 1, hash = '{hash}'"
ODD = '" \\ / , : \t\n\r\b\f\x01\x1f\x7f\u2028 Ää 😀 {"a": [1, 2]}'
LARGE = {"rows": {str(number): f"{number:x}" * 20 for number in range(500)}}


def row(desk: Desk, before: str, hashed: Callable[[list[Any]], str]) -> tuple[str, str]:
    """Return the SQL of a row in the operator's own name, and its hash."""
    (at,) = desk.store.database.execute_sql(f"SELECT {NOW}").fetchone()
    (last,) = desk.store.database.execute_sql("SELECT hash FROM audit_head").fetchone()
    values = [at, desk.actor, "note", None, None, "", before, "{}", last, ""]
    own = hashed(values)
    kept = (at, *(f"'{text}'" for text in (desk.actor, "note", "", before, "{}", last, own, "")))
    return INSERT.format(values=", ".join(map(str, kept))), own


@pytest.mark.parametrize(
    ("summary", "before"),
    [
        ("", {}),
        (ODD, {ODD: ODD, "b": [1, -2.5, True, None, [], {}, ":", ","], "a": {"z": 0.1, "y": [[","]]}}),
        ("x", LARGE),
    ],
)
def test_rows_of_the_desk_have_the_hash_that_the_database_computes(
    guarded: tuple[Desk, Desk], summary: str, before: Mapping[str, Any]
) -> None:
    ann, _ = guarded
    for order_row in (None, 1):
        with connected(ann), ann.store.transaction():
            audit.record(ann, "note", summary, order_row=order_row, before=before, after={"note": summary})
    assert audit.verify(ann).problems == ()


def test_row_with_another_hash_is_refused(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    sql, _ = row(ann, "{}", lambda values: "0" * 64)
    refused(ann, sql, "the hash of a row of the audit is that of its values")
    assert audit.verify(ann).problems == ()


def test_row_that_the_head_does_not_know_is_refused(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    sql, _ = row(ann, "{}", audit._digest_as_written)
    refused(ann, sql, "the head of the audit is its last row")
    assert not Audit.select().where(Audit.action == "note").exists()


@pytest.mark.parametrize(
    "before", ['{"b": 1,  "a" :2}', '{"a":1,"a":2}', '{"a":1e2,"b":"\\u0041"}', '{"\\"x\\\\":["a,b:c"]}']
)
def test_own_row_with_json_in_another_spelling_is_no_sign_of_tampering(guarded: tuple[Desk, Desk], before: str) -> None:
    ann, _ = guarded
    with connected(ann), ann.store.transaction():
        sql, own = row(ann, before, audit._digest_as_written)
        for statement in (sql, HEAD.format(hash=own)):
            ann.store.database.execute_sql(statement.replace("%", "%%"))
    assert audit.verify(ann).problems == ()
    assert [values[6] for _, values, _ in audit_rows.stored()][-1] == before
    assert json.loads(before) == Audit.get(Audit.action == "note").before
