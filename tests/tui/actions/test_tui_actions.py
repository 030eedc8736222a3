from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest
from screens_by_place import every_screen
from textual.screen import Screen

from bmtui.tui.actions import advice, keys_guide, registry, why_not
from bmtui.tui.app import DeskApp
from bmtui.tui.dialogs.help import help_lines
from bmtui.tui.dialogs.palette import Palette
from bmtui.tui.screen import DeskScreen

SCREENS = every_screen()


def test_action_ids_are_unique() -> None:
    assert len(registry.BY_ID) == len(registry.ACTIONS)


@pytest.mark.parametrize("place", SCREENS)
def test_keys_of_a_screen_when_several_actions_are_there_mean_one_each(place: str) -> None:
    keys = [key for action in registry.of_place(place) for key in action.keys]
    assert len(keys) == len(set(keys))


def test_capital_key_to_a_screen_is_the_same_on_every_screen() -> None:
    meant: dict[str, set[str]] = {}
    for action in registry.ACTIONS:
        for key in action.keys:
            if len(key) == 1 and key.isupper():
                meant.setdefault(key, set()).add(action.id)
    leading = {key: ids for key, ids in meant.items() if any(one.startswith("desk.") for one in ids)}
    assert set("AEFIJMQX") <= set(leading)
    assert {key: ids for key, ids in leading.items() if len(ids) > 1} == {}
    # And each is to be had wherever it is no letter of what is typed.
    screens = {key: registry.BY_ID[next(iter(leading[key]))] for key in "AEFIJMQX"}
    missing = [(key, place) for key, action in screens.items() for place in SCREENS if not action.is_at(place)]
    assert len(missing) == len(screens), missing


def test_key_of_the_previous_release_still_works_or_names_the_new_one() -> None:
    for place in SCREENS:
        former, free = registry.formerly(place), []
        for key, action in former.items():
            assert key not in action.keys, (place, key)
            free += [key] if registry.owner(place, key) is None else []
        bound = [binding for binding in registry.bindings(place) if "act_by_former_key" in str(binding)]
        assert len(bound) == len(free), place


def missing(function: Callable[..., object], *screens: type[DeskScreen]) -> list[str]:
    """Return the missing names that a function of a single call uses: a function of an imported module, or a method."""
    first, *rest = function.__code__.co_names or ("",)
    called = function.__globals__.get(first)
    if inspect.isfunction(called):
        module = called()
        assert inspect.ismodule(module)
        return [f"{module.__name__}.{name}" for name in rest[:1] if not inspect.isfunction(getattr(module, name, None))]
    if first == "desk_app":
        return [
            f"{DeskApp.__name__}.{name}" for name in rest[:1] if not inspect.isfunction(getattr(DeskApp, name, None))
        ]
    return [f"{one.__name__}.{first}" for one in screens if not inspect.isfunction(getattr(one, first, None))]


def test_functions_of_all_actions_exist() -> None:
    checked = 0
    for action in registry.ACTIONS:
        here = [SCREENS[place] for place in SCREENS if action.is_at(place)]
        for function in filter(
            None, (action.handler, *((action.many.gather, action.many.each) if action.many else ()))
        ):
            if inspect.isfunction(function) and function.__name__ == "<lambda>":
                assert missing(function, *here) == [], action.id
                checked += 1
    assert checked > 100


def test_help_palette_and_guide_say_a_sentence_once() -> None:
    guide, context = keys_guide.keys(""), why_not.Context(companies=1)
    texts = [("".join(text for text, _ in line) for line in help_lines(place, context, 200)) for place in SCREENS]
    told = [guide.replace("**", ""), *("\n".join(lines) for lines in texts)]
    assert "Half a page down" in guide
    assert not [found for text in told for found in re.findall(r"(?m)\b([\w ]{4,}): \1\.?$", text)]
    items = [item for place in SCREENS for item in Palette.items(registry.of_place(place), (), context)]
    assert not [item for item in items if item.note.rstrip(".") == item.label]


