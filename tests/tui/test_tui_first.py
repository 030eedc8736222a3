"""First minutes: the tutorial, and what doctor says of a terminal."""

from __future__ import annotations

from driving import driving

from bmtui.desk.context import Desk
from bmtui.tui import surroundings


async def test_the_tutorial_goes_on_when_a_step_was_done(office: Desk) -> None:
    async with driving(office) as person:
        await person.until(lambda: bool(person.app.companies))
        await person.press("ctrl+y")
        await person.until(lambda: person.line("#footer").startswith("1/5"))
        await person.press("slash", *"channel:shipped", "enter")
        await person.until(lambda: person.line("#footer").startswith("2/5"))
        await person.press("enter")
        await person.at("OrderScreen")
        await person.until(lambda: person.line("#footer").startswith("3/5"))
        await person.press("q")
        await person.until(lambda: person.line("#footer").startswith("4/5"))
        await person.press("space", "space")
        await person.until(lambda: person.line("#footer").startswith("5/5"))
        await person.press("n")
        await person.at("AskText")
        await person.press(*"hello", "enter")
        await person.at("Results")
        await person.press("enter")
        await person.says("That was it")
        assert person.app.memory.tutored
        assert "? Help" in person.line("#footer")


def test_doctor_says_what_a_terminal_can() -> None:
    def said(size: tuple[int, int] = (80, 24), **environ: str) -> dict[str, tuple[bool, str]]:
        return {found.topic: (found.ok, found.message) for found in surroundings.examine(environ, size)}

    assert said(TERM="dumb")["terminal"] == (False, "TERM=dumb cannot show the desk.")
    assert said(TERM="xterm", size=(50, 10))["terminal"][0] is False
    assert "none (NO_COLOR)" in said(TERM="xterm", NO_COLOR="1")["terminal"][1]
    assert "ASCII only" in said(TERM="xterm", LANG="de_DE.ISO-8859-1")["locale"][1]
    assert "OSC 52" in said(TERM="xterm")["clipboard"][1]
    assert "through screen" in said(TERM="screen", STY="1")["clipboard"][1]
