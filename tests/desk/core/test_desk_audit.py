"""Chain of the audit: every change of the table by hand is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpers import add_company, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import ConfigError, NotFound
from bmtui.money import Money


@pytest.fixture
def busy(offline: Desk) -> Desk:
    """Desk with a few audit rows: cancellations and refunds."""
    take_in(offline, raw_order(1, [raw_line(11, 2, "100.00", "ONE")], state=3), raw_order(2, [raw_line(21)]))
    internal_cancel.cancel_internally(offline, 1, "on_hold", "wait")
    refunds.issue(offline, 2, RefundRequest("issue_refund", amount=Money(100, "EUR")))
    refunds.issue(offline, 2, RefundRequest("issue_refund", amount=Money(200, "EUR")))
    internal_cancel.cancel_internally(offline, 1, "void", "No order.")
    return offline


def by_hand(desk: Desk) -> Callable[..., Any]:
    """Drop the triggers, as an owner of the file could; return the function that runs SQL."""
    database = desk.store.database
    for name in ("audit_never_changes", "audit_never_shrinks"):
        of = " ON audit" if database.kind == "postgres" else ""
        database.execute_sql(f"DROP TRIGGER IF EXISTS {name}{of}")
    return database.execute_sql


def test_untouched_audit_verifies(busy: Desk) -> None:
    found = audit.verify(busy)
    assert found.problems == ()
    assert found.rows == len(audit.listing(busy)) == 5
    assert found.head == audit.listing(busy)[0].hash
    internal_cancel.cancel_internally(busy, 1, "cancelled")
    assert audit.verify(busy, known_head=found.head).problems == ()


def test_database_refuses_a_change_of_an_audit_row(busy: Desk) -> None:
    from peewee import IntegrityError

    for sql in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(IntegrityError, match="append-only"):
            busy.store.database.execute_sql(sql)


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE audit SET summary = 'x' WHERE id = 3", "Row 3 was changed"),
        ("UPDATE audit SET actor = 'root(0)x' WHERE id = 3", "Row 3 was changed"),
        ("UPDATE audit SET at = at + 1 WHERE id = 1", "Row 1 was changed"),
        ("UPDATE audit SET order_ref = NULL WHERE id = 2", "Row 2 was changed"),
        ("UPDATE audit SET company_id = 2 WHERE id = 2", "Row 2 was changed"),
        ("UPDATE audit SET action = 'refund.issue' WHERE id = 4", "Row 4 was changed"),
        ("""UPDATE audit SET after = '{"status":"completed"}' WHERE id = 5""", "Row 5 was changed"),
        ("UPDATE audit SET before = 'spoilt' WHERE id = 5", "Row 5 was changed"),
        ("UPDATE audit SET facts = '' WHERE id = 5", "Row 5 was changed"),
        ("UPDATE audit SET facts = replace(facts, 'void', 'in_process') WHERE id = 5", "Row 5 was changed"),
        ("UPDATE audit SET hash = 'abc' WHERE id = 2", "between rows 2 and 3"),
        ("DELETE FROM audit WHERE id = 1", "before row 2"),
        ("DELETE FROM audit WHERE id = 3", "between rows 2 and 4"),
        ("DELETE FROM audit WHERE id = 5", "ends at row 4 with 4 rows, but 5 were written"),
        ("DELETE FROM audit", "ends at row 0 with 0 rows, but 5 were written"),
        ("INSERT INTO audit SELECT 0, at, actor, action, company_id, order_ref, summary, before, after, previous_hash, "
         "hash, facts FROM audit WHERE id = 1", "between rows 0 and 1"),
        ("INSERT INTO audit SELECT 6, at, actor, action, company_id, order_ref, summary, before, after, previous_hash, "
         "hash, facts FROM audit WHERE id = 5", "between rows 5 and 6"),
        ("UPDATE audit SET id = 9 WHERE id = 3", "between rows 2 and 4"),
    ],
)  # fmt: skip
def test_tampering_by_raw_sql_is_found(busy: Desk, sql: str, said: str) -> None:
    by_hand(busy)(sql)
    told = " ".join(problem.sentence for problem in audit.verify(busy).problems)
    assert said in told
    assert "triggers" in told


def test_a_forged_chain_is_found_by_a_head_that_was_kept_elsewhere(busy: Desk) -> None:
    """Write a chain that is whole in itself, as an owner of the file could: only a head kept elsewhere shows it."""
    kept = audit.verify(busy).head
    run = by_hand(busy)
    run("DELETE FROM audit")
    run("UPDATE audit_head SET length = 0, hash = ''")
    internal_cancel.cancel_internally(busy, 1, "cancelled")
    # The triggers are gone; a forger would put them back.
    assert [problem.sentence.split()[1] for problem in audit.verify(busy).problems] == ["triggers"]
    assert "not in the audit any more" in audit.verify(busy, known_head=kept).problems[1].sentence
    with pytest.raises(ConfigError):
        audit.verify(busy, known_head="abc")


def test_audit_rows_of_the_first_release_verify_too(busy: Desk) -> None:
    """Store audit rows as the first release did, which hashed them without the facts."""
    from bmtui.store.models import Audit, AuditHead

    run = by_hand(busy)
    previous = ""
    for row in Audit.select().order_by(Audit.id):
        row.facts, row.previous_hash = "", previous
        previous = audit.digest(row)
        run(f"UPDATE audit SET facts = '', previous_hash = '{row.previous_hash}' WHERE id = {row.id}")
        run(f"UPDATE audit SET hash = '{previous}' WHERE id = {row.id}")
    AuditHead.update(hash=previous).execute()
    assert ["triggers" in problem.sentence for problem in audit.verify(busy).problems] == [True]
    orders.add_note(busy, 1, "x")
    internal_cancel.cancel_internally(busy, 1, "cancelled")
    assert ["triggers" in problem.sentence for problem in audit.verify(busy).problems] == [True]


def test_audit_rows_are_found_by_order_company_and_action(busy: Desk) -> None:
    assert [row.action for row in audit.listing(busy, order_id=1)] == ["order.cancelled_internally"] * 2
    assert {row.order_id for row in audit.listing(busy, action="refund.")} == {2}
    assert audit.listing(busy, actor="nobody") == ()
    assert len(audit.listing(busy, actor=busy.actor, limit=3)) == 3
    newest = audit.listing(busy)[0]
    assert audit.show(busy, newest.audit_id) == newest
    assert audit.listing(busy, since=newest.at) == (newest,)
    with pytest.raises(NotFound):
        audit.show(busy, 99)
    add_company(busy, "Other")
    assert [row.action for row in audit.listing(busy.of_company("Other"))] == ["company.added"]


def test_audit_row_shows_values_before_and_after(busy: Desk) -> None:
    row = audit.listing(busy, order_id=1)[0]
    assert (row.before["status"], row.after["status"]) == ("on_hold", "void")
    refunded = audit.listing(busy, order_id=2)[0]
    assert (refunded.before["refunded"], refunded.after["refunded"]) == (100, 300)
    assert refunded.after["refunds"] == {"2": "recorded"}
    assert not {"customer_name", "ship_to"} & {*refunded.before, *refunded.after}
