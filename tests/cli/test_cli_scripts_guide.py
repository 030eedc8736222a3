"""Examples of the guide to scripts: each does what the guide says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from receivers import hook, script

from bmtui import guides
from bmtui.senders import webhook
from bmtui.senders.message import Message

GUIDE = guides.text("scripts", {})


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_every_example_of_the_shell_runs(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    order = str(stocked_bmtui.ok("orders", "search", "--json", "--limit", "1").json[0]["order_id"])
    stocked_bmtui.ok("orders", "tag", order, "--add", "seen")
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "bmtui"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m bmtui "$@"\n')
    program.chmod(0o755)
    environment = stocked_bmtui.environment()
    environment |= {"PATH": f"{folder}:{environment['PATH']}", "XDG_STATE_HOME": str(tmp_path)}
    found = examples("sh")
    assert len(found) == 4
    outputs = []
    for text in found:
        ran = subprocess.run(
            ["sh", "-eu", "-c", text], env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert ran.returncode == 0, (text, ran.stderr)
        outputs.append(ran.stdout)
    assert "order.created" in outputs[3]
    assert int((tmp_path / "bmtui-last-event").read_text()) > 1


def test_example_command_writes_to_a_chat(tmp_path: Path) -> None:
    file = script(tmp_path, examples("python")[0].partition("\n")[2])
    with hook() as receiver:
        event = '{"id": 7, "event": "order.late", "order_id": 4711}'
        subprocess.run([str(file), receiver.url], input=event, text=True, check=True, timeout=60)
        assert receiver.taken[0].json == {"text": "order.late (order 4711)"}
        receiver.answers = [500]
        failed = subprocess.run(
            [str(file), receiver.url], input=event, text=True, check=False, timeout=60, capture_output=True
        )
    assert failed.returncode != 0


async def test_example_receiver_verifies_the_signature() -> None:
    names: dict[str, Any] = {}
    exec(examples("python")[1], names)
    message = Message("evt-7", "order.late", b'{"id": 7}', "", "")
    with hook() as receiver:
        await webhook.send(receiver.url, "a secret", message, 5)
    (got,) = receiver.taken
    at = int(got.headers["Bmtui-Time"])
    assert names["is_ours"](got.headers, got.body, "a secret", at)
    assert not names["is_ours"](got.headers, got.body, "another", at)
    assert not names["is_ours"](got.headers, got.body + b" ", "a secret", at)
    assert not names["is_ours"](got.headers, got.body, "a secret", at + 600)
