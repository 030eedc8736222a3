"""Billing statements: imported whole or not at all, once, to the cent, and explained as far as anything is known."""

from __future__ import annotations

import codecs
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from helpers import dump, line_of, order_of, raw_line, raw_order, take_in
from statement_counter import HEAD, bring_in, file, phone, problems, row, sold

from bmtui.channel.reading import read_order
from bmtui.desk.accounts import statement_import, statements
from bmtui.desk.accounts.kinds import RowKind, kind_of
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import channel_returns, ledger
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.sync import reconcile
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import Job, Operator, Refund, StatementRow
from bmtui.words import RefundState


@pytest.fixture
def two(offline: Desk) -> Desk:
    """Desk with a shipped order 1, and an order 2 that Back Market refunded after shipping."""
    take_in(offline, phone(1), phone(2, 6))
    return offline


def test_rows_of_a_correct_statement_are_all_explained(two: Desk, tmp_path: Path) -> None:
    back = [row(2, "refund", "-100.00"), row(2, "commission refund", "10.00"), row("", "subscription", "-19.90", "")]
    done = bring_in(two, file(tmp_path, [*sold(1), *sold(2), *back]))
    assert (done.added, done.known, problems(done)) == (9, 0, [])
    sums = {found.kind: found.amount.decimal for found in statements.sums(two)}
    assert sums == {
        "sale": "200.00", "shipping": "10.00", "commission": "-10.00", "refund": "-100.00", "other": "-19.90",
    }  # fmt: skip


def test_the_fee_of_an_order_is_what_was_charged_once_a_statement_says_it(two: Desk, tmp_path: Path) -> None:
    before = overview.show(two, 1).row
    assert (before.fee, before.fee_charged, before.net) == (Money(1000, "EUR"), None, Money(9500, "EUR"))
    bring_in(two, file(tmp_path, [*sold(1)[:2], row(1, "commission", "-12.00")]))
    view = overview.show(two, 1)
    assert (view.row.fee_expected, view.row.fee, view.row.net) == (
        Money(1000, "EUR"), Money(1200, "EUR"), Money(9300, "EUR"),
    )  # fmt: skip
    assert (view.lines[0].fee, view.lines[0].fee_charged) == (Money(1000, "EUR"), Money(1200, "EUR"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(99, "sale", "100.00")], [(99, "no_such_order", "100.00")]),
        ([row(1, "sale", "100.00", "TAB")], [(1, "no_such_line", "100.00")]),
        ([row(1, "sale", "90.00")], [(1, "amount_differs", "90.00")]),
        ([row(1, "sale", "100.00"), row(1, "sale", "100.00")], [(1, "twice", "100.00")]),
        ([row(1, "refund", "-7.00")], [(1, "refund_not_known_here", "-7.00")]),
        ([row(2, "refund", "-100.00"), row(2, "refund", "-100.00")], [(2, "twice", "-100.00")]),
        ([row(1, "commission", "-10.01")], [(1, "fee_differs", "-10.01")]),
        ([row(1, "commission", "-10.00"), row(1, "commission", "-10.00")], [(1, "twice", "-10.00")]),
        ([row(1, "commission", "10.00")], [(1, "fee_differs", "10.00")]),
        ([row(1, "sales_dp_adjustment", "-3.00")], [(1, "adjustment_not_known", "-3.00")]),
        ([row(1, "shipping", "5.00"), row(1, "shipping", "5.00")], [(1, "twice", "5.00")]),
        ([row(1, "shipping", "5.00"), row(1, "shipping", "0.00")], [(1, "twice", "0.00")]),
        ([row(1, "shipping", "3.00")], [(1, "amount_differs", "3.00")]),
        ([row(1, "sale", "105.00", ""), row(1, "sale", "100.00")], [(1, "twice", "100.00")]),
        ([row(1, "sale", "105.00", ""), row(1, "shipping", "5.00")], [(1, "twice", "5.00")]),
        ([row(2, "refund", "-100.00"), row(2, "refund", "-7.00")], [(2, "refund_not_known_here", "-7.00")]),
        (
            [row(1, "commission", "-10.01"), row(1, "commission", "-10.00")],
            [(1, "fee_differs", "-10.01"), (1, "twice", "-10.00")],
        ),
        (
            [row(2, "commission", "9.99"), row(2, "commission", "10.00")],
            [(2, "fee_differs", "9.99"), (2, "twice", "10.00")],
        ),
        ([row(1, "discount", "-2.00")], [(1, "not_explained", "-2.00")]),
    ],
)
def test_unexplained_row_is_listed_with_its_reason(
    two: Desk, tmp_path: Path, rows: list[str], expected: list[tuple[int, str, str]]
) -> None:
    assert problems(bring_in(two, file(tmp_path, rows))) == expected


