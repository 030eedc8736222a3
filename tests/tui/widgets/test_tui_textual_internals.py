"""Private names of Textual that the desk uses: present, working, and used in a single module."""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import pkgutil
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from bmtui import tui
from bmtui.tui.widgets import textual_internals
from bmtui.tui.widgets.textual_internals import HookedApp, HookedScreen

TEXTUAL: dict[str, tuple[str, ...]] = {
    "app": (
        *("_begin_update", "_handle_exception", "_batch_count", "_exit", "_return_code", "_close_messages_no_wait"),
        *("_driver", "_check_bindings"),
    ),
    "screen": ("_on_timer_update", "_compositor_refresh", "_compositor", "_closing", "_closed", "_pruning", "_task"),
    "widget": (
        *("_layout_required", "_repaint_required", "_scroll_required", "_styles_cache"),
        "_exchange_repaint_regions",
    ),
    "styles cache": ("_cache",),
}
"""Private names that the desk uses, by their owner."""


class Two(HookedScreen[None]):
    """Screen of two lines that can be kept from being painted."""

    clock = changes = True

    @property
    def paints_by_clock(self) -> bool:
        return self.clock

    @property
    def paints_changes(self) -> bool:
        return self.changes

    def compose(self) -> ComposeResult:
        yield Static("one\ntwo", id="lines")


class Shown(HookedApp):
    """App with that screen, which counts its paintings and keeps its errors."""

    def __init__(self) -> None:
        super().__init__()
        self.paints = 0
        self.displayed: list[object] = []
        self.crashes: list[Exception] = []

    def get_default_screen(self) -> Screen[Any]:
        return Two()

    def before_paint(self) -> None:
        self.paints += 1

    def takes_crash(self, error: Exception) -> bool:
        self.crashes.append(error)
        return True

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        self.displayed.append(renderable)
        super()._display(screen, renderable)


