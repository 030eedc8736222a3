"""Files that commands read: a named pipe is refused and not waited for; what the shell or stdin gives is read."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from command_line import COMMAND, CommandLine

from bmtui.text import plain

ROOT = Path(__file__).parents[2]
READERS = (
    ("company", "import", "PIPE"),
    ("company", "set", "Shop", "--token-file", "PIPE"),
    ("rules", "import", "PIPE"),
    ("users", "import", "PIPE"),
    ("orders", "tag", "--file", "PIPE", "--add", "x"),
    ("orders", "import-shipments", "PIPE"),
    ("returns", "import", "PIPE"),
    ("money", "costs", "PIPE"),
    ("money", "import", "PIPE"),
    ("money", "oss", "2026-Q3", "--rates", "PIPE"),
    ("moving-in", "columns", "PIPE"),
    ("moving-in", "import", "PIPE", "--yes"),
    ("moving-in", "import", "FILE", "--map-file", "PIPE", "--yes"),
    ("moving-in", "invoices", "PIPE", "--yes"),
    ("invoices", "settings", "logo=PIPE"),
    ("restore", "PIPE", "--yes"),
)


@pytest.mark.parametrize("words", READERS, ids=lambda words: "-".join(words))
def test_named_pipe_in_place_of_a_file_is_refused_at_once(
    shop_bmtui: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("order_id\n1\n")
    named = [word.replace("PIPE", str(tmp_path / "pipe")).replace("FILE", str(tmp_path / "file")) for word in words]
    refused = shop_bmtui(*named)
    assert refused.code in (2, 3), refused
    assert re.search("it is a pipe, not a file", refused.err), refused


@pytest.mark.parametrize("name", ["bmtui.toml", "care-templates.toml"])
def test_named_pipe_among_the_own_files_stops_no_command(shop_bmtui: CommandLine, name: str) -> None:
    os.mkfifo(shop_bmtui.home / name)
    refused = shop_bmtui("care", "templates")
    assert "is a pipe, not a file" in refused.err, refused


def test_pipe_of_the_shell_and_standard_input_are_read(shop_bmtui: CommandLine, tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("account,role\nroot,admin\n")
    program = " ".join((*COMMAND[:-2], "-m", "bmtui", "users", "import", "--dry-run", "--json"))
    told = set()
    for line in (f"{program} {users}", f"{program} <(cat {users})", f"cat {users} | {program} /dev/stdin"):
        done = subprocess.run(
            ["bash", "-c", line], env=shop_bmtui.environment(), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (line, done)
        told.add(plain(done.stdout))
    assert len(told) == 1


def test_files_are_read_in_the_one_way_that_never_waits() -> None:
    # Packaged files, /proc, a folder of our own, and what root has in /etc.
    own = r"resources\.files|shared_file|answers|SHAPES|proc|mountinfo|/ \"filled|source = |drawn = "
    others = {
        "desk/operations/account_checks.py",
        "desk/core/acting.py",
        "plain_file.py",
        "store/migrations/__init__.py",
    }
    found = []
    for file in sorted((ROOT / "bmtui").rglob("*.py")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            reads = re.search(r"\.read_(text|bytes)\(|\.open\(\"rb\"|[( ]open\([^)]*\"rb\"", line)
            if reads and "plain_file.read" not in line and not re.search(own, line):
                found.append(f"{file.relative_to(ROOT / 'bmtui')}:{number}")
    assert [place for place in found if place.rpartition(":")[0] not in others] == []
