"""Cleaning of what every reader reads: characters that go, that stay, and digits of another keyboard."""

from __future__ import annotations

import pytest

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
