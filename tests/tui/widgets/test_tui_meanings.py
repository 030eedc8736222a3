"""Meanings of glyphs and colours: the same on all screens, in every theme, without colours and in ASCII."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color
from textual.filter import NoColor

from bmtui import tui
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning, of_effect
from bmtui.tui.widgets.text import strip_of
from bmtui.tui.widgets.themes import TERMINAL, THEMES

BACKGROUND = Color.parse("black")
GLYPHS = {Meaning.UNKNOWN: "??", Meaning.LATE: "!!", Meaning.SOON: "~~", Meaning.GOING: "»>", Meaning.DONE: "✓+"} | {
    Meaning.NOTHING: "·.",
    Meaning.MARKED: "●*",
}
COLOURS = {
    Meaning.UNKNOWN: "red",
    Meaning.LATE: "red",
    Meaning.SOON: "yellow",
    Meaning.GOING: "blue",
    Meaning.DONE: "green",
    Meaning.NOTHING: None,
    Meaning.MARKED: "magenta",
}
ROOT = Path(next(iter(tui.__path__)))
OF_LANGUAGE = ("widgets/themes.py", "widgets/meanings.py")


@pytest.fixture(autouse=True)
def letters_again() -> Iterator[None]:
    yield
    LOCAL.ascii = False


def test_ascii_glyphs_are_one_cell_wide_and_all_different() -> None:
    assert {meaning: GLYPHS[meaning][0] for meaning in Meaning} == {meaning: meaning.glyph for meaning in Meaning}
    LOCAL.ascii = True
    assert {meaning: GLYPHS[meaning][1] for meaning in Meaning} == {meaning: meaning.glyph for meaning in Meaning}
    assert len({meaning.glyph for meaning in Meaning}) == len(Meaning)
    # What is written into a sentence must not become the glyph of an unknown outcome.
    assert strip_of([("» ✓", "")], 3).text == "> +"


def test_colours_on_16_colour_terminals_are_those_of_the_table() -> None:
    for meaning in Meaning:
        style = TERMINAL[meaning.style]
        assert (style.color.name if style.color else None) == COLOURS[meaning], meaning
    assert TERMINAL[Meaning.LATE.style].bold
    assert TERMINAL[Meaning.UNKNOWN.style].reverse
    assert TERMINAL[Meaning.NOTHING.style].dim


@pytest.mark.parametrize("theme", THEMES)
def test_meanings_in_a_theme_differ_even_without_colours(theme: str) -> None:
    styles = THEMES[theme]
    assert styles[Meaning.UNKNOWN.style].reverse
    assert styles[Meaning.LATE.style].bold
    assert len({str(styles[meaning.style]) for meaning in Meaning}) == len(Meaning)
    assert styles["label"].color is None, "that it is live is no alarm"
    assert styles["label"].reverse
    for meaning in Meaning:
        (segment,) = NoColor().apply([*strip_of([meaning.piece], 1)], BACKGROUND)  # type: ignore[arg-type]
        assert segment.text.strip()


def test_states_of_a_write_have_the_right_meanings() -> None:
    assert of_effect("needs_person") is of_effect("unknown") is Meaning.UNKNOWN
    assert of_effect("rejected") is of_effect("not_applied") is Meaning.LATE
    assert of_effect("planned") is of_effect("sending") is Meaning.GOING
    assert of_effect("confirmed") is Meaning.DONE
    assert of_effect("withdrawn") is Meaning.NOTHING


def drawn_by_itself(tree: ast.AST) -> list[str]:
    """Return the places where a module draws with a style, colour or glyph of its own, instead of a `Meaning`."""
    found = []
    glyphs = {pair[0] for pair in GLYPHS.values()} | {"+"}
    hues = {meaning.style for meaning in Meaning} - {Meaning.NOTHING.style}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("rich", "textual"):
            found += [f"line {node.lineno}: {name.name}" for name in node.names if name.name in ("Style", "Color")]
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            # Of a field the style alone: its text may be any word.
            given = [*node.args[3:], *(one.value for one in node.keywords)] if name == "field" else [node]
            if name in ("Column", "Table", "field"):
                words = [part.value for one in given for part in ast.walk(one) if isinstance(part, ast.Constant)]
                found += [f"line {node.lineno}: {word}" for word in words if word in hues]
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            first, second = (part.value if isinstance(part, ast.Constant) else None for part in node.elts)
            if isinstance(first, str) and first.strip() in glyphs and second in hues:
                found.append(f"line {node.lineno}: {first} {second}")
    return found


def test_screens_draw_only_glyphs_and_colours_of_the_table() -> None:
    paths = [path for path in ROOT.rglob("*.py") if str(path.relative_to(ROOT)) not in OF_LANGUAGE]
    assert len(paths) > 100
    # What the desk uses of Textual's insides draws backgrounds.
    paths.remove(ROOT / "widgets" / "textual_internals.py")
    found = {str(path.relative_to(ROOT)): drawn_by_itself(ast.parse(path.read_text())) for path in paths}
    assert {path: lines for path, lines in found.items() if lines} == {}
    for sheet in ROOT.rglob("*.tcss"):
        colours = [line.strip() for line in sheet.read_text().splitlines() if "color:" in line or "background" in line]
        assert [line for line in colours if "ansi_default" not in line] == [], sheet


def test_screen_that_draws_a_colour_of_its_own_is_found() -> None:
    for text in (
        "from rich.style import Style",
        'Column("a", "A", 1, lambda row: "x", meaning=lambda row: "bad")',
        'pieces = [("! ", "bad")]',
    ):
        assert drawn_by_itself(ast.parse(text)), text


def test_lists_with_glyphs_explain_each_of_them() -> None:
    for module in pkgutil.walk_packages(tui.__path__, "bmtui.tui."):
        importlib.import_module(module.name)
    rest: list[type[ListScreen[Any]]] = [ListScreen]
    found = []
    while rest:
        kind = rest.pop()
        rest += kind.__subclasses__()
        if "PLACE" in vars(kind) and kind.GLYPHS and kind.meaning_of is ListScreen.meaning_of:
            found.append(kind.__name__)
    assert found == []
