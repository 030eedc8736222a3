"""Invoices: a number only for an invoice that can be made, no gap, nothing deleted."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from helpers import add_company, dump, eur, line_of, order_of, raw_line, take_in
from invoice_shop import ADDRESS, NOW, SELLER, document_of, sold
from pypdf import PdfReader

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import ledger
from bmtui.errors import EditConflict, NotFound, RuleRefused
from bmtui.store.models import Invoice, InvoiceSeries, Job, Order
from bmtui.words import JobType, RefundState

# Numbers


def test_an_invoice_has_the_next_number_and_the_company_s_day(shop: Desk) -> None:
    first, second = invoicing.make(shop, 1), invoicing.make(shop, 2)
    assert (first.number, second.number) == ("FR-2026-00001", "FR-2026-00002")
    assert first.issued == "2026-11-24"
    assert (first.gross, first.order_id, first.kind) == (eur("105.00"), 1, "invoice")
    document = document_of(first.number)
    assert document.supplied == "2026-11-20"
    assert document.buyer.name == "Marie Dupont"
    assert [line.text for line in document.lines] == ["Phone 64 GB", "Frais de port"]
    assert overview.show(shop, 1).invoices == (first,)
    assert "Invoice FR-2026-00001" in overview.show(shop, 1).history[-1].summary


def test_each_country_kind_and_year_has_a_series_of_its_own(shop: Desk) -> None:
    take_in(shop, sold(4, country_code="de-de"), sold(5, country_code="de-de"), sold(6))
    assert invoicing.make(shop, 4).number == "DE-2026-00001"
    assert invoicing.make(shop, 1).number == "FR-2026-00001"
    january = replace(shop, now=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert invoicing.make(january, 5).number == "DE-2027-00001"
    assert invoicing.make(january, 6).number == "FR-2027-00001"
    assert invoicing.make(shop, 2).number == "FR-2026-00002"


def test_a_clock_that_was_set_back_does_not_put_a_later_number_on_an_earlier_day(shop: Desk) -> None:
    take_in(shop, sold(4))
    invoicing.make(replace(shop, now=lambda: NOW - timedelta(days=9)), 4)
    assert invoicing.make(shop, 1).issued == "2026-11-24"
    earlier = replace(shop, now=lambda: NOW - timedelta(days=3))
    assert invoicing.make(earlier, 2).issued == "2026-11-24"


def test_the_pattern_of_the_series_is_the_company_s(shop: Desk) -> None:
    invoice_settings.change(shop, None, "fr-fr", {"series_invoice": "RF{year}{month}/{number:03}"})
    assert invoicing.make(shop, 1).number == "RF202611/001"


def test_two_series_that_make_the_same_number_are_refused(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"series_invoice": "R{number}"})
    take_in(shop, sold(4, country_code="de-de"))
    assert invoicing.make(shop, 1).number == "R1"
    before = dump(shop)
    with pytest.raises(RuleRefused, match="used already"):
        invoicing.make(shop, 4)
    assert dump(shop) == before


def test_a_draft_that_is_out_of_date_takes_no_number(shop: Desk) -> None:
    draft = invoicing.draft_invoice(shop, 1)
    Order.update(version=Order.version + 1).where(Order.order_id == 1).execute()
    assert invoicing.number_invoice(shop, 1, draft) is None
    draft = invoicing.draft_invoice(shop, 1)
    invoice_settings.change(shop, None, "", {"footer": "Merci."})
    assert invoicing.number_invoice(shop, 1, draft) is None
    assert not Invoice.select().exists()
    assert not InvoiceSeries.select().exists()


def test_invoice_of_an_order_that_changes_all_the_time_uses_up_no_number(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoicing, "number_invoice", lambda *args: None)
    with pytest.raises(EditConflict, match="no number was used up"):
        invoicing.make(shop, 1)


def test_invoice_that_another_process_made_after_the_last_look_takes_no_number(shop: Desk) -> None:
    draft = invoicing.draft_invoice(shop, 1)
    invoicing.make(shop, 1)
    before = dump(shop)
    with (
        pytest.raises(RuleRefused, match=r"Somebody else just made the invoice of order 1\."),
        shop.store.transaction(),
    ):
        invoicing._store(shop, order_of(1), draft, None)
    assert dump(shop) == before


def test_two_processes_at_once_make_one_invoice(shop: Desk) -> None:
    results: list[object] = []

    def make() -> None:
        try:
            results.append(invoicing.make(shop, 1).number)
        except RuleRefused as error:
            results.append(error)
        finally:
            shop.store.database.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("FR-2026-00001") == 1
    assert sum(isinstance(result, RuleRefused) for result in results) == 3
    assert InvoiceSeries.get().last_number == Invoice.select().count() == 1


# What stands on it


def test_invoice_leaves_out_lines_that_ended_before_shipping(shop: Desk) -> None:
    cancelled, gone = raw_line(71, 4, "50.00", "A"), raw_line(72, 5, "40.00", "B")
    take_in(shop, sold(7, raw_line(73, 3, "60.00", "C"), cancelled, gone))
    assert [line.sku for line in document_of(invoicing.make(shop, 7).number).lines] == ["C", ""]


def test_sku_rules_divide_an_order_and_its_shipping(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"vat_mode": "mixed", "sku_rules": "acc*=regular, X*=regular:5.5"})
    document = document_of(invoicing.make(shop, 3).number)
    assert [(line.sku, line.scheme, line.rate, line.gross) for line in document.lines] == [
        ("PHN", "margin", "0", 300_00),
        ("ACC", "regular", "20", 20_00),
        ("", "margin", "0", 4_69),
        ("", "regular", "20", 31),
    ]
    assert [(group.scheme, group.gross, group.tax) for group in document.groups] == [
        ("regular", 20_31, 3_38),
        ("margin", 304_69, 0),
    ]


def test_a_buyer_s_company_comes_first_and_reverse_charge_names_its_id(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"vat_mode": "reverse_charge"})
    take_in(shop, sold(4, billing_address=ADDRESS | {"company": "Achats SA"}))
    document = document_of(invoicing.make(shop, 4, buyer_vat_id="FR 40 303265045").number)
    assert (document.buyer.name, document.buyer.vat_id) == ("Achats SA", "FR40303265045")
    assert document.buyer.address[0] == "Marie Dupont"
    assert document.tax == 0


def test_japan_needs_its_registration_number(shop: Desk) -> None:
    take_in(shop, sold(4, country_code="ja-jp", currency="JPY", shipping_price="500"))
    with pytest.raises(RuleRefused, match="registration number"):
        invoicing.make(shop, 4)
    invoice_settings.change(shop, None, "ja-jp", {"vat_id": "T7123456789012"})
    document = document_of(invoicing.make(shop, 4).number)
    assert (document.seller.vat_id, document.rounding, document.tax) == ("T7123456789012", "total", 55)


def test_invisible_text_is_left_out_of_an_invoice(shop: Desk) -> None:
    Order.update(bill_to=ADDRESS | {"first_name": "Ma\u200brie\ufe0f", "last_name": "Dupe\u0301"}).where(
        Order.order_id == 1
    ).execute()
    assert document_of(invoicing.make(shop, 1).number).buyer.name == "Marie Dupé"


# Lists


def test_invoice_waiting_list_counts_business_hours(shop: Desk) -> None:
    take_in(shop, sold(8, date_bill_provided="2026-11-21T10:00:00+00:00"), sold(9, raw_line(91, 2), state=3))
    invoicing.make(shop, 2)
    found = invoice_search.waiting(shop)
    assert [row.order.order_id for row in found] == [1, 2, 3]
    assert invoice_search.waiting_count(shop) == 3
    first = next(row for row in found if row.order.order_id == 1)
    # Shipped on Friday at 11:00 in Paris.
    assert first.due_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert first.left == timedelta(hours=10, minutes=30)
    assert first.invoice is None
    assert next(row for row in found if row.order.order_id == 2).invoice is not None


def test_invoice_lists_filter_by_order_month_and_kind(shop: Desk) -> None:
    one, two = invoicing.make(shop, 1), invoicing.make(shop, 2)
    assert [view.number for view in invoice_search.listing(shop)] == [two.number, one.number]
    assert invoice_search.listing(shop, order_id=1) == (one,)
    assert invoice_search.listing(shop, month="2026-10") == ()
    assert len(invoice_search.listing(shop, month="2026-11")) == invoice_search.count(shop) == 2
    assert invoice_search.show(shop, "1") == invoice_search.show(shop, one.number) == one
    with pytest.raises(NotFound):
        invoice_search.show(shop, "FR-2026-99999")


def test_emoji_are_left_out_of_an_invoice_with_a_remark_and_a_name_for_papers_stands_on_it(shop: Desk) -> None:
    Order.update(bill_to=ADDRESS | {"first_name": "Léa 🎁"}).where(Order.order_id == 1).execute()
    assert "Emoji are left out of Léa 🎁." in invoicing.preview(shop, 1).lines
    orders.set_paper_name(shop, 1, "Lea Petit")
    made = invoicing.make(shop, 1)
    assert made.remark == "Emoji are left out of Léa 🎁."
    row = Invoice.get(Invoice.number == made.number)
    assert row.document["buyer"]["name"] == "Lea Petit"


# Odd orders


def test_order_with_a_total_of_0_counts_as_paid_and_gets_no_invoice(shop: Desk) -> None:
    free = sold(7, raw_line(71, 3, "0.00", "GIFT"), shipping_price="0.00")
    take_in(shop, free, sold(8, raw_line(81, 3, "0.00", "GIFT"), shipping_price="0.00", date_payment=None, state=10))
    assert overview.show(shop, 7).row.payment_status == "charged"
    with pytest.raises(RuleRefused, match=r"Order 7 has the total 0\.00 EUR"):
        invoicing.make(shop, 7)
    assert overview.show(shop, 8).row.payment_status == "no_payment"
    with pytest.raises(RuleRefused, match="Order 8 is not paid"):
        invoicing.make(shop, 8)
    # Paid later on, it is paid.
    paid = sold(8, raw_line(81, 3, "0.00", "GIFT"), shipping_price="0.00", date_modification="2026-11-21T10:00:00Z")
    take_in(shop, paid)
    assert overview.show(shop, 8).row.payment_status == "charged"


def test_country_of_a_buyer_in_the_uk_is_gb(shop: Desk) -> None:
    uk = ADDRESS | {"country": "UK"}
    take_in(shop, sold(7, shipping_address=uk, billing_address=uk))
    buyer = document_of(invoicing.make(shop, 7).number).buyer
    assert (buyer.country, buyer.address[-1]) == ("GB", "GB")
    assert [row.order_id for row in search.page(shop, "country:gb").rows] == [7]


def test_factur_x_that_breaks_a_business_rule_is_left_out_with_a_remark(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"factur_x": "en16931"})
    good = invoicing.make(shop, 1)
    assert (good.remark, document_of(good.number).factur_x) == ("", "en16931")
    invoice_settings.change(shop, None, "", {"vat_mode": "marketplace"})
    said = "Made without Factur-X. BR-O-02: a document outside VAT names no VAT id, and this one has one."
    assert said in invoicing.preview(shop, 2).lines
    made = invoicing.make(shop, 2)
    assert (made.remark, document_of(made.number).factur_x) == (said, "")
    files = [PdfReader(BytesIO(invoice_files.pdf(shop, view.number))).attachments for view in (good, made)]
    assert [list(names) for names in files] == [["factur-x.xml"], []]
    assert invoice_files.verify(shop).findings == ()


def test_automatic_invoices_are_of_the_orders_of_their_company_alone(offline: Desk) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    take_in(offline, sold(1, date_shipping=yesterday.isoformat()))
    add_company(offline, "Other")
    invoice_settings.change(offline, "Other", "", SELLER | {"automatic": "make"})
    invoice_jobs.submit_due(offline)
    assert not Job.select().where(Job.type == JobType.INVOICE).exists()
    invoice_settings.change(offline, "Shop", "", SELLER | {"automatic": "make"})
    invoice_jobs.submit_due(offline)
    (job,) = Job.select().where(Job.type == JobType.INVOICE)
    assert (job.company_id, job.parameters) == (order_of(1).company_id, {"make": [1], "send": False})


@pytest.mark.parametrize(("state", "shown"), [(RefundState.FAILED, []), (RefundState.RECORDED, ["refund"])])
def test_invoice_lists_the_money_that_went_back_and_no_refund_that_failed(
    shop: Desk, state: RefundState, shown: list[str]
) -> None:
    with shop.store.transaction():
        refund = ledger.book(
            order_of(3), part=ledger.LINE, amount=100, state=RefundState.QUEUED, at=NOW, line=line_of(31),
            operation="issue_refund", method="other", date="2026-11-24", reference="", note="", made_by="test",
        )  # fmt: skip
        ledger.settle(refund, state)
    number = invoicing.make(shop, 3).number
    assert [movement.kind for movement in document_of(number).payments] == ["received", *shown]
