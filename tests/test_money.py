import pytest

from bmtui.errors import RuleRefused
from bmtui.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "minor", "decimal"),
    [
        ("319.00", "EUR", 31900, "319.00"),
        ("0.05", "GBP", 5, "0.05"),
        ("-3.5", "USD", -350, "-3.50"),
        ("45000", "JPY", 45000, "45000"),
        ("45000.00", "JPY", 45000, "45000"),
        ("7", "SEK", 700, "7.00"),
    ],
)
def test_reads_and_writes_decimals(text: str, currency: str, minor: int, decimal: str) -> None:
    money = Money.parse(text, currency)
    assert (money.minor, money.decimal) == (minor, decimal)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("12.345", "EUR"), ("1.5", "JPY"), ("1,50", "EUR"), ("€5", "EUR"), ("", "EUR"), ("nan", "EUR"), ("1e3", "EUR")],
)
def test_refuses_what_is_not_an_amount_of_that_currency(text: str, currency: str) -> None:
    with pytest.raises(RuleRefused):
        Money.parse(text, currency)


def test_never_mixes_currencies() -> None:
    with pytest.raises(RuleRefused):
        Money(1, "EUR") + Money(1, "GBP")


def test_sums_are_exact() -> None:
    total = Money(0, "EUR")
    for _ in range(10):
        total += Money.parse("0.10", "EUR")
    assert total == Money.parse("1.00", "EUR")
