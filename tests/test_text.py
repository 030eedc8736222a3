"""Texts: folded for the search, without emoji, and with numbers before their nouns."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bmtui
from bmtui.text import folded, how_many, without_emoji

PACKAGE = Path(bmtui.__file__).parent


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


NOUNS = re.compile(
    r" (?:(?:more|dead|new|older|waiting|shipped|after-sales) )?"
    r"(?:orders|rows|lines|files|invoices|documents|folders|steps|jobs|effects|rules|pieces|writes|events|accounts|workers"
    r"|times|numbers|outcomes|fields|items|problems|errors|differences|ways|reasons|people|companies|tags|uploads|requests"
    r"|notifications|RMAs|SKUs|series)\b"
)
LIMIT = re.compile(r"(?:\w+\.)?_?[A-Z_]+|most|most - 1|limit")
"""Numbers that are never 1."""


@pytest.mark.parametrize(("number", "text"), [(0, "0 orders"), (1, "1 order"), (1200, "1,200 orders")])
def test_number_is_written_with_its_noun(number: int, text: str) -> None:
    assert how_many(number, "order") == text


def test_number_of_one_has_its_own_words() -> None:
    words = ("entry has", "entries have")
    assert [how_many(number, *words) for number in (1, 2)] == ["1 entry has", "2 entries have"]


@pytest.mark.source
def test_no_text_has_a_number_before_a_plural_that_is_wrong_for_one() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            parts = node.values if isinstance(node, ast.JoinedStr) else []
            for number, text in itertools.pairwise(parts):
                if isinstance(number, ast.FormattedValue) and isinstance(text, ast.Constant):
                    counted = ast.unparse(number.value)
                    if NOUNS.match(str(text.value)) and not LIMIT.fullmatch(counted) and "how_many" not in counted:
                        found.append(f"{path.name}: {counted} {text.value!r}")
    assert not found
