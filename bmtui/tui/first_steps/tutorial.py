"""Five steps on the practice marketplace, each of which goes on when it was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bmtui.tui.shell import Shell


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and how one knows that it was done."""

    text: str
    is_done: Callable[[Shell], bool]


def _place(app: Shell) -> str:
    return app.top.PLACE


def _asked(app: Shell) -> bool:
    return "shipped" in app.home.text and not app.home.is_typing


STEPS = (
    Step("1/5  Press / and type channel:shipped, then Enter: results come as you type.", _asked),
    Step("2/5  Enter opens the order under the cursor; digits go to its sections.", lambda app: _place(app) == "order"),
    Step("3/5  q goes back to the list.", lambda app: _place(app) == "search"),
    Step("4/5  Space marks: mark two orders.", lambda app: len(app.home.marked) >= 2),
    Step("5/5  n writes a note to both at once: write one, and look at the results.", lambda app: not app.home.marked),
)
LOOK_S = 0.3
"""How often it looks whether its step was done."""

END = "That was it: ? shows the keys of where you are, : does anything by its name."


class Tutorial:
    """Where somebody is in the five steps; the footer says what to do."""

    def __init__(self) -> None:
        self._at = 0

    @property
    def text(self) -> str:
        """What to do now; '' when all is done."""
        return STEPS[self._at].text if self._at < len(STEPS) else ""

    def look(self, app: Shell) -> bool:
        """Whether the step was done, and the next one came."""
        if self._at < len(STEPS) and STEPS[self._at].is_done(app):
            self._at += 1
            return True
        return False


def begin(app: Shell) -> None:
    """Say the five steps in the footer, one after the other, or no more of them; never on a real marketplace."""
    if not any(view.is_practice for view in app.companies):
        app.top.say("The tutorial is for the practice marketplace: leave, and run 'bmtui demo'.", "warn")
        return
    if app.tutorial is not None:
        app.tutorial = None
        app.top.say("The tutorial is over; the same key begins it anew.")
        app.top.show_footer()
        return
    now = app.tutorial = Tutorial()
    app.top.say("The line below says what to do; the same key ends the tutorial.")
    app.top.show_footer()

    def look() -> None:
        if app.tutorial is not now:
            timer.stop()
        elif now.look(app):
            if not now.text:
                app.tutorial = None
                timer.stop()
                app.top.say(END, "good")
                app.memory.tutored = True
                app.memory.keep()
            app.top.show_footer()

    timer = app.set_interval(LOOK_S, look)
