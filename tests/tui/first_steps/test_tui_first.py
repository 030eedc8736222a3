"""First minutes: the guide to a company or the demo, the tutorial, and doctor's checks of a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from driving import Driver, driving
from terminal import Terminal, bmtui

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.tui import terminal_checks
from bmtui.tui.widgets.form import Entry

PHONES = "channel:to_ship status:in_process shipping:unshipped sku:PHN*"


def told(person: Driver) -> str:
    """Return the text of the tutorial, or "" when it is over."""
    return person.app.tutorial.text if person.app.tutorial else ""


async def test_tutorial_leads_through_a_shift_step_by_step(office: Desk) -> None:
    office = replace(office, undo=True)
    seen = {row.order_id: overview.show(office, row.order_id) for row in search.page(office, PHONES, limit=50).rows}
    packed = next(
        number
        for number, view in seen.items()
        if len(view.lines) == 1 and view.lines[0].quantity == 1 and not view.is_backship
    )
    async with driving(office) as person:
        await person.until(lambda: bool(person.app.companies))

        async def step(number: int) -> None:
            # A long message may stand in the footer until the next key.
            await person.until(lambda: told(person).startswith(f"{number}/8"))

        await person.press("ctrl+y")
        await step(1)
        await person.press("slash", *"channel:to_accept sku:PHN*", "enter")
        await step(2)
        await person.press("a")
        await person.at("Confirm")
        await person.press("Y")
        await step(3)
        await person.press("X")
        await person.at("AskText")
        await person.press("enter")
        await person.at("ScanScreen")
        await step(4)
        for code in (str(packed), "356938035643809", "1Z999AA10123456784"):
            await person.press(*code, "enter")
            await person.settled()
        await person.until(lambda: "BM-YES if" in person.seen() or "5/8" in person.line("#footer"))
        if "BM-YES if" in person.seen():
            await person.press(*"BM-YES", "enter")
        await step(5)
        await person.press("escape")
        await person.at("SearchScreen")
        await person.press("escape", "slash", *"channel:shipped payment:charged", "enter")
        await step(6)
        await person.press("r")
        await person.at("Refund")
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await step(7)
        await person.press("u")
        await step(8)
        await person.press("full_stop")
        await person.says("That was a shift")
        assert person.app.memory.tutored
        assert "? Help" in person.line("#footer")


async def test_the_tutorial_ends_with_the_key_that_began_it(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("ctrl+y")
        await person.until(lambda: person.line("#footer").startswith("1/8"))
        await person.says("the same key ends the tutorial")
        await person.press("ctrl+y")
        await person.says("The tutorial is over")
        await person.until(lambda: "Help" in person.line("#footer"))


def test_doctor_lists_the_abilities_of_the_terminal() -> None:
    def said(size: tuple[int, int] = (80, 24), **environ: str) -> dict[str, tuple[bool, str]]:
        return {found.topic: (found.ok, found.message) for found in terminal_checks.examine(environ, size)}

    assert said(TERM="dumb")["terminal"] == (False, "TERM=dumb cannot show the desk.")
    assert said(TERM="xterm", size=(50, 10))["terminal"][0] is False
    assert "none (NO_COLOR)" in said(TERM="xterm", NO_COLOR="1")["terminal"][1]
    assert "ASCII only" in said(TERM="xterm", LANG="de_DE.ISO-8859-1")["locale"][1]
    assert "OSC 52" in said(TERM="xterm")["clipboard"][1]
    assert "through screen" in said(TERM="screen", STY="1")["clipboard"][1]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_doctor_says_that_tmux_keeps_escape_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmux = ("tmux", "-f", "/dev/null", "-S", str(tmp_path / "tmux"))
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], check=True)
    try:
        # What tmux tells the programs that it runs.
        monkeypatch.setenv("TMUX", f"{tmp_path / 'tmux'},1,0")

        def keys() -> list[str]:
            return [one.message for one in terminal_checks.examine(os.environ, (80, 24)) if one.topic == "keys"]

        subprocess.run([*tmux, "set-option", "-s", "escape-time", "500"], check=True)
        (said,) = keys()
        assert "delays Esc by 500 ms" in said
        subprocess.run([*tmux, "set-option", "-s", "escape-time", "20"], check=True)
        assert keys() == []
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)


# A desk without a company


async def asked(person: Driver, url: str, token: str = "") -> None:
    """Choose to connect a company on the welcome screen, fill the form, and save."""
    await person.at("Welcome")
    await person.press("a")
    await person.at("Form")
    for field in ("Shop", "", "orders@shop.example", token, url):
        await person.press(*field, "tab")
    await person.press("ctrl+s")


async def test_a_company_is_added_in_the_desk_and_its_orders_can_be_downloaded(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=5)) as server:
        async with driving(desk) as person:
            await asked(person, server.url)
            await person.until(lambda: "A company needs its token" in person.seen())
            person.app.screen.query_one("#token", Entry).value = server.token
            await person.until(lambda: "•••" in person.seen())
            assert server.token not in person.seen()
            await person.press("ctrl+s")
            await person.at("Download")
            assert "accepts the token" in person.status
            await person.press("ctrl+s")
            await person.says("downloads the orders of Shop")
            await person.press("b")
            await person.says("There is a company already")
    (added,) = companies.listing(desk)
    assert (added.name, added.platform, added.url, added.contact) == ("Shop", "eu", server.url, "orders@shop.example")


async def test_refused_token_of_a_new_company_is_shown_and_the_company_stays(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=5)) as server:
        async with driving(desk) as person:
            await asked(person, server.url, "wrong")
            await person.until(lambda: "refused the token" in person.seen())
            # Where it is mended, and nothing that goes on no more.
            assert "Store a new one with Settings (,)" in " ".join(person.seen().replace("│", "").split())
            assert "Shop is added, and not connected yet" in person.status
            await person.press("enter", "comma")
            await person.at("SettingsScreen")
            await person.press("t")
            await person.at("Notice")
            assert person.status == ""
    assert [view.name for view in companies.listing(desk)] == ["Shop"]


async def test_first_guide_on_a_read_only_desk_adds_no_company(desk: Desk) -> None:
    async with driving(replace(desk, read_only=True)) as person:
        await person.at("Welcome")
        assert "Not now: This desk is read-only" in person.seen()
        await person.press("a")
        await person.at("Welcome")
        await person.press("g")
        await person.at("Guides")
        await person.press("escape")
        await person.at("Welcome")
        await person.press("enter")
        await person.at("SearchScreen")
        await person.press("b")
        await person.at("Welcome")


async def test_first_guide_does_not_open_once_there_is_a_company(office: Desk) -> None:
    async with driving(office) as person:
        await person.until(lambda: bool(person.app.companies))
        assert type(person.app.screen).__name__ == "SearchScreen"


def test_demo_key_on_the_first_start_opens_a_desk_with_orders(tmp_path: Path) -> None:
    with Terminal(bmtui(tmp_path / "empty")) as terminal:
        terminal.wait_for("Welcome to bmtui", "d Demo")
        terminal.press("d")
        terminal.wait_for("SANDBOX", "New here? ^y", "1–17 of", timeout_s=60)
        terminal.press_until("q", lambda: "Leave the demo?" in terminal.text)
        terminal.press_until("Y", lambda: terminal.process.poll() is not None)
        assert terminal.wait_exit() == 0
        assert "The practice marketplace is gone" in terminal.text
