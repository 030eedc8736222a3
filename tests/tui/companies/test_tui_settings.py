"""Settings: locked until edited, saved at once, lost never."""

from __future__ import annotations

from pathlib import Path

from driving import driving
from terminal import Terminal, bmtui

from bmtui.desk.companies import companies
from bmtui.desk.companies.fields import FIELDS
from bmtui.desk.core.context import Desk
from bmtui.store.models import Company
from bmtui.tui.companies.screen import SettingsScreen
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Line


async def test_settings_screen_opens_locked_and_saves_changes(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Allow Order Download" in person.seen())
        await person.press("j", "j", "space")
        await person.says("locked: press e")
        await person.press("e", "space")
        await person.until(lambda: "* [ ] off" in person.seen())
        assert companies.show(office).allow_order_download
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "Allow Order Download: true → false" in person.seen()
        await person.press("Y")
        await person.says("are saved")
        assert not companies.show(office).allow_order_download
        assert "Read-only" in person.line("#mode")


async def test_changed_settings_are_dropped_only_after_a_question(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        await person.press("e", "space", "escape")
        await person.at("Confirm")
        await person.press("enter")
        await person.at("SettingsScreen")
        assert "1 changed" in person.line("#mode")
        await person.press("escape")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: "Read-only" in person.app.top.query_one("#mode", Line).text)
        assert companies.show(office).enabled


async def test_settings_screen_does_not_overwrite_settings_saved_meanwhile(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        await person.press("e", "space")
        Company.update(version=Company.version + 1).execute()
        await person.press("w")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: "Changed meanwhile" in person.seen())
        await person.press("enter")
        await person.at("SettingsScreen")
        assert "1 changed" in person.line("#mode")
        await person.press("w")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("are saved")


def below(name: str) -> int:
    """Return the number of settings above a setting."""
    return [field.name for field in FIELDS].index(name)


async def test_invalid_setting_is_refused_in_its_field_and_stays(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        await person.press(*"j" * below("time_zone"), "e", "enter")
        await person.at("AskText")
        dialog = person.app.screen
        await person.press("ctrl+u", *"Nowhere", "enter")
        await person.until(lambda: "There is no time zone 'Nowhere'" in person.words)
        assert person.app.screen is dialog
        assert person.app.focused is dialog.query_one(Entry)
        assert dialog.query_one(Entry).entered == "Nowhere"
        await person.press("ctrl+u", *"Europe/Berlin", "enter")
        await person.at("SettingsScreen")
        assert "* Europe/Berlin" in person.seen()


async def test_setting_refused_on_saving_keeps_its_text_and_gets_the_cursor(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        await person.press(*"j" * below("market"), "e", "enter")
        await person.at("AskText")
        await person.press("ctrl+u", *"nowhere", "enter")
        await person.at("SettingsScreen")
        await person.press("g")
        screen = person.app.screen
        assert isinstance(screen, SettingsScreen)
        assert (row := screen.table.current) is not None
        assert row.name == FIELDS[0].name
        await person.press("w")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: "'nowhere' is not a market" in person.words)
        assert (row := screen.table.current) is not None
        assert row.name == "market"
        assert screen.value_of(FIELDS[below("market")]) == "nowhere"
        assert companies.show(office).market != "nowhere"


async def test_the_token_is_never_shown(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        token = (office.settings.credentials).glob("*")
        for file in token:
            assert file.read_text().strip() not in person.seen()
        await person.press(*"j" * below("token"), "e", "enter")
        await person.at("AskText")
        await person.press(*"secret")
        assert "secret" not in person.seen()
        await person.press("enter")
        await person.at("SettingsScreen")
        assert "••••" in person.seen()


def test_settings_edited_in_an_editor_open_again_until_they_can_be_read(
    office: Desk, home: Path, tmp_path: Path
) -> None:
    """Edit the settings on a real terminal; the script of an editor forgets a quote the first time."""
    script = tmp_path / "editor"
    script.write_text(
        '#!/bin/sh\nif [ -e "$0.once" ]; then sed -i \'s/^soon_hours.*/soon_hours = 7/\' "$1"\n'
        'else touch "$0.once"; sed -i \'s/^soon_hours.*/soon_hours = "7/\' "$1"; fi\n'
    )
    script.chmod(0o700)
    with Terminal(bmtui(home), env={"VISUAL": str(script)}) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until(",", lambda: "Read-only" in terminal.text)
        terminal.press("v")
        terminal.wait_for("Your text cannot be used as it is")
        terminal.press_until("enter", lambda: "Save the settings of Shop?" in terminal.text)
        assert "Soon, hours: 4 → 7" in terminal.text
        terminal.press_until("Y", lambda: "are saved" in terminal.text)
    assert companies.show(office).soon_hours == 7
