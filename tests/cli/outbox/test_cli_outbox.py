"""Outbox by command: list, take back, pause, and settle with the evidence shown."""

from __future__ import annotations

import os
import pty
import re
import subprocess

import pytest
from command_line import COMMAND, CommandLine
from helpers import of_marketplace

from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def order_id(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> str:
    """Return the number of a shipped order of one line."""
    return str(of_marketplace(marketplace, 3)["order_id"])


def typed(bmtui: CommandLine, *words: str, prompt: str, answer: str) -> tuple[int, str]:
    """Run a command on a terminal and answer its prompt; return the exit code and the text that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=bmtui.environment()
    )
    os.close(theirs)
    shown = ""
    while prompt not in shown:
        shown += os.read(ours, 4096).decode()
    os.write(ours, answer.encode())
    with process:
        out, _ = process.communicate()
    os.close(ours)
    return process.returncode, shown + out.decode()


def test_refund_confirmed_at_a_prompt_can_be_withdrawn_and_a_script_sends_at_once(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, order_id: str
) -> None:
    code, shown = typed(stocked_bmtui, "orders", "refund", order_id, prompt="[y/N]", answer="y\n")
    assert code == 0
    (named,) = re.findall(r"outbox withdraw (\d+)'", shown)
    stocked_bmtui.ok("worker", "--once")
    assert marketplace.marketplace.effects == []
    assert stocked_bmtui.ok("outbox", "withdraw", named, "--json").json["state"] == "withdrawn"
    stocked_bmtui.ok("orders", "refund", order_id, "--yes")
    stocked_bmtui.ok("worker", "--once")
    assert len(marketplace.marketplace.effects) == 1
    shown_one = stocked_bmtui.ok("outbox", "show", str(int(named) + 1), "--now", "--json").json
    assert (shown_one["state"], shown_one["attempts"]) == ("confirmed", 1)
    assert "Refunded after shipping" in shown_one["now"]


def test_writes_while_sending_is_paused_wait_until_it_is_resumed(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, order_id: str
) -> None:
    assert stocked_bmtui.ok("outbox", "pause", "strange refunds", "--json").json["reason"] == "strange refunds"
    assert stocked_bmtui("outbox", "pause").code == 3
    ran = stocked_bmtui("orders", "refund", order_id, "--yes", "--wait")
    assert (ran.code, marketplace.marketplace.effects) == (3, [])
    assert "strange refunds" in ran.err
    doctor = stocked_bmtui("doctor")
    assert (doctor.code, "strange refunds" in doctor.out) == (1, True)
    assert stocked_bmtui.ok("outbox", "resume", "--json").json == {"waiting": 1}
    assert stocked_bmtui("outbox", "resume").code == 3
    stocked_bmtui.ok("worker", "--once")
    assert len(marketplace.marketplace.effects) == 1


def test_a_lost_outcome_is_settled_in_three_keystrokes_with_the_evidence_shown(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, order_id: str
) -> None:
    marketplace.faults.rules = [Rule("drop", method="POST", path="/ws/sav", count=1)]
    assert stocked_bmtui("orders", "refund", order_id, "--amount", "7", "--yes", "--wait").code == 7
    (waiting,) = stocked_bmtui.ok("outbox", "list", "--json").json
    effect = str(waiting["effect_id"])
    assert stocked_bmtui("outbox", "settle", effect).code == 2
    left = typed(stocked_bmtui, "outbox", "settle", effect, prompt="leaves it open", answer="\n")
    assert left[0] == 3
    code, shown = typed(stocked_bmtui, "outbox", "settle", effect, prompt="leaves it open", answer="d\n")
    assert code == 0
    for evidence in ("/ws/sav/refund", "orderline_pk", "Sent", "Back Market shows"):
        assert evidence in shown
    # What is known is not said twice.
    assert shown.count("Back Market shows") == 1
    assert "Now        the same" in shown
    # To a person the outbox and the order say the same; what scripts read stays as it is.
    assert ": Failed." in shown
    assert stocked_bmtui.ok("outbox", "show", effect, "--json").json["state"] == "rejected"
    assert stocked_bmtui.ok("outbox", "list", "--json").json == []
    order = stocked_bmtui.ok("orders", "show", order_id, "--json").json
    assert (order["refundable"], order["refunds"][0]["state"]) == (order["received"], "failed")


def test_jobs_are_held_released_and_prioritised(stocked_bmtui: CommandLine, order_id: str) -> None:
    stocked_bmtui.ok("orders", "refund", order_id, "--yes")
    (job, *_) = stocked_bmtui.ok("jobs", "list", "--type", "refund", "--json").json
    number = str(job["job_id"])
    assert stocked_bmtui.ok("jobs", "hold", number, "--json").json["status"] == "on_hold"
    stocked_bmtui.ok("worker", "--once")
    held = stocked_bmtui.ok("jobs", "priority", number, "critical", "--json").json
    assert (held["status"], held["priority"], held["effects"][0]["state"]) == ("on_hold", "critical", "planned")
    stocked_bmtui.ok("jobs", "release", number, "--json")
    stocked_bmtui.ok("worker", "--once")
    done = stocked_bmtui.ok("jobs", "show", number, "--json").json
    assert (done["status"], done["effects"][0]["state"]) == ("completed", "confirmed")
    assert stocked_bmtui("jobs", "hold", number).code == 3