def names_in(tree: ast.AST, *, of_self: bool = True) -> set[str]:
    """Return the private names that a program uses or overrides; without `of_self` only those of other objects."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            of_self or not (isinstance(node.value, ast.Name) and node.value.id == "self")
        ):
            found.add(node.attr)
        elif of_self and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
    return {name for name in found if name.startswith("_") and not name.startswith("__")}


def names_of_textual_in(module: str) -> set[str]:
    """Return the private names that a module uses of other objects, and those in its widgets, screens and apps."""
    loaded = importlib.import_module(module)
    tree = ast.parse(inspect.getsource(loaded))
    kinds = (node for node in tree.body if isinstance(node, ast.ClassDef))
    ours = (names_in(node) for node in kinds if issubclass(getattr(loaded, node.name), MessagePump))
    return names_in(tree, of_self=False).union(*ours)


async def test_private_names_when_textual_changes_are_named() -> None:
    app = Shown()
    async with app.run_test():
        widget = app.screen.query_one("#lines")
        owners = {"app": app, "screen": app.screen, "widget": widget, "styles cache": widget._styles_cache}
        missing = [
            f"{kind}.{name}" for kind, names in TEXTUAL.items() for name in names if not hasattr(owners[kind], name)
        ]
    assert missing == [], "Textual has these no more"


def test_private_names_when_the_adapter_uses_one_are_in_the_list() -> None:
    assert names_in(ast.parse(inspect.getsource(textual_internals))) == {
        name for names in TEXTUAL.values() for name in names
    }


async def test_private_names_of_textual_are_in_no_other_module() -> None:
    app = App[None]()
    async with app.run_test():
        objects = (app, app.screen, Static())
        theirs = {name for one in objects for name in (*vars(one), *dir(type(one)))}
    modules = [found.name for found in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}.")]
    assert len(modules) > 100
    modules.remove(textual_internals.__name__)
    assert {f"{module}: {name}" for module in modules for name in names_of_textual_in(module) & theirs} == set()


async def test_open_textual_batch_is_noticed_and_holds_painting_back() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        assert not textual_internals.in_batch(app)
        await pilot.pause()
        before = len(app.displayed)
        with app.batch_update():
            assert textual_internals.in_batch(app)
            app.screen.query_one("#lines", Static).update("other")
            await pilot.pause()
            assert len(app.displayed) == before
        await pilot.pause()
        assert len(app.displayed) > before
        assert not textual_internals.in_batch(app)


async def test_paint_after_a_change_asks_the_app_first() -> None:
    app = Shown()
    async with app.run_test():
        app._begin_update()
        assert app.paints == 1
    # A terminal, which is not there now, is given everything between these two.
    assert {"_begin_update", "_end_update"} <= set(App._display.__code__.co_names)


@pytest.mark.parametrize("kept_back", ["clock", "changes"])
async def test_paint_refused_by_the_screen_does_not_happen(kept_back: str) -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await pilot.pause()
        screen, widget = app.screen, app.screen.query_one("#lines")
        setattr(screen, kept_back, False)
        app.displayed.clear()
        widget.refresh(Region(0, 0, 3, 1))
        await pilot.pause()
        assert app.displayed == []
        setattr(screen, kept_back, True)
        textual_internals.paint_widgets(screen, {widget})
        assert len(app.displayed) == 1


async def test_widgets_with_pending_messages_say_so() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await pilot.pause()
        screen, widget = app.screen, app.screen.query_one("#lines")
        assert widget in set(textual_internals.visible_widgets(screen))
        assert not textual_internals.awaits_anything(screen)
        widget.refresh(layout=True)
        assert textual_internals.awaits_layout(widget)
        assert textual_internals.awaits_anything(widget)
        screen.refresh()
        assert textual_internals.awaits_repaint(screen)
        await pilot.pause()
        assert not textual_internals.awaits_anything(screen)


async def test_painted_lines_when_they_moved_are_known_by_their_new_numbers() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await pilot.pause()
        widget = app.screen.query_one("#lines")
        one, two = (widget.render_lines(Region(0, y, 80, 1))[0] for y in range(2))
        assert isinstance(one, Strip)
        assert (one.text.strip(), two.text.strip()) == ("one", "two")
        textual_internals.move_painted(widget, 0, 1, 2)
        assert widget.render_lines(Region(0, 0, 80, 1))[0].text.strip() == "two"


async def test_painted_strips_equal_the_screen_contents() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await pilot.pause()
        strips = textual_internals.painted_strips(app)
        texts = ["".join(segment.text for segment in strip).strip() for strip in strips]
    assert texts[:2] == ["one", "two"]
    assert len(texts) == 24


async def test_textual_binding_runs_its_action() -> None:
    rung: list[str] = []

    class Bound(Shown):
        BINDINGS = [("x", "ring", "Ring")]  # noqa: RUF012

        def action_ring(self) -> None:
            rung.append("x")

    app = Bound()
    async with app.run_test():
        assert await textual_internals.do_binding(app, "x")
        assert not await textual_internals.do_binding(app, "y")
    assert rung == ["x"]


def test_error_when_the_app_takes_it_is_not_printed() -> None:
    app, error = Shown(), ValueError("secret")
    app._handle_exception(error)
    assert app.crashes == [error]
    assert app.return_code is None
    # An error in a message ends there.
    assert "_handle_exception" in MessagePump._process_messages_loop.__code__.co_names


async def test_app_when_it_is_stopped_ends_with_the_code() -> None:
    app = Shown()
    async with app.run_test():
        assert not textual_internals.is_exiting(app)
        textual_internals.stop(app, 7)
    assert app.return_code == 7
    async with (other := Shown()).run_test():
        other.exit()
        assert textual_internals.is_exiting(other)


def test_control_sequence_when_there_is_a_terminal_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    app = Shown()
    textual_internals.send(app, "nobody")
    monkeypatch.setattr(app, "_driver", type("Driver", (), {"write": lambda _, text: sent.append(text)})())
    textual_internals.send(app, "\x1b[2J")
    assert sent == ["\x1b[2J"]


async def test_closed_screen_leaves_no_painted_lines_behind() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        for _ in range(20):
            await app.push_screen(Two())
            await pilot.pause()
            assert painted(app)
            await app.pop_screen()
        await pilot.pause()
        gc.collect()
        caches = [thing for thing in gc.get_objects() if isinstance(thing, StylesCache)]
        assert len(caches) < 20


def painted(app: App[Any]) -> bool:
    return bool(textual_internals.painted_strips(app))
