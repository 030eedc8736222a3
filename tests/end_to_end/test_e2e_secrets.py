"""Token and personal data after a whole tour with mishaps: only in the places that need them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from command_line import COMMAND, CommandLine
from terminal import Terminal

from bmtui.sandbox.server import SandboxServer


def texts(folder: Path, *without: str) -> dict[str, bytes]:
    """Return the bytes of all files below `folder`, except those whose path has one of the words."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(word in str(path) for word in without)
    }


def test_a_planted_token_is_found_nowhere(tmp_path: Path, marketplace: SandboxServer) -> None:
    token = marketplace.token
    bmtui = CommandLine(tmp_path / "home")
    said: list[str] = []

    def run(*words: str, code: int | None = 0, **environment: str) -> str:
        ran = bmtui(*words, **environment)
        assert code is None or ran.code == code, (words, ran)
        said.extend((ran.out, ran.err))
        return ran.out

    given = tmp_path / "given"
    given.mkdir()
    file = given / "token.txt"
    file.write_text(token)
    run(
        *("company", "add", "Shop", "--platform", "eu", "--url", marketplace.url, "--token-file", str(file)),
        *("--contact", "orders@shop.example"),
    )
    run("config", "set", "log_level=debug")
    run("orders", "download", "--since", "2000-01-01", "--wait")
    customers = [line for line in run("orders", "search", "--csv", "--limit", "40").splitlines()[1:] if "@" in line]
    mails = {cell for line in customers for cell in line.split(",") if "@" in cell}
    assert len(mails) > 10
    said.clear()

    # What says nothing about customers, and mishaps that end in messages and logs.
    run("doctor", code=None)
    run("info")
    run("info", "--json")
    run("metrics")
    run("company", "show", "--json")
    run("company", "export")
    run("audit", "list", "--json")
    run("jobs", "list", "--json")
    run("outbox", "list", "--all", "--json")
    run("company", "set", "Shop", f"token={token}", code=2)
    run("company", "set", "Shop", f"token_source={token}", code=2)
    run("company", "set", "Shop", "--token-env", token, code=2)
    marketplace_file = given / "wrong.txt"
    marketplace_file.write_text(f"{token}-wrong")
    run("company", "set", "Shop", "--token-file", str(marketplace_file))
    run("company", "test", code=5)
    run("orders", "sync", "--wait", code=None)
    run("company", "set", "Shop", "--token-file", str(file))
    run("backup", str(tmp_path / "out.sqlite"))
    crash = "from bmtui import settings; from bmtui.tui import crash; import sys, pathlib\n"
    crash += "secret = open(sys.argv[1]).read()\ntry: {}[secret]\nexcept KeyError as e: "
    crash += "print(crash.write(e, pathlib.Path(sys.argv[2])))"
    subprocess.run([sys.executable, "-c", crash, str(file), str(bmtui.home)], check=True, capture_output=True)

    worker = subprocess.Popen([*COMMAND, "worker"], env=bmtui.environment(), stderr=subprocess.PIPE, text=True)
    try:
        assert worker.stderr is not None
        said.append(worker.stderr.readline())
        said.append(Path(f"/proc/{worker.pid}/cmdline").read_bytes().decode().replace("\0", " "))
        said.append(Path(f"/proc/{worker.pid}/environ").read_bytes().decode().replace("\0", " "))
    finally:
        worker.terminate()
        worker.communicate()

    env = bmtui.environment()
    with Terminal([sys.executable, "-m", "bmtui"], env=env) as terminal:
        terminal.wait_for("by created")
        terminal.press(",")
        terminal.wait_for("Back Market enabled")
        terminal.press("G")
        terminal.wait_for("Authentication token", "never shown")
        shown = terminal.raw
        terminal.press("q", "q")

    everything = "\n".join(said)
    assert "accepts the token" in everything or "refused the token" in everything
    assert token not in everything
    assert token.encode() not in shown
    for name, content in texts(bmtui.home, "credentials").items():
        assert token.encode() not in content, name
    assert token.encode() not in (tmp_path / "out.sqlite").read_bytes()
    assert token not in " ".join(os.listdir(tmp_path))
    assert any(token.encode() in content for content in texts(bmtui.home / "credentials").values())

    # Customers are where they are needed: in the store, and nowhere else.
    for mail in mails:
        assert mail not in everything
        for name, content in texts(bmtui.home, "bmtui.sqlite").items():
            assert mail.encode() not in content, name
