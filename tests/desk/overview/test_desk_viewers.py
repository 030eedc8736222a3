"""Other viewers of an order: seen at once, and gone when their process ends."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import waiting

from bmtui.desk.core.context import Desk
from bmtui.desk.overview import viewers

OTHER = """
import sys
from dataclasses import replace
from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.overview import viewers
desk = replace(open_desk(settings.load(sys.argv[1], environ={})), actor="zoë|x(7)")
looks = viewers.begin(desk, "Shop", 5)
print("looks", looks is not None, flush=True)
sys.stdin.read()
"""


def test_viewers_of_an_order_are_named_until_they_leave(desk: Desk) -> None:
    ann, ben = (replace(desk, actor=actor) for actor in ("ann(1)", "ben(2)"))
    anns = viewers.begin(ann, "Shop", 5)
    assert anns is not None
    assert viewers.others(ann, anns) == ""
    elsewhere = viewers.begin(ben, "Shop", 6)
    bens = viewers.begin(ben, "Shop", 5)
    assert bens is not None
    assert elsewhere is not None
    assert viewers.others(ann, anns) == "ben"
    assert viewers.others(ben, bens) == "ann"
    again = viewers.begin(ann, "Shop", 5)
    assert again is not None
    assert viewers.others(ann, anns) == f"{viewers.YOU} and ben"
    for looks in (again, bens, elsewhere):
        looks.release()
    # The server notices the end of a session a moment later.
    waiting.until(lambda: viewers.others(ann, anns) == "")
    anns.release()


def test_viewer_whose_process_was_killed_is_gone(desk: Desk, home: Path) -> None:
    mine = viewers.begin(desk, "Shop", 5)
    assert mine is not None
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "looks True\n"
        assert viewers.others(desk, mine) == "zoë|x"
    finally:
        other.kill()
        other.communicate()
    # The server of a database learns of it a moment later.
    waiting.until(lambda: viewers.others(desk, mine) == "")
    mine.release()


def test_viewing_an_order_causes_no_reload_on_other_desks(desk: Desk) -> None:
    before = desk.store.change_mark()
    looks = viewers.begin(desk, "Shop", 5)
    assert looks is not None
    viewers.others(desk, looks)
    looks.release()
    assert desk.store.change_mark() == before
