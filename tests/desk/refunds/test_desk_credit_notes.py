"""Credit notes: every refund of an invoiced order gets one, once and to the cent."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from helpers import add_company, dump, eur, line_of, order_of, raw_line, take_in
from invoice_shop import NOW, document_of, open_shop, open_shop_of_three, sold

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.refunds import approvals, credit_notes_due, ledger, void
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import EditConflict, RuleRefused
from bmtui.store.models import Approval, Company, Job, Refund
from bmtui.words import JobType, RefundOperation, RefundState


@pytest.fixture
def shop(offline: Desk) -> Desk:
    return open_shop_of_three(offline)


def recorded(desk: Desk, order_id: int, **request: Any) -> None:
    refunds.issue(desk, order_id, RefundRequest(operation=RefundOperation.ISSUE_REFUND, **request))


def test_a_refund_queues_its_credit_note_which_names_the_invoice(shop: Desk) -> None:
    invoice = invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("100.00")}, note="Scratched")
    job = Job.get(Job.type == JobType.INVOICE)
    assert job.parameters == {"credit": [3]}
    note = invoicing.credit(shop, 3)
    assert note is not None
    assert (note.number, note.corrects, note.gross) == ("FR-CN-2026-00001", invoice.number, eur("100.00"))
    document = document_of(note.number)
    assert document.corrects == (invoice.number, "2026-11-24")
    assert document.reason == "Scratched"
    assert document.lines[0].text == "Réduction de prix: Phone"
    assert invoicing.credit(shop, 3) is None


def test_a_refund_without_an_invoice_queues_nothing(shop: Desk) -> None:
    recorded(shop, 3, lines={31: eur("100.00")})
    assert not Job.select().where(Job.type == JobType.INVOICE).exists()
    assert invoicing.credit(shop, 3) is None
    assert credit_notes_due.orders_of(Company.get().id) == ()


def test_refund_with_a_credit_note_is_not_voided_and_one_without_is(shop: Desk) -> None:
    invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("100.00")})
    note = invoicing.credit(shop, 3)
    recorded(shop, 3, lines={32: eur("5.00")})
    noted, free = Refund.select().order_by(Refund.id)
    assert note is not None
    before = dump(shop)
    with pytest.raises(RuleRefused, match=f"has the credit note {note.number}; it cannot be voided"):
        void.void(shop, 3, noted.id, "typed twice")
    assert dump(shop) == before
    assert void.void(shop, 3, free.id, "typed twice").state == "withdrawn"


def test_refunds_before_the_invoice_are_credited_once_it_is_made(shop: Desk) -> None:
    recorded(shop, 3, lines={31: eur("100.00")})
    invoicing.make(shop, 3)
    assert Job.select().where(Job.type == JobType.INVOICE).exists()
    note = invoicing.credit(shop, 3)
    assert note is not None
    assert note.gross == eur("100.00")


def test_several_refunds_get_one_credit_note_and_failed_ones_none(shop: Desk) -> None:
    invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("10.00"), 32: eur("5.00")})
    with shop.store.transaction():
        order = order_of(3)
        failed = ledger.book(
            order, part=ledger.LINE, amount=100, state=RefundState.QUEUED, at=NOW, line=line_of(31),
            operation="issue_refund", method="other", date="2026-11-24", reference="", note="", made_by="test",
        )  # fmt: skip
        ledger.settle(failed, RefundState.FAILED)
    note = invoicing.credit(shop, 3)
    assert note is not None
    assert note.gross == eur("15.00")
    assert invoicing.credit(shop, 3) is None


def test_credit_notes_in_parts_return_exactly_what_was_invoiced(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"vat_mode": "mixed", "sku_rules": "ACC*=regular"})
    invoice = invoicing.make(shop, 3)
    for request in (
        {"lines": {32: eur("0.03")}},
        {"lines": {31: eur("99.99"), 32: eur("7.00")}},
        {"shipping": eur("5.00")},
        {},
    ):
        recorded(shop, 3, **request)
        assert invoicing.credit(shop, 3) is not None
    notes = invoice_search.listing(shop, kind="credit_note")
    assert [note.number for note in reversed(notes)] == [f"FR-CN-2026-0000{n}" for n in range(1, 5)]
    for name in ("net", "tax", "gross"):
        assert sum(getattr(note, name).minor for note in notes) == getattr(invoice, name).minor


def test_goodwill_refund_is_credited_on_all_lines_by_share(shop: Desk) -> None:
    invoicing.make(shop, 3)
    recorded(shop, 3, amount=eur("32.50"))
    note = invoicing.credit(shop, 3)
    assert note is not None
    document = document_of(note.number)
    assert note.gross == eur("32.50")
    assert document.gross == sum(line.gross for line in document.lines)


def test_refund_of_an_order_that_was_never_invoiced_gets_no_credit_note(shop: Desk) -> None:
    take_in(shop, sold(7, raw_line(73, 3, "60.00", "C"), raw_line(72, 5, "40.00", "B")))
    invoicing.make(shop, 7)
    assert len(credit_notes_due.refunds_of(order_of(7).id)) == 1
    assert invoicing.credit(shop, 7) is None
    recorded(shop, 7, lines={73: eur("60.00")})
    note = invoicing.credit(shop, 7)
    assert note is not None
    assert note.gross == eur("60.00")
    assert credit_notes_due.refunds_of(order_of(7).id) == []


def test_refund_by_back_market_itself_gets_a_credit_note(shop: Desk) -> None:
    invoicing.make(shop, 1)
    raw = sold(1, raw_line(11, 6, "100.00", "PHN"), date_modification="2026-11-23T10:00:00+00:00")
    take_in(shop, raw)
    assert Job.get(Job.type == JobType.INVOICE).parameters == {"credit": [1]}
    note = invoicing.credit(shop, 1)
    assert note is not None
    assert note.gross == eur("100.00")


def test_credit_notes_that_are_due_are_those_of_the_company_alone(shop: Desk) -> None:
    invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("100.00")})
    add_company(shop, "Other")
    mine, other = Company.select().order_by(Company.id)
    assert credit_notes_due.orders_of(mine.id) == (order_of(3).id,)
    assert credit_notes_due.orders_of(other.id) == ()


def test_a_refund_that_was_carried_out_before_a_restore_gets_its_credit_note(shop: Desk) -> None:
    invoicing.make(shop, 3)
    permissions.set_rights(shop, "60001", role="operator", per_refund={"EUR": "1"})
    asked = refunds.issue(replace(shop, uid=60001), 3, RefundRequest("issue_refund", lines={31: eur("100.00")}))
    assert not Job.select().where(Job.type == JobType.INVOICE).exists()
    Approval.update(doubt="It may have been carried out since.").execute()
    approvals.settle(shop, asked.approval_id or 0, happened=True)
    assert Job.get(Job.type == JobType.INVOICE).parameters == {"credit": [3]}


def test_a_credit_note_rounds_as_its_invoice_did_when_the_setting_changed_since(offline: Desk) -> None:
    lines = raw_line(11, 3, "100.00", "PHN", product="Phone"), raw_line(12, 3, "20.00", "ACC", product="Cable")
    shop = replace(open_shop(offline, sold(1, *lines), vat_mode="regular", rounding="total"), now=lambda: NOW)
    invoicing.make(shop, 1)
    invoice_settings.change(shop, None, "", {"rounding": "line"})
    recorded(shop, 1, lines={11: eur("99.99")})
    note = invoicing.credit(shop, 1)
    assert note is not None
    # 20.83 of 125.00, of which the phone has 16.66; alone 99.99 would have 16.67.
    assert (note.tax, document_of(note.number).rounding) == (eur("16.66"), "total")


def test_refund_above_what_is_left_of_the_invoice_gets_no_credit_note(shop: Desk) -> None:
    invoice = invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("100.00")})
    invoicing.credit(shop, 3)
    recorded(shop, 3, lines={31: eur("50.00")})
    Refund.update(amount=20_001).where(Refund.amount == 5_000).execute()
    said = f"Refund 2 of 200.01 EUR is more than the rest of invoice {invoice.number}: 200.00 EUR."
    with pytest.raises(RuleRefused, match=re.escape(said)):
        invoicing.credit(shop, 3)
    Refund.update(amount=20_000).where(Refund.amount == 20_001).execute()
    note = invoicing.credit(shop, 3)
    assert note is not None
    assert note.gross == eur("200.00")


def test_credit_note_of_an_order_that_changes_all_the_time_uses_up_no_number(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("100.00")})
    monkeypatch.setattr(invoicing, "number_credit", lambda *args: None)
    with pytest.raises(EditConflict, match="no number was used up"):
        invoicing.credit(shop, 3)


def test_credit_note_without_a_draft_takes_no_number_when_refunds_came_meanwhile(shop: Desk) -> None:
    invoicing.make(shop, 3)
    recorded(shop, 3, lines={31: eur("100.00")})
    found = invoicing.draft_credit(shop, 3)
    assert found is not None
    assert invoicing.number_credit(shop, 3, None, found[1]) is None
    assert invoicing.number_credit(shop, 3, found[0], ()) is None
    assert invoicing.number_credit(shop, 3, *found) is not None
    # The same draft once more: another process was first.
    assert invoicing.number_credit(shop, 3, *found) is None
