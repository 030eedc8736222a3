"""Texts of several lines in the person's own editor, which has the terminal meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from driving import driving
from terminal import Terminal, bmtui

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search


@pytest.mark.parametrize(
    ("editor", "said"),
    [("/nowhere/editor", "cannot be run"), ("false", "ended with 1")],
)
def test_desk_is_shown_again_after_an_editor_failed(home: Path, editor: str, said: str) -> None:
    env = {**os.environ, "VISUAL": "", "EDITOR": editor}
    with Terminal(bmtui(home), env=env) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press("n")
        terminal.wait_for("In your editor")
        terminal.press("ctrl+o")
        terminal.wait_for(said, "In your editor")
        terminal.press("escape")
        terminal.wait_until(lambda: "In your editor" not in terminal.text, "the list")
        terminal.press("q")
        assert terminal.wait_exit() == 0


async def test_note_is_written_in_the_persons_own_editor(
    office: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nprintf "two\\nlines\\n" > "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    async with driving(office) as person:
        first = search.page(office, "").rows[0]
        app = person.app

        async def in_editor(text: str, name: str) -> str:
            # Without a terminal there is nothing to give back and to take again.
            from bmtui import editor

            return editor.edit(text, name)

        app.in_editor = in_editor  # type: ignore[method-assign]
        await person.press("n")
        await person.at("AskText")
        await person.press("ctrl+o")
        await person.says("The note is stored")
        from bmtui.desk.overview import order as overview

        assert overview.show(office, first.order_id).notes[-1].text == "two\nlines"
        assert "VISUAL" in os.environ