def test_missing_function_of_an_action_is_found() -> None:
    assert missing(lambda screen: screen.do_nothing_at_all(), DeskScreen) == ["DeskScreen.do_nothing_at_all"]
    assert missing(lambda screen: acts().nothing_at_all(screen)) == ["bmtui.tui.jobs.acts.nothing_at_all"]


def acts() -> ModuleType:
    from bmtui.tui.jobs import acts

    return acts


def test_actions_stand_after_the_action_that_they_name() -> None:
    one, two, three, four = (replace(registry.BY_ID["desk.jobs"], id=name, after="") for name in "abcd")
    assert "".join(action.id for action in registry.in_order([[one, two], [three, four]])) == "abcd"
    modules = [[one, two], [replace(three, after="a"), four]]
    assert "".join(action.id for action in registry.in_order(modules)) == "acdb"
    with pytest.raises(KeyError, match="nobody"):
        registry.in_order([[replace(one, after="nobody")]])
    with pytest.raises(KeyError, match="circle"):
        registry.in_order([[one], [replace(two, after="c")], [replace(three, after="b")]])


def test_places_of_actions_are_screens() -> None:
    named = {place for action in registry.ACTIONS for place in (*action.places, *action.not_in)}
    assert named - {"*"} <= set(SCREENS)


@pytest.mark.parametrize("place", SCREENS)
def test_the_footer_stays_short_and_shows_help_and_the_way_out(place: str) -> None:
    hints = registry.footer(place, [why_not.Context(companies=1)])
    assert len(hints) <= registry.HINTS
    assert "Help" in dict(hints).values()
    assert {"Back", "Quit"} & set(dict(hints).values())
    assert sum(len(key) + len(label) + 3 for key, label in hints) - 2 <= 80


def test_keys_arrive_on_every_terminal() -> None:
    for action in registry.ACTIONS:
        # ctrl+h, i, j, m are other keys on old terminals; ctrl+a and b belong to screen and tmux.
        assert not {"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+a", "ctrl+b"} & set(action.keys)
        function_keys = [key for key in action.keys if re.fullmatch(r"f\d+", key)]
        assert not function_keys or len(function_keys) < len(action.keys), (
            f"{action.id} needs a key besides {function_keys}"
        )


def test_destructive_or_writing_action_on_a_read_only_desk_is_refused() -> None:
    context = why_not.Context(read_only=True, companies=1, editing=False)
    for action in registry.ACTIONS:
        if action.destructive or action.id in ("order.note", "orders.download", "settings.edit", "job.retry"):
            assert action.why_not(context), action.id


def test_bindings_do_not_fire_through_a_dialog() -> None:
    for screen in SCREENS.values():
        assert issubclass(screen, Screen)
        bindings = [binding for binding in screen.BINDINGS if not isinstance(binding, tuple)]
        assert bindings
        assert not any(binding.priority for binding in bindings)


def test_advice_names_the_key_instead_of_the_command() -> None:
    for said, shown in (
        ("Store a new one with 'bmtui company set NAME --token-file F'.", "Store a new one with Settings (,)."),
        ("Settle it first: 'bmtui outbox list', then 'bmtui outbox settle'.", "Settle it first: Outbox (Q)."),
        ("Set them: 'bmtui invoices settings vat_id=…'.", "Set them: Invoice settings (, then i)."),
        ("'bmtui help query' lists them all.", "Help (?) lists them all."),
        ("Leave, and run 'bmtui demo'.", "Leave, and run 'bmtui demo'."),
        ("It calls itself 'bmtui companyx'.", "It calls itself 'bmtui companyx'."),
    ):
        assert advice.spoken(said) == shown
    assert advice.spoken("'bmtui help query' lists them all.", writing=True) == "Help (F1) lists them all."
    registry.use_keys({"desk.settings": ("f9",), "desk.outbox": ()})
    try:
        assert advice.spoken("'bmtui company set' or 'bmtui outbox list'") == "Settings (F9) or 'bmtui outbox list'"
    finally:
        registry.use_keys({})
    assert {action_id for ids in advice._ACTIONS.values() for action_id in ids.split()} <= set(registry.BY_ID)