def test_row_that_differs_says_what_is_known_here_and_what_the_statement_has(two: Desk, tmp_path: Path) -> None:
    amounts = {"sale": "90.00", "shipping": "3.00", "commission": "-10.01", "refund": "-7.00"}
    done = bring_in(two, file(tmp_path, [row(1, name, amount) for name, amount in amounts.items()]))
    assert {found.kind: found.detail for found in done.unexplained} == {
        "sale": "Here the price is 100.00, in the statement 90.00 EUR.",
        "shipping": "Here the shipping is 5.00, in the statement 3.00 EUR.",
        "commission": "Here the fee is 10.00, in the statement -10.01 EUR.",
        "refund": "Back Market returned 7.00 EUR; refunds here that are not explained yet: none.",
    }


@pytest.mark.parametrize("first", ["-20.00", "20.00"])
def test_fee_of_an_order_of_two_lines_is_charged_once_and_given_back_once(
    offline: Desk, tmp_path: Path, first: str
) -> None:
    lines = [raw_line(number, 6, "100.00", sku, orderline_fee="10.00") for number, sku in ((10, "PHN"), (11, "TAB"))]
    take_in(offline, raw_order(1, lines))
    second = "20.00" if first == "-20.00" else "-20.00"
    done = bring_in(offline, file(tmp_path, [row(1, "commission", amount, "") for amount in (first, second, first)]))
    assert problems(done) == [(1, "twice", first)]


def test_row_of_two_refunds_together_is_explained_by_both(two: Desk, tmp_path: Path) -> None:
    facts = channel_returns.facts_of_return(two.now(), UTC, "")
    with two.store.transaction():
        made = [
            ledger.book_of_channel(order_of(1), ledger.LINE, minor, two.now(), line_of(10), **facts)
            for minor in (300, 400)
        ]
    rows = [row(1, "refund", amount) for amount in ("-8.00", "-7.00", "-4.00")]
    assert problems(bring_in(two, file(tmp_path, rows))) == [
        (1, "refund_not_known_here", "-8.00"), (1, "twice", "-4.00"),
    ]  # fmt: skip
    explained = StatementRow.get(StatementRow.problem == "")
    assert explained.detail == f"Refunds {made[0].id}, {made[1].id}"


def test_unknown_column_of_a_statement_is_a_doubt_and_changes_nothing_else(two: Desk, tmp_path: Path) -> None:
    rows = [f"{text},x" for text in sold(1)]
    odd, _ = statement_import.preview(two, file(tmp_path, rows, head=f"{HEAD},colour"))
    assert odd.doubts == ("statement.csv has unknown columns: colour.",)
    usual, _ = statement_import.preview(two, file(tmp_path, sold(1)))
    assert (usual.doubts, usual.sums, usual.added) == ((), odd.sums, odd.added)


def test_statement_imported_twice_changes_nothing(two: Desk, tmp_path: Path) -> None:
    rows = [*sold(1), row(1, "sale", "100.00")]
    bring_in(two, file(tmp_path, rows))
    before = dump(two)
    again = bring_in(two, file(tmp_path, rows))
    assert (again.file_id, again.added, again.known) == (None, 0, 4)
    # The same rows in another order and with another separator are the same rows.
    other = [text.replace(",", ";") for text in reversed(rows)]
    assert bring_in(two, file(tmp_path, other, "other.csv", HEAD.replace(",", ";"))).added == 0
    assert dump(two) == before


def test_a_row_that_is_new_in_a_later_file_is_added_alone(two: Desk, tmp_path: Path) -> None:
    bring_in(two, file(tmp_path, sold(1)))
    done = bring_in(two, file(tmp_path, [*sold(1), *sold(2)], "later.csv"))
    assert (done.added, done.known) == (3, 3)
    assert [view.known for view in statements.files(two)] == [3, 0]


def test_imported_statement_file_is_kept_unchanged(two: Desk, tmp_path: Path) -> None:
    text = "\n".join([HEAD, *sold(1)]).replace(",", "\t")
    path = tmp_path / "utf16.csv"
    path.write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    done = bring_in(two, str(path))
    assert done.file_id is not None
    assert statements.content_of(two, done.file_id) == path.read_bytes()
    assert statements.save_file(two, done.file_id, tmp_path / "again.csv") == len(path.read_bytes())


