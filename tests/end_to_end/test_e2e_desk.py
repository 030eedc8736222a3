"""Main tasks by keys in `bmtui demo`, in a real pseudo-terminal of 80×24."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from terminal import Terminal


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    """The demo on a terminal, its first download done."""
    environment = CommandLine(tmp_path / "home").environment(TERM="xterm-256color", COLUMNS="", LINES="")
    with Terminal([sys.executable, "-m", "bmtui", "demo"], env=environment) as terminal:
        terminal.wait_for("SANDBOX", "of 195")
        yield terminal


@pytest.mark.parametrize("words", [("demo", "--mouse"), ("--mouse", "demo"), ("demo",)])
def test_demo_uses_the_mouse_only_with_the_option(tmp_path: Path, words: tuple[str, ...]) -> None:
    environment = CommandLine(tmp_path / "home").environment(TERM="xterm-256color", COLUMNS="", LINES="")
    command = [sys.executable, "-m", "bmtui", *words, *("--orders", "20")]
    with Terminal(command, env=environment) as terminal:
        terminal.wait_for("SANDBOX", "q Quit")
        assert (b"\x1b[?1000h" in terminal.raw) == ("--mouse" in words)


def marketplace(terminal: Terminal, path: str) -> Any:
    """Return the answer of the demo's marketplace to a testers' route."""
    found = re.search(rb"answers at (http://[0-9.:]+)", terminal.raw)
    assert found is not None
    with urllib.request.urlopen(f"{found[1].decode()}/_sandbox/{path}") as answer:
        return json.load(answer)


def find(terminal: Terminal, query: str) -> int:
    """Type a query and open its first order; returns its number."""
    # All at once, as over a slow line (ctrl+u empties the query): no key may act on what is about to go.
    terminal.type(f"/\x15{query}\r\r")
    terminal.wait_for("1 Summary")
    found = re.search(r"^Order (\d+)", terminal.text, re.MULTILINE)
    assert found is not None, terminal.text
    return int(found[1])


def leave(terminal: Terminal, shown: str) -> None:
    """Leave a dialog by Escape, pressed again until it is heard: a new dialog ignores keys for a moment."""
    terminal.press_until("escape", lambda: shown not in terminal.text)


def quit_demo(terminal: Terminal) -> None:
    """Leave a demo, which asks first: its data are deleted."""
    terminal.press_until("q", lambda: "Leave the demo?" in terminal.text)
    terminal.wait_for("all its data are deleted", "bmtui demo --keep DIR")
    terminal.press_until("enter", lambda: "Leave the demo?" not in terminal.text)
    terminal.press_until("q", lambda: "Leave the demo?" in terminal.text)
    terminal.press_until("Y", lambda: terminal.process.poll() is not None)
    assert terminal.wait_exit() == 0


def test_a_person_downloads_finds_refunds_and_cancels_by_keys(demo: Terminal) -> None:
    order = find(demo, "channel:shipped payment:charged")

    # Issue Refund: all of the first line, on Back Market.
    demo.press("r")
    demo.wait_for("Issue Refund", "Operation Type", "Refund on Back Market", "Refund Method", "Reference Number")
    demo.type("10")
    demo.wait_for("10.00 this refund")
    demo.press("ctrl+s")
    demo.wait_for("/ws/sav/refund", '"refund_type": 6', "Partially Refunded")
    # Enter on the review sends nothing: the safe choice has the focus.
    demo.press_until("enter", lambda: "/ws/sav/refund" not in demo.text)
    assert marketplace(demo, "effects") == []
    demo.press_until("ctrl+s", lambda: "/ws/sav/refund" in demo.text)
    demo.press_until("Y", lambda: "/ws/sav/refund" not in demo.text)
    demo.wait_for(f"Refund of order {order}: Completed.")
    demo.press_until("5", lambda: "Confirmed" in demo.text)
    (effect,) = marketplace(demo, "effects")
    assert (effect["order_id"], effect["kind"], effect["amount"]) == (order, "refund_amount", "10.00")

    # The jobs panel knows it, with its log.
    demo.press("J")
    demo.wait_for("Jobs", "Refund", "Completed", "Order download")
    demo.press("enter")
    demo.wait_for("/ws/sav/refund")
    demo.press("escape")
    demo.wait_for("newest first")
    demo.press("escape")
    demo.wait_for(f"Order {order}")
    demo.press("escape")
    demo.wait_for("channel:shipped payment:charged", "Enter Open")

    # Cancel Order Internally: an unshipped order; Back Market is not told.
    waiting = find(demo, "channel:toship shipping:unshipped")
    demo.press("c")
    demo.wait_for("Cancel Order Internally", "New Status", "Nothing is sent to Back Market", "still expects")
    demo.press("enter")
    demo.press_until("ctrl+s", lambda: "New Status" not in demo.text)
    demo.press_until("1", lambda: "Cancelled · Unshipped" in demo.text)
    demo.wait_for("Cancelled · Unshipped")
    assert len(marketplace(demo, "effects")) == 1
    assert next(entry for entry in marketplace(demo, "orders") if entry["order_id"] == waiting)["state"] == 3

    # While nothing happens, nothing is sent to the terminal.
    demo.quiet(1.5)
    before = demo.received
    assert not demo.read(3.0)
    assert demo.received == before

    demo.press("escape")
    demo.wait_for("Enter Open")
    quit_demo(demo)
    assert "Traceback" not in demo.raw.decode(errors="replace")


def test_shipped_order_by_keys_is_not_cancelled_but_returned_in_an_rma(demo: Terminal) -> None:
    order = find(demo, "shipping:fully")
    demo.press("c")
    demo.wait_for(f"Order {order} was shipped: handle its return in an RMA", "Nothing is sent to Back Market")
    leave(demo, "Create RMA")
    demo.wait_for("Fully Shipped")


def test_settings_open_read_only_and_a_toggle_is_saved(demo: Terminal) -> None:
    demo.press(",")
    demo.wait_for("Allow Order Download", "Allow Fulfillment Upload", "Enable IMEI# Update On Orders", "Read-only")
    demo.press("j", "j", "space")
    demo.wait_for("[x] on")
    demo.press("e")
    demo.wait_gone("Read-only")
    demo.press("space")
    demo.wait_for("[ ] off")
    demo.press("ctrl+s")
    demo.wait_for("Allow Order Download: true → false")
    # Enter on what is asked saves nothing: the safe choice has the focus.
    demo.press_until("enter", lambda: "Save the settings" not in demo.text)
    demo.wait_for("1 changed")
    demo.press_until("ctrl+s", lambda: "Save the settings" in demo.text)
    demo.press_until("Y", lambda: "Save the settings" not in demo.text)
    demo.wait_for("Read-only", "[ ] off")
    demo.press("escape")
    demo.wait_for("Enter Open")
    demo.press("D")
    demo.wait_for("Start Date")
    demo.press("ctrl+s")
    demo.wait_for("is off for Demo")


def test_help_names_the_keys_and_a_small_terminal_does_not_crash(demo: Terminal) -> None:
    demo.press("?")
    demo.wait_for("Keys of this screen")
    leave(demo, "Keys of this screen")
    demo.resize(60, 20)
    demo.wait_for("Order ")
    demo.press("j", "j", "enter")
    demo.wait_for("1 Summary")
    demo.press("c")
    demo.wait_for("Cancel Order Internally")
    demo.resize(120, 40)
    demo.wait_for("c Cancel", "New Status")
    leave(demo, "New Status")
    demo.press_until("q", lambda: "Enter Open" in demo.text)
    quit_demo(demo)
