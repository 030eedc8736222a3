"""Orders from the inbox: exactly as the marketplace has them, nothing doubled, nothing lost, nothing undone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from helpers import COMPANY, add_company, check_money, download, dump, line_of, order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.outbox import effects
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.sync import inbox, ingest
from bmtui.errors import NotFound, RuleRefused
from bmtui.money import Money
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Inbox, Job, JobLog, JobOrder, Order, OrderLine, Payment, Refund
from bmtui.words import EffectState

HIDDEN = (0, 8)
ENDED_UNSHIPPED = {4, 5, 7}
RETURNED = {4, 5, 6}


def minor(text: str, currency: str) -> int:
    return int(Decimal(text) * (1 if currency == "JPY" else 100))


def test_stored_orders_equal_those_of_the_marketplace(stocked: Desk, marketplace: SandboxServer) -> None:
    said = {order["order_id"]: order for order in marketplace.marketplace.all_orders() if order["state"] not in HIDDEN}
    assert {row.order_id for row in Order.select()} == set(said)
    assert OrderLine.select().count() == sum(len(order["orderlines"]) for order in said.values())
    for row in Order.select():
        order = said[row.order_id]
        currency = order["currency"]
        goods, shipping = minor(order["price"], currency), minor(order["shipping_price"], currency)
        assert (row.channel_state, row.currency, row.market) == (order["state"], currency, order["country_code"])
        assert (row.goods, row.shipping, row.total) == (goods, shipping, goods + shipping)
        assert row.received == (goods + shipping if order["date_payment"] else 0)
        created = datetime.fromisoformat(order["date_creation"])
        assert row.created_at == (created if created.tzinfo else created.replace(tzinfo=UTC))
        returned = 0
        for line in order["orderlines"]:
            mine = line_of(line["id"])
            price = minor(line["price"], currency)
            assert (mine.order_ref, mine.state, mine.sku) == (row.id, line["state"], line["listing"])
            assert (mine.price, mine.quantity) == (price, line["quantity"])
            assert (mine.imei, mine.serial_number) == (line["imei"], line["serial_number"])
            assert mine.refunded == (price if row.received and line["state"] in RETURNED else 0)
            returned += mine.refunded
        if row.received and {line["state"] for line in order["orderlines"]} <= ENDED_UNSHIPPED:
            returned += shipping
        assert row.refunded == returned
    check_money()


def test_status_of_an_order_follows_its_lines(stocked: Desk) -> None:
    for row in Order.select():
        states = {line.state for line in OrderLine.select().where(OrderLine.order == row)}
        shipped, open_ = states & {3, 6}, states - {3, 6} - ENDED_UNSHIPPED
        expected = "unshipped" if not shipped else "partially_shipped" if open_ else "fully_shipped"
        assert row.shipping_status == expected
        assert row.channel_notified == bool(shipped)
        if expected == "fully_shipped":
            assert row.status == "completed"
        elif states <= ENDED_UNSHIPPED:
            assert row.status == "cancelled"
        else:
            assert row.status == "in_process"


def test_a_second_download_changes_nothing(stocked: Desk) -> None:
    bookkeeping = ("jobs", "job_log", "inbox", "audit", "audit_head", "rate_limits")
    before = dump(stocked, *bookkeeping)
    kept = [(row.order_id, row.digest, row.state) for row in Inbox.select().order_by(Inbox.id)]
    download(stocked)
    assert dump(stocked, *bookkeeping) == before
    assert [(row.order_id, row.digest, row.state) for row in Inbox.select().order_by(Inbox.id)] == kept


def test_new_signature_of_a_delivery_note_is_no_change(offline: Desk) -> None:
    """Ignore the link to the delivery note, which is signed anew each day."""
    raw = raw_order(1, [raw_line(1)])
    assert take_in(offline, raw) == {"created": 1}
    before = dump(offline, "jobs", "job_log", "inbox")
    assert take_in(offline, raw | {"delivery_note": "https://x.example/?Signature=2"}) == {"unchanged": 1}
    assert dump(offline, "jobs", "job_log", "inbox") == before


# What came


@pytest.mark.parametrize(
    "poison",
    [
        {"date_creation": None, "date_modification": None, "date_payment": None},
        {"orderlines": [raw_line(91), raw_line(91)]},
        {"orderlines": [{"id": 5}]},
        {"price": "a lot"},
        {"currency": "€"},
        {"state": None},
        {"orderlines": None},
    ],
)
def test_unreadable_order_does_not_stop_the_others(offline: Desk, poison: dict[str, Any]) -> None:
    good = [raw_order(n, [raw_line(n)]) for n in (1, 3)]
    bad = raw_order(2, [raw_line(2)], **poison)
    assert take_in(offline, good[0], bad, good[1]) == {"created": 2, "skipped": 1}
    assert {row.order_id for row in Order.select()} == {1, 3}
    kept = Inbox.get(Inbox.order_id == 2)
    assert kept.state == inbox.QUARANTINED
    assert kept.error
    assert "Order 2 cannot be read" in JobLog.select().where(JobLog.is_error).get().message


@pytest.mark.parametrize(
    "damage",
    [
        {"date_modification": "9999-12-31T23:59:59Z"},
        {"expected_dispatch_date": "0001-01-01T00:00:00Z"},
        {"shipping_address": []},
        {"shipper": {"id": 3}, "is_backship": "maybe", "sales_taxes": "?"},
        {"orderlines": [raw_line(2, condition="GOOD", product_id="3350ee43-ff2b-44c7-99dd-41f1b428998c")]},
        # No index takes a text of this length.
        {"tracking_number": "".join(chr(0x4E00 + n * 7 % 20_000) for n in range(50_000))},
        {"shipping_address": {"first_name": "x" * 50_000, "country": "y" * 50_000}},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_order_with_a_damaged_field_that_does_not_matter_comes(offline: Desk, damage: dict[str, Any]) -> None:
    raw = raw_order(2, [raw_line(2)], **damage)
    assert take_in(offline, raw) == {"created": 1}
    assert order_of(2).received == 10500
    # What was not understood is kept as it came.
    assert json.loads(Inbox.get(Inbox.order_id == 2).payload) == raw


def test_order_whose_modification_date_is_not_understood_is_still_updated(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1, 2)], state=3))
    before = order_of(1).updated_at
    assert take_in(offline, raw_order(1, [raw_line(1, 3)], date_modification="?")) == {"updated": 1}
    assert (line_of(1).state, order_of(1).updated_at) == (3, before)


@pytest.mark.parametrize("nothing", [None, 5, "x", [], {}, {"order_id": "x"}, {"order_id": True}, {"order_id": 2**70}])
def test_value_that_is_no_order_is_quarantined_as_it_came(offline: Desk, nothing: object) -> None:
    assert take_in(offline, nothing, raw_order(1, [raw_line(1)]), nothing) == {"created": 1, "skipped": 1}
    row = Inbox.get(Inbox.state == inbox.QUARANTINED)
    assert row.order_id is None
    assert take_in(offline, nothing) == {"skipped": 1}
    assert Inbox.select().count() == 2


def test_quarantined_order_is_tried_again_when_it_is_downloaded_again(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bmtui.errors import NotUnderstood

    def too_old(raw: object) -> object:
        raise NotUnderstood("A field is new.")

    raw = raw_order(1, [raw_line(1)])
    with monkeypatch.context() as older:
        older.setattr(ingest, "read_order", too_old)
        assert take_in(offline, raw) == {"skipped": 1}
    assert take_in(offline, raw) == {"created": 1}
    assert take_in(offline, raw) == {}
    assert Inbox.get().error == ""


def test_the_same_order_twice_on_a_page_is_one_and_the_later_one_counts(offline: Desk) -> None:
    one = raw_order(1, [raw_line(1, 2)], state=3)
    two = raw_order(1, [raw_line(1, 3)], date_modification="2026-11-03T10:00:00Z")
    assert take_in(offline, one, two) == {"created": 1}
    assert line_of(1).state == 3
    assert Inbox.select().count() == 1


def test_an_id_written_as_text_is_the_same_id(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    assert take_in(offline, raw_order(1, [raw_line(1)]) | {"order_id": "1"}) == {"unchanged": 1}
    assert (Inbox.select().count(), Order.select().count()) == (1, 1)


def test_inbox_reports_new_orders_and_gives_all_to_the_job(offline: Desk) -> None:
    company = Company.get()
    raws = [raw_order(n, [raw_line(n)]) for n in range(1, 6)]
    take_in(offline, *raws, None)
    job_id = Job.select().order_by(Job.id.desc()).get().id
    again = [*raws[:3], raws[3] | {"state": 3}, raw_order(6, [raw_line(6)]), None, [None]]
    with offline.store.transaction():
        kept = inbox.keep(company.id, job_id, again, offline.now())
        assert inbox.keep(company.id, job_id, [], offline.now()) == inbox.Kept(0, 0)
    assert kept == inbox.Kept(waiting=3, unchanged=4)
    assert inbox.seen(job_id) == 8
    states = {row.order_id: row.state for row in Inbox.select().where(Inbox.order_id.is_null(False))}
    assert states == {1: "done", 2: "done", 3: "done", 4: "waiting", 5: "done", 6: "waiting"}


def test_two_companies_may_have_an_order_of_the_same_number(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    add_company(offline, "Other")
    other = Company.get(Company.name == "Other")
    with offline.store.transaction():
        job_id = Job.select().get().id
        inbox.keep(other.id, job_id, [raw_order(1, [raw_line(1, 2)], state=3)], offline.now())
        assert ingest.create_waiting(offline, other.id, job_id) == {"created": 1}
    assert {line.state for line in OrderLine.select()} == {2, 3}
    with pytest.raises(RuleRefused, match="Several companies"):
        overview.show(offline, 1)
    assert overview.show(offline.of_company("Other"), 1).row.company == "Other"
    assert [row.company for row in search.page(offline.of_company(COMPANY)).rows] == [COMPANY]


# What changed since


def later(raw: dict[str, Any], *states: int, day: int = 5, **more: Any) -> dict[str, Any]:
    lines = [line | {"state": state} for line, state in zip(raw["orderlines"], states, strict=True)]
    return raw | {"orderlines": lines, "date_modification": f"2026-11-{day:02}T10:00:00Z"} | more


def test_older_answer_that_comes_late_does_not_undo_newer_data(offline: Desk) -> None:
    old = raw_order(1, [raw_line(1, 2)], state=3)
    take_in(offline, later(old, 3, state=9))
    before = dump(offline, "jobs", "job_log", "inbox")
    assert take_in(offline, old) == {"unchanged": 1}
    assert dump(offline, "jobs", "job_log", "inbox") == before


def test_changes_by_the_channel_are_stored_and_reported(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1, 2), raw_line(2, 2, sku="B")], state=3)
    take_in(offline, raw)
    assert take_in(offline, later(raw, 3, 2, tracking_number="T1")) == {"updated": 1}
    view = overview.show(offline, 1)
    assert (view.row.status, view.row.shipping_status) == ("in_process", "partially_shipped")
    assert view.row.tracking_number == "T1"
    assert "Shipping: Unshipped → Partially Shipped" in view.history[-1].summary
    assert view.history[-1].actor.startswith("Back Market (job ")
    assert take_in(offline, later(raw, 3, 3, day=6, state=9)) == {"updated": 1}
    assert (order_of(1).status, order_of(1).shipping_status) == ("completed", "fully_shipped")


def test_a_line_that_is_no_longer_sent_stays_and_a_new_one_is_added(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1), raw_line(2)])
    take_in(offline, raw)
    take_in(offline, raw | {"orderlines": [raw_line(2), raw_line(3)], "date_modification": "2026-11-09T10:00:00Z"})
    assert {line.line_id for line in OrderLine.select()} == {1, 2, 3}


@pytest.mark.parametrize("status", ["cancelled", "on_hold", "problem_order", "void"])
def test_status_set_by_an_operator_survives_a_download(offline: Desk, status: str) -> None:
    raw = raw_order(1, [raw_line(1, 2)], state=3)
    take_in(offline, raw)
    internal_cancel.cancel_internally(offline, 1, status, "Because.")
    assert take_in(offline, later(raw, 2, shipping_address={"first_name": "Eve"})) == {"updated": 1}
    assert (order_of(1).status, order_of(1).customer_name) == (status, "Eve")
    assert take_in(offline, later(raw, 3, day=7, state=9)) == {"updated": 1}
    assert (order_of(1).status, order_of(1).shipping_status) == (status, "fully_shipped")


@pytest.mark.parametrize(
    ("status", "after"),
    [(None, "cancelled"), ("on_hold", "cancelled"), ("problem_order", "cancelled"), ("void", "void")],
)
def test_order_cancelled_by_the_channel_is_cancelled_here(offline: Desk, status: str | None, after: str) -> None:
    raw = raw_order(1, [raw_line(1, 1)], state=1)
    take_in(offline, raw)
    if status:
        internal_cancel.cancel_internally(offline, 1, status, "Because.")
    take_in(offline, later(raw, 4, state=9))
    assert (order_of(1).status, order_of(1).channel_status) == (after, "cancelled")


# Money that the channel moved


def amounts(order_id: int) -> tuple[int, int, str]:
    row = order_of(order_id)
    check_money()
    return row.received, row.refunded, row.payment_status


def test_later_payment_of_a_buyer_is_booked_once(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1, 8)], state=10, date_payment=None)
    take_in(offline, raw)
    assert amounts(1) == (0, 0, "no_payment")
    paid = later(raw, 1, state=1, date_payment="2026-11-03T09:00:00Z")
    take_in(offline, paid)
    take_in(offline, later(paid, 2, day=6, state=3))
    assert amounts(1) == (10500, 0, "charged")
    assert [(row.kind, row.at) for row in Payment.select()] == [("received", datetime(2026, 11, 3, 9, tzinfo=UTC))]


@pytest.mark.parametrize("states", [(7,), (4,), (4, 7)])
def test_order_that_ended_unpaid_received_no_money(offline: Desk, states: tuple[int, ...]) -> None:
    raw = raw_order(1, [raw_line(n, 8) for n in range(len(states))], state=10, date_payment=None)
    take_in(offline, raw)
    take_in(offline, later(raw, *states, state=9))
    assert amounts(1) == (0, 0, "no_payment")
    assert order_of(1).status == "cancelled"


def test_a_paid_order_that_was_cancelled_is_returned_with_its_shipping(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1, 1), raw_line(2, 1)], state=1)
    take_in(offline, raw)
    take_in(offline, later(raw, 4, 1))
    assert amounts(1) == (20500, 10000, "partially_refunded")
    take_in(offline, later(raw, 4, 4, day=6, state=9))
    assert amounts(1) == (20500, 20500, "fully_refunded")
    take_in(offline, later(raw, 4, 4, day=7, state=9))
    assert Refund.select().count() == 3
    assert {refund.state for refund in Refund.select()} == {"confirmed"}


def test_shipping_charges_are_not_returned_once_a_line_was_shipped(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1, 3), raw_line(2, 2)], state=3)
    take_in(offline, raw)
    take_in(offline, later(raw, 6, 5, state=9))
    assert amounts(1) == (20500, 20000, "partially_refunded")


def test_lower_order_total_changes_no_payment_and_higher_one_is_received(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1)])
    take_in(offline, raw)
    take_in(offline, later(raw, 3, price="90.00"))
    assert amounts(1) == (10500, 0, "charged")
    take_in(offline, later(raw, 3, day=6, price="120.00"))
    assert amounts(1) == (12500, 0, "charged")


def test_refund_by_the_channel_above_the_received_amount_is_booked_as_excess(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1)])
    take_in(offline, raw)
    refunds.issue(offline, 1, RefundRequest("issue_refund", amount=Money(6000, "EUR")))
    take_in(offline, later(raw, 6))
    assert amounts(1) == (10500, 10500, "fully_refunded")
    booked = [(refund.amount, refund.state) for refund in Refund.select()]
    assert booked == [(6000, "recorded"), (4500, "confirmed"), (5500, "excess")]


@pytest.mark.parametrize("state", [EffectState.PLANNED, EffectState.UNKNOWN, EffectState.CONFIRMED])
def test_refunded_line_is_explained_by_our_own_refund(offline: Desk, state: EffectState) -> None:
    """Keep the amount of our own refund: the channel does not show how much it returned."""
    raw = raw_order(1, [raw_line(1)])
    take_in(offline, raw)
    part = refunds.issue(offline, 1, RefundRequest(lines={1: Money(3000, "EUR")}))
    (effect,) = effects.of_job(part.job_id or 0)
    with offline.store.transaction():
        effects.settle(offline, effect, state)
    take_in(offline, later(raw, 6))
    assert amounts(1) == (10500, 3000, "partially_refunded")


def test_refunded_line_is_booked_if_our_own_refund_failed(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1)])
    take_in(offline, raw)
    part = refunds.issue(offline, 1, RefundRequest(lines={1: Money(3000, "EUR")}))
    jobs.cancel(offline, part.job_id or 0)
    take_in(offline, later(raw, 6))
    assert amounts(1) == (10500, 10000, "partially_refunded")


def test_order_without_lines_is_stored(offline: Desk) -> None:
    assert take_in(offline, raw_order(1, [], price="10.00")) == {"created": 1}
    assert (order_of(1).channel_status, order_of(1).status) == ("unknown_9", "in_process")
    assert amounts(1)[1] == 0


def test_view_of_an_order_shows_its_row_payments_and_jobs(stocked: Desk) -> None:
    for row in search.page(stocked, limit=50).rows:
        view = overview.show(stocked, row.order_id)
        assert view.row == row
        assert view.channel_belief
        assert (
            sum(payment.amount.minor for payment in view.payments if payment.kind == "received") == row.received.minor
        )
        assert [job.type for job in view.jobs] == ["order_creation"]
    with pytest.raises(NotFound):
        overview.show(stocked, 1)
    assert companies.show(stocked).orders == Order.select().count()
    (_, outcome), *_ = jobs.orders_of(stocked, 1)
    assert outcome == "created"
    assert JobOrder.select().count() == Order.select().count()
