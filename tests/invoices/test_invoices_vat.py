"""VAT arithmetic: the parts of an amount add up again, to the minor unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from documents import line
from hypothesis import given
from hypothesis import strategies as st

from bmtui.invoices import vat
from bmtui.invoices.model import Line, Scheme

ROUNDINGS = (vat.PER_LINE, vat.PER_TOTAL)
rates = st.sampled_from(["20", "19", "5.5", "10", "25", "0"])
schemes = st.sampled_from([Scheme.REGULAR, Scheme.REGULAR, Scheme.MARGIN])


@st.composite
def some_lines(draw: st.DrawFn) -> list[Line]:
    count = draw(st.integers(1, 8))
    return [line(n, draw(st.integers(1, 500_000)), draw(schemes), draw(rates)) for n in range(count)]


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [(12_000, "20", 2_000), (11_900, "19", 1_900), (100, "20", 17), (3, "20", 1), (2, "20", 0), (10_550, "5.5", 550)],
)
def test_the_tax_inside_a_price_is_rounded_half_up(gross: int, rate: str, tax: int) -> None:
    assert vat.included_tax(gross, Decimal(rate)) == tax


def test_half_a_minor_unit_rounds_up() -> None:
    # 3 / 1.2 leaves a tax of exactly a half.
    assert vat.included_tax(3, Decimal(20)) == 1
    assert vat.included_tax(9, Decimal(20)) == 2


def test_rounding_per_line_and_per_total_differ_and_each_adds_up() -> None:
    lines = [line(n, 100, Scheme.REGULAR, "20") for n in range(3)]
    per_line, per_total = (vat.taxed(lines, rounding) for rounding in ROUNDINGS)
    assert [item.tax for item in per_line] == [17, 17, 17]
    assert sum(item.tax for item in per_total) == vat.included_tax(300, Decimal(20)) == 50


@given(some_lines(), st.sampled_from(ROUNDINGS))
def test_net_and_tax_add_up_to_gross_in_lines_and_groups(lines: list[Line], rounding: str) -> None:
    taxed = vat.taxed(lines, rounding)
    groups = vat.groups_of(taxed)
    assert [item.gross for item in taxed] == [item.gross for item in lines]
    items: list[Any] = [*taxed, *groups]
    for item in items:
        assert item.net + item.tax == item.gross
        if item.scheme != Scheme.REGULAR:
            assert item.tax == 0
    for name in ("net", "tax", "gross"):
        assert sum(getattr(item, name) for item in taxed) == sum(getattr(group, name) for group in groups)
    if rounding == vat.PER_TOTAL:
        for group in groups:
            if group.scheme == Scheme.REGULAR:
                assert group.tax == vat.included_tax(group.gross, Decimal(group.rate))
    order = list(Scheme)
    assert [order.index(Scheme(group.scheme)) for group in groups] == sorted(
        order.index(Scheme(group.scheme)) for group in groups
    )


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_of_an_amount_add_up_and_are_exact_to_one_unit(amount: int, weights: list[int]) -> None:
    parts = vat.shared(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    if sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Decimal(amount) * weight / sum(weights)) <= 1


@given(some_lines(), st.sampled_from(ROUNDINGS), st.data())
def test_credit_notes_for_all_lines_return_exactly_the_tax_of_the_invoice(
    lines: list[Line], rounding: str, data: st.DataObject
) -> None:
    invoice = vat.taxed(lines, rounding)
    before: list[Line] = []
    left = {item.ref: item.gross for item in invoice}
    for _ in range(3):
        wanted = []
        for item in invoice:
            part = data.draw(st.integers(0, left[item.ref]))
            left[item.ref] -= part
            if part:
                wanted.append(replace(item, gross=part))
        before += vat.credited(wanted, invoice, before, rounding)
    rest = [replace(item, gross=left[item.ref]) for item in invoice if left[item.ref]]
    before += vat.credited(rest, invoice, before, rounding)
    for item in invoice:
        mine = [credit for credit in before if credit.ref == item.ref]
        assert sum(credit.gross for credit in mine) == item.gross
        assert sum(credit.tax for credit in mine) == item.tax
        assert sum(credit.net for credit in mine) == item.net
        assert all(credit.net + credit.tax == credit.gross for credit in mine)


@pytest.mark.parametrize(("rounding", "taxes"), [(vat.PER_TOTAL, [50, 50, 66]), (vat.PER_LINE, [50, 50, 66])])
def test_credit_notes_of_a_line_share_its_tax_by_what_is_credited_so_far(rounding: str, taxes: list[int]) -> None:
    whole = replace(line(1, 1_000, Scheme.REGULAR, "20"), tax=166, net=834)
    before: list[Line] = []
    for gross in (300, 300, 400):
        before += vat.credited([replace(whole, gross=gross, tax=0, net=0)], [whole], before, rounding)
    assert [part.tax for part in before] == taxes
    assert [part.net for part in before] == [250, 250, 334]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [(5, [], []), (5, [0], [5]), (5, [0, 0, 0], [5, 0, 0]), (0, [1, 1], [0, 0]), (1, [1, 1], [1, 0])],
)
def test_amount_without_weights_is_the_first_ones(amount: int, weights: list[int], parts: list[int]) -> None:
    assert vat.shared(amount, weights) == parts


def test_totals_begin_with_regular_lines_and_the_highest_rate() -> None:
    lines = [
        line(1, 100, Scheme.MARGIN, "0"),
        line(2, 100, Scheme.REGULAR, "5.5"),
        line(3, 100, Scheme.REGULAR, "20"),
        line(4, 50, Scheme.REGULAR, "5.5"),
    ]
    groups = vat.groups_of(vat.taxed(lines, vat.PER_TOTAL))
    assert [(group.scheme, group.rate, group.gross) for group in groups] == [
        (Scheme.REGULAR, "20", 100),
        (Scheme.REGULAR, "5.5", 150),
        (Scheme.MARGIN, "0", 100),
    ]