def test_a_row_is_explained_once_its_order_or_refund_has_come(two: Desk, tmp_path: Path) -> None:
    refund = row(1, "refund", "-100.00")
    done = bring_in(two, file(tmp_path, [*sold(1), refund, row(3, "sale", "100.00")]))
    assert [name for _, name, _ in problems(done)] == ["refund_not_known_here", "no_such_order"]
    take_in(two, phone(3), phone(1, 6) | {"date_modification": "2026-11-08T10:00:00+00:00"})
    assert statements.unexplained(two) == ()


def test_row_in_another_currency_than_its_order_that_came_later_is_not_explained(two: Desk, tmp_path: Path) -> None:
    bring_in(two, file(tmp_path, [row(3, "sale", "100.00", currency="USD")]))
    take_in(two, phone(3))
    (found,) = statements.unexplained(two)
    assert (found.problem, found.detail) == ("amount_differs", "Order 3 is in EUR.")


@pytest.mark.parametrize(("sku", "line_id"), [("PHN", 10), ("", None)])
def test_row_with_a_sku_is_explained_by_the_refund_of_its_line_and_one_without_by_that_of_the_order(
    two: Desk, tmp_path: Path, sku: str, line_id: int | None
) -> None:
    at, facts = two.now(), channel_returns.facts_of_return(two.now(), UTC, "")
    with two.store.transaction():
        for part, line in ((ledger.ORDER, None), (ledger.LINE, line_of(10)))[:: 1 if sku else -1]:
            ledger.book_of_channel(order_of(1), part, 500, at, line, **facts)
    done = bring_in(two, file(tmp_path, [row(1, "refund", "-5.00", sku)]))
    assert problems(done) == []
    (explained,) = StatementRow.select().where(StatementRow.kind == "refund")
    assert (explained.line.line_id if explained.line else None) == line_id
    assert (Refund.get_by_id(explained.refund_id).line_ref is None) == (line_id is None)


def test_refund_that_was_not_made_explains_no_row(two: Desk, tmp_path: Path) -> None:
    facts = channel_returns.facts_of_return(two.now(), UTC, "")
    with two.store.transaction():
        made = ledger.book_of_channel(order_of(1), ledger.LINE, 500, two.now(), line_of(10), **facts)
        ledger.settle(made, RefundState.FAILED)
    done = bring_in(two, file(tmp_path, [row(1, "refund", "-5.00")]))
    assert problems(done) == [(1, "refund_not_known_here", "-5.00")]


def test_shipping_of_two_lines_is_explained_up_to_that_of_the_order(offline: Desk, tmp_path: Path) -> None:
    lines = [raw_line(number, 3, "100.00", "PHN", shipping_price="5.00") for number in (10, 11)]
    take_in(offline, raw_order(1, lines))
    # The order has 5.00 of shipping charges, though each line says so.
    done = bring_in(offline, file(tmp_path, [row(1, "shipping", "5.00"), row(1, "shipping", "5.00")]))
    assert problems(done) == [(1, "twice", "5.00")]


def test_fee_of_a_line_that_was_refunded_here_in_full_may_come_back(two: Desk, tmp_path: Path) -> None:
    refunds.issue(two, 1, RefundRequest("issue_refund", lines={10: None}))
    done = bring_in(two, file(tmp_path, [row(1, "commission", "-10.00"), row(1, "commission", "10.00")]))
    assert problems(done) == []
    view = overview.show(two, 1)
    assert (view.row.fee, view.lines[0].fee_charged) == (Money(0, "EUR"), Money(0, "EUR"))


def test_pay_out_is_stated_with_either_sign_and_is_part_of_no_sum(two: Desk, tmp_path: Path) -> None:
    bring_in(two, file(tmp_path, [*sold(1), row("", "total", "-95.00", "")]))
    assert {found.kind for found in statements.sums(two)} == {"sale", "shipping", "commission"}


def test_desk_that_may_only_look_matches_no_row_again(two: Desk, tmp_path: Path) -> None:
    bring_in(two, file(tmp_path, [row(3, "sale", "100.00")]))
    take_in(two, phone(3))
    Operator.create(
        uid=two.uid + 1, account="boss", role="admin", may_refund=True, changed_at=two.now(), changed_by="boss"
    )
    for looking in (replace(two, read_only=True), two):
        assert [view.problem for view in statements.unexplained(looking)] == ["no_such_order"]
    Operator.delete().execute()
    assert statements.unexplained(two) == ()


