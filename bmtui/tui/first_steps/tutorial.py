"""Tutorial: a shift in eight steps on the practice marketplace; each step ends when it was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bmtui.desk.outbox import actions as outbox
from bmtui.tui.shell import Shell
from bmtui.words import EffectKind, EffectState


@dataclass(frozen=True, slots=True)
class Step:
    """Step of the tutorial: its text, and tests that it was done, by the screens or by the planned effects."""

    text: str
    is_shown: Callable[[Shell], bool] = lambda app: False
    is_planned: Callable[[str, str], bool] = lambda kind, state: False


def _place(app: Shell) -> str:
    return app.top.PLACE


def _asks(word: str) -> Callable[[Shell], bool]:
    return lambda app: word in app.home.text and not app.home.is_typing


_PHONE = "356938035643809"
_LABEL = "1Z999AA10123456784"
STEPS = (
    Step("1/8  Press /, type channel:to_accept sku:PHN*, then Enter.", _asks("to_accept")),
    Step(
        "2/8  a accepts the order under the cursor, Y sends it.", is_planned=lambda kind, _: kind == EffectKind.ACCEPT
    ),
    Step("3/8  X opens the scan station; Enter keeps your name.", lambda app: _place(app) == "scan"),
    Step(
        f"4/8  Scan order, {_PHONE}, {_LABEL}; BM-YES where it asks.",
        is_planned=lambda kind, _: kind == EffectKind.SHIP,
    ),
    Step("5/8  Esc leaves it. Press /, type channel:shipped, then Enter.", _asks("shipped")),
    Step(
        "6/8  r refunds the order: ^s shows it once more, Y sends.",
        is_planned=lambda kind, _: kind == EffectKind.REFUND,
    ),
    Step(
        "7/8  u takes it back while it waits. Sent already? r ^s Y again, then u.",
        is_planned=lambda kind, state: kind == EffectKind.REFUND and state == EffectState.WITHDRAWN,
    ),
    Step("8/8  . shows your tasks, most urgent first; n there opens one.", lambda app: _place(app) == "today"),
)
LOOK_S = 0.3
"""Seconds between two checks whether the step was done."""

END = "That was a shift: ? shows the keys here, : finds any action by its name."


class Tutorial:
    """Progress of the tutorial; the footer shows the current step.

    Args:
        begun: id of the newest effect at the start: later ones were planned in the tutorial.
    """

    def __init__(self, begun: int) -> None:
        self._at = 0
        self._begun = begun

    @property
    def text(self) -> str:
        """Text of the current step; '' when all are done."""
        return STEPS[self._at].text if self._at < len(STEPS) else ""

    async def look(self, app: Shell) -> bool:
        """Go to the next step if this one was done; return True then."""
        if self._at >= len(STEPS):
            return False
        step = STEPS[self._at]
        done = step.is_shown(app)
        if not done:
            planned = await app.desk.read(outbox.planned_since, self._begun)
            done = any(step.is_planned(kind, state) for kind, state in planned)
        self._at += done
        return done


async def begin(app: Shell) -> None:
    """Start the tutorial in the footer, or end the running one; refused without a practice marketplace."""
    if not any(view.is_practice for view in app.companies):
        app.top.say("The tutorial is for the practice marketplace: leave, and run 'bmtui demo'.", "warn")
        return
    if app.tutorial is not None:
        app.tutorial = None
        app.top.say("The tutorial is over; the same key begins it again.")
        app.top.show_footer()
        return
    now = app.tutorial = Tutorial(await app.desk.read(outbox.newest))
    app.top.say("The line below says what to do; the same key ends the tutorial.")
    app.top.show_footer()

    async def look() -> None:
        if app.tutorial is not now:
            timer.stop()
        elif await now.look(app):
            if not now.text:
                app.tutorial = None
                timer.stop()
                app.top.say(END, "good")
                app.memory.tutored = True
                app.memory.keep()
            app.top.show_footer()

    timer = app.set_interval(LOOK_S, look)
