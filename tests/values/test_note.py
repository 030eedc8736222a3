"""Notes and names: all lines stay, and nothing visible is removed without a message."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import note


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b"])
def test_a_note_keeps_its_lines(line_break: str) -> None:
    text = line_break.join(("Buyer called.  ", "", "Send again\tto: 12 rue X", ""))
    assert str(note.read_note(text)) == "Buyer called.\n\nSend again to: 12 rue X"


def test_a_name_is_one_line() -> None:
    assert str(note.read_name("  Jean\r\n  Dupont\t ")) == "Jean Dupont"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ame\u0301lie", "Amélie"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202eevil\u202c", "evil"),
        ("\ufeffDupont\u200b", "Dupont"),
        ("نگار\u200cخانه", "نگار\u200cخانه"),
        ("👩\u200d🔧 Ольга", "👩\u200d🔧 Ольга"),
        ("محمد\u200e", "محمد"),
        ("Ｔａｎａｋａ", "Ｔａｎａｋａ"),
    ],
)
def test_note_text_is_normalised_and_without_control_characters(text: str, value: str) -> None:
    assert note.read_name(text) == note.Text(value)
    assert note.read_note(text) == note.Text(value)


def test_invisible_characters_of_a_note_are_removed_with_a_remark() -> None:
    assert note.read_name("Jos\udce9").doubts == ("1 unreadable character is left out of the name.",)
    assert note.read_note("a\ud800\ue000b").doubts == ("2 unreadable characters are left out of the note.",)


@pytest.mark.parametrize("text", ["", "  \r\n ", "\u200b\u200d", "\ud800", "\x00"])
def test_empty_note_is_refused_unless_it_is_optional(text: str) -> None:
    for read in (note.read_note, note.read_name):
        with pytest.raises(NotRead, match="is missing"):
            read(text)
        assert str(read(text, required=False)) == ""


def test_too_long_note_is_refused_with_its_length() -> None:
    assert len(str(note.read_note("x" * 500, longest=500))) == 500
    with pytest.raises(ValueRefused, match="has 501 characters, and 500 are the most"):
        note.read_note("x" * 501, longest=500)


@given(
    st.one_of(st.text(max_size=60), st.text("ab \n\r\u2028\u200d\u0301\ud800\u202e\x1b\u200b\u1112\u1161", max_size=20))
)
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str) -> None:
    for read, breaks in ((note.read_note, True), (note.read_name, False)):
        found, refusal = outcome(read, text)
        if refusal is None:
            assert breaks or "\n" not in found.value
            assert unicodedata.is_normalized("NFC", found.value)
            assert found.value.encode("utf-8")
            assert read(str(found)) == note.Text(found.value)


def test_notes_and_names_have_their_own_longest() -> None:
    assert len(str(note.read_note("x" * 10_000))) == 10_000
    assert len(str(note.read_name("x" * 200))) == 200
    for read, length in ((note.read_note, 10_001), (note.read_name, 201)):
        with pytest.raises(ValueRefused, match=f"it has {length:,} characters"):
            read("x" * length)


def test_text_with_one_visible_character_is_not_empty() -> None:
    assert str(note.read_name("\u200d x \u200d", required=True)) == "\u200d x \u200d"
    assert note.read_name("x").doubts == ()