def test_comparison_is_of_the_orders_of_the_imported_file_alone(two: Desk, tmp_path: Path) -> None:
    first = bring_in(two, file(tmp_path, [row(1, "refund", "-7.00")]))
    second = bring_in(two, file(tmp_path, [row(2, "refund", "-7.00")], "later.csv"))
    compared = [Job.get_by_id(done.job_id).parameters["orders"] for done in (first, second)]
    assert compared == [[1], [2]]


def test_refund_in_a_statement_that_is_unknown_here_is_a_difference(two: Desk, tmp_path: Path) -> None:
    bring_in(two, file(tmp_path, [*sold(1), row(1, "refund", "-7.00")]))
    (found,) = reconcile.differences(order_of(1), read_order(phone(1)))
    assert (found.what, found.line_id, found.repairable) == ("refunds", 10, False)
    assert found.there == "7.00 EUR returned by statement BM-1 of 2026-11-05"


def test_a_refund_outside_back_market_explains_no_row(two: Desk, tmp_path: Path) -> None:
    refunds.issue(two, 1, RefundRequest("issue_refund", amount=Money(700, "EUR")))
    done = bring_in(two, file(tmp_path, [row(1, "refund", "-7.00")]))
    assert problems(done) == [(1, "refund_not_known_here", "-7.00")]


@pytest.mark.parametrize(
    ("rows", "head", "said"),
    [
        ([row(1, "sale", "1.000")], HEAD, "Row 2"),
        ([row(1, "sale", "100.00") + ",x"], HEAD, "Row 2 has more cells than the heading: 'x'"),
        ([*sold(1), row(1, "sale", "100.00", day="05/11/2026")], HEAD, "Row 5"),
        ([*sold(1), row("x", "sale", "100.00")], HEAD, "Row 5"),
        ([row(1, "sale", "100.00", currency="USD")], HEAD, "Row 2: 100.00 USD, order 1 is in EUR"),
        (
            [*sold(1), row("", "total", "96.00", "")],
            HEAD,
            "Row 5 states 96.00 EUR for BM-1; its rows add up to 95.00 EUR",
        ),
        (sold(1), HEAD.replace("amount", "sum"), "no column amount"),
        ([], HEAD, "no rows"),
    ],
)
def test_statement_with_a_wrong_row_is_refused_whole(
    two: Desk, tmp_path: Path, rows: list[str], head: str, said: str
) -> None:
    before = dump(two)
    with pytest.raises(RuleRefused, match="othing was imported") as refused:
        bring_in(two, file(tmp_path, rows, head=head))
    assert said in str(refused.value)
    assert dump(two) == before


def test_payout_that_differs_from_the_sum_of_the_rows_is_reported(two: Desk, tmp_path: Path) -> None:
    path = file(tmp_path, [*sold(1), row("", "total", "95.00", "")])
    assert statement_import.preview(two, path, payout=["95.00 EUR"])[0].added == 4
    with pytest.raises(RuleRefused, match=r"96\.00 EUR is expected; the rows add up to 95\.00 EUR"):
        statement_import.preview(two, path, payout=["96.00 EUR"])
    with pytest.raises(RuleRefused, match=r"94\.00 EUR is expected"):
        statement_import.preview(two, path, payout=["94.00 EUR"])
    with pytest.raises(RuleRefused, match=r"-95\.00 EUR is expected"):
        statement_import.preview(two, path, payout=["-95.00 EUR"])


@pytest.mark.parametrize(
    ("designation", "kind"),
    [
        ("Sale", "sale"), ("Vente", "sale"), ("Commission Back Market", "commission"), ("Provision", "commission"),
        ("Rückerstattung", "refund"), ("Remboursement client", "refund"), ("Shipping fee", "shipping"),
        ("Frais de livraison", "shipping"), ("Service fee", "commission"), ("Remise", "discount"),
        ("sales_dp_adjustment", "adjustment"), ("Commission refund", "commission"), ("Payout", "payout"),
        ("Backup storage", "other"),
    ],
)  # fmt: skip
def test_kind_of_a_statement_row_follows_its_designation(designation: str, kind: str) -> None:
    assert kind_of(designation) == RowKind(kind)
