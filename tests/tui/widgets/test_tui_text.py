from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bmtui.tui.widgets.text import cut, fit, strip_of, width_of, wrap


def test_japanese_names_are_measured_in_cells() -> None:
    assert width_of("太郎") == 4
    assert cut("佐々木 太郎", 6) == "佐々…"
    assert fit("太郎", 6) == "太郎  "
    assert fit("12", 5, right=True) == "   12"


def test_markup_and_escapes_of_a_buyer_are_shown_or_dropped_but_never_obeyed() -> None:
    strip = strip_of((("[/b][red]Bob\x1b[2J\u202e", "dim"),), 20)
    assert strip.text == "[/b][red]Bob[2J     "
    assert strip.cell_length == 20


def test_cut_text_ends_with_an_ellipsis_and_nothing_after_it() -> None:
    tabs = (("4", "key"), (" Late 27", ""), ("  ", ""), ("5", "key"), (" Held 0", ""), ("  ", ""), ("6", "key"))
    assert strip_of(tabs, 18).text == "4 Late 27  5 Held…"
    # A cut at a blank leaves room beside the mark, which stays empty.
    assert strip_of(tabs, 17).text == "4 Late 27  5 Hel…"
    assert strip_of((*tabs[:5], ("  ", "")), 18).text == "4 Late 27  5 Held…"
    assert strip_of((*tabs[:5], ("  ", "")), 19).text == "4 Late 27  5 Held 0"
    # What would begin beyond the edge is missed, too.
    assert strip_of((("6 Notes", ""), ("7", "key")), 7).text == "6 Note…"
    assert strip_of((("…", ""), ("x", "key")), 2).text == "…x"
    assert strip_of((("all of it   ", ""),), 9).text == "all of it"


@given(st.text(max_size=60), st.integers(min_value=0, max_value=40))
def test_any_text_is_fitted_to_the_width(text: str, width: int) -> None:
    assert width_of(fit(text, width)) == width
    assert strip_of(((text, ""), (text, "bold")), width).cell_length == width


@given(st.text(max_size=80), st.integers(min_value=2, max_value=30))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    from bmtui.text import plain

    lines = wrap(text, width)
    assert lines
    assert all(width_of(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(plain(text, multiline=True).split())
