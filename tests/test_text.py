"""Texts: folded for the search, and without emoji."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmtui.text import folded, without_emoji


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller-Lüdenscheidt", "muller-ludenscheidt"),
        ("Straße STRASSE ẞ", "strasse STRASSE ss"),
        ("Οδυσσέας ΟΔΥΣΣΈΑΣ", "οδυσσεασ οδυσσεασ"),
        ("Ｄｕｐｏｎｔ　１２", "dupont 12"),
        ("Øster Łódź İstanbul ığdır", "oster lodz istanbul igdir"),
        ("ｶﾞﾗｽ が", "ガラス が"),
        ("Иван Ёлкин", "иван елкин"),
        ("한국어 Hàn", "한국어 han"),
        ("SKU-1 Ångström", "SKU-1 angstrom"),
    ],
)
def test_text_folding_ignores_accents_width_and_case(text: str, expected: str) -> None:
    assert folded(text) == expected


@given(st.text())
def test_folding_a_text_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(text) == text or not text.isascii()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Marie 🎁 Dupont", "Marie Dupont"),
        ("🇫🇷 Léa 👩🏽‍🚀❤️", "Léa ❤"),
        ("1️⃣ Zoé ⭐", "1 Zoé"),
        ("Zoé ♥ № ™ © ½", "Zoé ♥ № ™ © ½"),
        ("  two  blanks", "  two  blanks"),
        ("🎉", ""),
    ],
)
def test_emoji_are_removed_and_other_signs_stay(text: str, expected: str) -> None:
    assert without_emoji(text) == expected
