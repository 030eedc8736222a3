import pytest

from bmtui.errors import ConfigError, RuleRefused
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
def test_money_reads_and_writes_decimals(text: str, currency: str, minor: int, decimal: str) -> None:
    money = Money.parse(text, currency)
    assert (money.minor, money.decimal) == (minor, decimal)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("12.345", "EUR"), ("1.5", "JPY"), ("9" * 17, "EUR")],
)
def test_money_refuses_text_that_is_no_amount_of_its_currency(text: str, currency: str) -> None:
    with pytest.raises(RuleRefused):
        Money.parse(text, currency)


@pytest.mark.parametrize("text", ["abc", "1,2,3", "1,50", "€5", "", "nan", "1e3", "x" * 50])
def test_text_that_is_no_amount_is_bad_usage(text: str) -> None:
    with pytest.raises(ConfigError, match="is not an amount"):
        Money.parse(text, "EUR")


def test_money_never_mixes_currencies() -> None:
    with pytest.raises(RuleRefused):
        Money(1, "EUR") + Money(1, "GBP")


def test_money_sums_are_exact() -> None:
    total = Money(0, "EUR")
    for _ in range(10):
        total += Money.parse("0.10", "EUR")
    assert total == Money.parse("1.00", "EUR")
