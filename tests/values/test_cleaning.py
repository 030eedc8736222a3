"""Cleaning of what every reader reads: characters that go, that stay, and digits of another keyboard."""

from __future__ import annotations

import pytest

from bmtui.errors import NotRead
from bmtui.values import cleaning, keyboard


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("1\ufe0f2\u200b3\u00ad", "123"),
        ("Cafe\u0301", "Cafe\u0301"),
        ("१२ ३", "12 3"),
        ("Ａ１", "A1"),
        ("a\u00a0b\tc", "a b c"),
        ("1\u22122\u20133", "1-2-3"),
        ("a\r\nb\u2028c\r\n", "a\nb\nc"),
        ("\x1d12\x07", "12"),
        ("1²", "1²"),
    ],
)
def test_text_is_folded_without_a_change_of_its_meaning(text: str, folded: str) -> None:
    assert cleaning.folded(text) == folded


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("&é\"'(-è_çà", ("AZERTY", "1234567890")),
        ("+ěščřžýáíé", ("QWERTZ (Czech)", "1234567890")),
        ("Q&é\"'(-", ("AZERTY", "A123456")),
        ("&é\"'(-", ("AZERTY", "123456")),
        ("&é\"'(-0", None),
        ("&é\"'(-9", None),
        ("&é\"'(-ö", None),
        ("&é&é&é", ("AZERTY", "121212")),
        # Too few, one character again and again, a digit, and characters of no key of the row.
        ("&é\"'(", None),
        ("&&&&&&&", None),
        ("&é\"'(-1", None),
        ("&é\"'(-è;", None),
        ("&é\"'(-è€", None),
    ],
)
def test_number_that_another_keyboard_distorted_is_told_from_punctuation(
    text: str, meant: tuple[str, str] | None
) -> None:
    assert keyboard.meant(text) == meant


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 39 + "…"),
        ("é" * 40, "é" * 40),
        ("é" * 41, "é" * 39 + "…"),
        (" a  b ", "a b"),
        ("a\tb\x00", "a b"),
        ("é\x1b", "é"),
    ],
)
def test_value_in_a_message_is_on_one_line_and_at_most_forty_characters(text: str, shown: str) -> None:
    assert cleaning.shown(text) == shown


def test_value_of_a_thousand_characters_is_read_and_a_longer_one_is_not() -> None:
    assert cleaning.cell("x" * 1000, "f", "note") == "x" * 1000
    with pytest.raises(NotRead, match="it has 1,001 characters"):
        cleaning.cell("x" * 1001, "f", "note")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("1\ufe002\ufe0f", "12"),
        ("e\u0301\u0316", "e\u0301\u0316"),
        ("a\x0bb\x0cc\x85d\u2029e\rf\ng", "a\nb\nc\nd\ne\nf\ng"),
        ("!é~", "!é~"),
        ("é\x7f", "é"),
        ("ｱ", "ア"),
    ],
)
def test_only_what_means_nothing_is_folded(text: str, folded: str) -> None:
    assert cleaning.folded(text) == folded


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("12345678,12345678", True),
        ("1234567,12345678", False),
        ("ABCDEFGH,12345678", False),
        ("12345678", False),
        ("12345678|ABCDEFG1&1234567X", True),
        ("a\nb", True),
        ("a\x1db", True),
        ("a b", False),
    ],
)
def test_two_numbers_in_a_value_are_told_from_one_with_separators(text: str, several: bool) -> None:
    assert cleaning.several(text) is several
