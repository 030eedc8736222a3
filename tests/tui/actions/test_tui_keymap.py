"""Keymap file of a person: its rules, and screens, footer and help that follow it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.tui import preferences
from bmtui.tui.actions import keymap, registry

PLACES = ("search", "order", "jobs", "job", "settings")


@pytest.fixture(autouse=True)
def own_keys_again() -> Iterator[None]:
    yield
    registry.use_keys({})


def written(home: Path, text: str) -> None:
    (home / preferences.NAME).write_text(text, encoding="utf-8")


async def test_rebound_action_has_the_new_key_and_not_the_old_one(office: Desk, home: Path) -> None:
    written(home, '[keys]\n"order.note" = ["F12", "F11"]\ndesk.jobs = "F10"\n')
    async with driving(office) as person:
        await person.press("n")
        assert type(person.app.screen).__name__ == "SearchScreen"
        await person.press("f11")
        await person.at("AskText")
        await person.press("escape")
        await person.at("SearchScreen")
        await person.until(lambda: "F12 Note" in person.line("#footer"))
        await person.press("question_mark")
        await person.at("Help")
        await person.press("slash", *"note")
        assert "F12  F11" in person.seen()
        await person.press("enter", "escape")
        await person.at("SearchScreen")
        await person.press("f10")
        await person.at("JobsScreen")


async def test_key_conflict_is_reported_at_the_start_and_the_default_keys_stay(office: Desk, home: Path) -> None:
    written(home, '[keys]\norder.note = "r"\n')
    async with driving(office) as person:
        await person.says("r is both Note (order.note) and Issue Refund (order.refund) in")
        await person.press("n")
        await person.at("AskText")


def test_two_actions_can_swap_their_keys() -> None:
    keys, problems = keymap.rebind({"order.note": ["c"], "order.cancel": ["n"]}, PLACES)
    assert (keys, problems) == ({"order.note": ("c",), "order.cancel": ("n",)}, [])


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"order.nte": ["x"]}, "There is no action 'order.nte'. Did you mean 'order.note'?"),
        ({"order.note": []}, "order.note has no key."),
        ({"order.note": ["two words"]}, "order.note: 'two words' is no key."),
        ({"order.note": ["^h"]}, "many terminals send ctrl+h as backspace"),
        ({"order.note": ["j"]}, "j is both Note (order.note) and Down (move.down)"),
    ],
)
def test_impossible_key_binding_is_reported(wanted: dict[str, list[str]], says: str) -> None:
    keys, problems = keymap.rebind(wanted, PLACES)
    assert keys == {}
    assert says in problems[0]


@pytest.mark.parametrize(
    ("text", "key"),
    [("/", "slash"), ("^s", "ctrl+s"), ("Esc", "escape"), ("F2", "f2"), ("ctrl+t", "ctrl+t"), ("x", "x"), ("X", "X"),
     ("+", "plus"), ("PgDn", "pagedown"), ("]", "right_square_bracket")],
)  # fmt: skip
def test_key_names_are_read_in_all_usual_spellings(text: str, key: str) -> None:
    assert keymap.key_named(text) == key


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keys = 3", "keys must be a table"),
        ("colour = 1", "there is no setting 'colour'"),
        ("theme = 1", "theme must be a text"),
        ("ascii = 1", "ascii must be true or false"),
        ("columns = 1", "columns must be a list"),
        ("[keys]\norder.note = 1", "the keys of order.note must be a text or a list"),
        ("[keys", "is not valid TOML"),
    ],
)
def test_unusable_keymap_file_is_named_and_its_valid_keys_count(tmp_path: Path, text: str, says: str) -> None:
    written(tmp_path, text)
    assert says in preferences.load(tmp_path).problems[0]


def test_keymap_without_a_file_has_the_default_keys(tmp_path: Path) -> None:
    assert preferences.load(tmp_path) == preferences.Preferences()
