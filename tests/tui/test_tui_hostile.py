"""Hostile texts of a marketplace: only the screens' own control sequences reach the terminal.

BMTUI_HOSTILE=100000 python -m pytest tests/tui/test_tui_hostile.py     # all of them; a part is enough every day
"""

from __future__ import annotations

import math
import os
import random
import re
import unicodedata
from pathlib import Path

from rich.cells import cell_len
from terminal import Terminal, bmtui

from bmtui.desk.core.context import Desk
from bmtui.store.models import Note, Order, OrderLine
from bmtui.tui.widgets.locale_format import Local
from bmtui.tui.widgets.text import cut, fit, strip_of, wrap

COUNT = int(os.environ.get("BMTUI_HOSTILE", "4000"))
AN_ORDER, A_NOTE = 4000, 50
"""Number of texts in the notes of an order, and in a single note."""
LEFT = re.compile(r"↓ (\d+) more")
PIECES = (
    *("\x1b[2J", "\x1b]52;c;AAAA\x07", "\x1b]0;title\x07", "\x1bP+q\x1b\\", "\x9b31m", "\x1b[?1049l", "\x1b[6n"),
    *("\r", "\n", "\t", "\x08", "\x7f", "\x00", "\x0e", "\u202e", "\u2066", "\u200f", "\u2028", "\ufeff", "\ud800"),
    *("[/b]", "[red]", "[link=http://x]y[/link]", "{{x}}", "%s", "';--", "花子", "e\u0301", "👩‍👩‍👧", "ﷺ", "Ω", "ß"),
    *("Marie", "O'Neill", "a" * 300, " ", "\u00a0", "\u3000", "\U000e0041", "\x85", "\x1b\x1b\x1b["),
)


def hostile(seed: int) -> list[str]:
    chance = random.Random(seed)
    texts = []
    for _ in range(COUNT):
        pieces = [chance.choice(PIECES) for _ in range(chance.randrange(1, 6))]
        pieces += [chr(chance.randrange(0x110000)) for _ in range(chance.randrange(0, 4))]
        chance.shuffle(pieces)
        texts.append("".join(pieces))
    return texts


def harmless(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs") or char in "\u202e\u2066\u200f\u2028" for char in text)


def test_hostile_text_adds_no_control_character_and_keeps_its_width() -> None:
    local = Local()
    local.ascii = True
    for number, text in enumerate(hostile(8)):
        width = number % 40 + 1
        drawn = strip_of([(text, ""), (text, "bad")], width)
        shown = "".join(segment.text for segment in drawn)
        assert harmless(shown), ascii(text)
        assert cell_len(shown) == width, ascii(text)
        assert harmless(fit(text, width))
        assert cell_len(fit(text, width)) == width, ascii(text)
        assert cell_len(cut(fit(text, 50).rstrip(), width)) <= width
        assert all(harmless(line) for line in wrap(text, width))
        assert local.shown(fit(text, width)).isascii()


OWN = re.compile(
    rb"\x1b\[[0-9;]*[HmJKABCDX]|\x1b[DM]|\x1b\[\?[0-9;]*[hl]|\x1b\[[<>=?][0-9;]*[a-z$]+|\x1b\[[0-9;]*[a-z]"
    rb"|\x1b\[\?[0-9;]*\$p|\x1b[()][0B]|\x1b\]22;[a-z-]*\x07"
)
"""Pattern of the control sequences that the screens themselves send."""


def test_orders_of_hostile_buyers_leave_only_our_own_sequences_on_the_wire(office: Desk, home: Path) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in hostile(9)]
    with office.store.transaction():
        for number, row in enumerate(Order.select().order_by(Order.created_at.desc()).limit(40)):
            name, mail, phone, tracking = texts[number * 4 : number * 4 + 4]
            Order.update(
                customer_name=name, customer_email=mail, customer_phone=phone, tracking_number=tracking,
                ship_to={"first_name": name, "street": mail}, status="in_process",
            ).where(Order.id == row.id).execute()  # fmt: skip
            OrderLine.update(sku=mail, product=name, imei=phone).where(OrderLine.order == row).execute()
            Note.create(order=row, at=office.now(), made_by=phone, text=f"{name}\n{mail}")
    office.store.close()
    with Terminal(bmtui(home, "--read-only"), columns=120, rows=40) as terminal:
        terminal.wait_for("q Quit")
        terminal.quiet(0.5)
        for key in ("v", "pagedown", "enter", "G", "q", "?", "escape"):
            terminal.press(key)
            terminal.quiet(0.4)
        nothing_foreign(terminal.raw)


def nothing_foreign(sent: bytes) -> None:
    rest = OWN.sub(b"", sent)
    foreign = sorted({byte for byte in rest if byte < 32 and byte not in b"\r\n"} | ({127} & set(rest)))
    assert foreign == [], [rest[max(at - 20, 0) : at + 20] for at in (rest.find(bytes([byte])) for byte in foreign)]
    assert not re.search("[\x80-\x9f\u202e\u2066\u200f]", rest.decode("utf-8", "replace"))


def below(terminal: Terminal) -> list[str]:
    """Return the number of lines below, from the last line of a text; an empty list at its end."""
    return LEFT.findall(terminal.lines[-3])[-1:]


def test_pages_of_hostile_notes_send_no_foreign_sequence(office: Desk, home: Path) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in hostile(10)]
    rows = list(Order.select().order_by(Order.created_at.desc()).limit(math.ceil(COUNT / AN_ORDER)))
    with office.store.transaction():
        for number, row in enumerate(rows):
            mine = texts[number * AN_ORDER : (number + 1) * AN_ORDER]
            for at in range(0, len(mine), A_NOTE):
                Note.create(order=row, at=office.now(), made_by="x", text=" ".join(mine[at : at + A_NOTE]))
    office.store.close()
    shown = 0
    with Terminal(bmtui(home, "--read-only"), columns=200, rows=100) as terminal:
        terminal.wait_for("q Quit", "1–93 of")
        for number in range(len(rows)):
            terminal.press(*["j"] * (number > 0), "enter")
            terminal.wait_for("1 Summary", "q Back")
            terminal.quiet(0.1)
            while left := below(terminal):
                nothing_foreign(terminal.raw)
                shown, terminal.raw = shown + len(terminal.raw), b""
                terminal.press("pagedown")
                terminal.wait_until(lambda left=left: below(terminal) != left, "the next page")  # type: ignore[misc]
                terminal.quiet(0.01)
            nothing_foreign(terminal.raw)
            terminal.press("q")
            terminal.wait_for("q Quit", "1–93 of")
    # Far more than the screens' own words: the texts were really there.
    assert shown > 20 * COUNT
