"""Runs of `mutate.py` on a small project: what its tests notice, by whichever way they reach the fault, is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PRICES = """
from functools import cache
VAT = 20
def gross(net):
    return net + net * VAT // 100
def unused(net):
    return net + 1
@cache
def limit():
    return 7
def free(net):
    while net > 3:
        net -= 4
    return net
"""
LATE = """
def twice(net):
    return net * 2
"""
TESTS = """
import subprocess, sys
from bmtui.prices import gross, free, limit
def test_price():
    assert gross(100) == 120
def test_limit_is_a_number():
    assert limit()
def test_limit():
    assert limit() == 7
def test_rest():
    assert free(9) == 1
def test_process():
    code = "import sys; from bmtui.late import twice; sys.exit(twice(4))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 8
"""
CONFTEST = """
import gc
def pytest_collection_finish():
    gc.collect()
    gc.freeze()
"""
RUN = """
import sys
from pathlib import Path
import forked_tests, mutate
# None of what the program needs is needed here.
forked_tests._HEAVY = ()
forked_tests.ROOT = mutate.ROOT = Path(sys.argv.pop(1))
mutate.SUBJECTS = {"prices": ("bmtui", "tests")}
sys.exit(mutate.main())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    texts = {"prices": PRICES, "late": LATE}
    files = {f"bmtui/{name}.py": text for name, text in texts.items()}
    for name, text in (files | {"tests/conftest.py": CONFTEST, "tests/test_prices.py": TESTS}).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    return tmp_path


def mutate(project: Path, *options: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", RUN, str(project), "prices", *options]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_only_faults_that_no_test_notices_are_told_when_all_are_planted(project: Path) -> None:
    code, told = mutate(project)
    survived = sorted(line.split(": ", 1)[1] for line in told if "survived" in line)
    assert survived == [
        "bmtui/prices.py:12: free: 3 → 4",
        "bmtui/prices.py:12: free: net > 3 → net >= 3",
        "bmtui/prices.py:7: unused: 1 → 2",
        "bmtui/prices.py:7: unused: net + 1 → net - 1",
        "bmtui/prices.py:7: unused: return net + 1 → return None",
    ]
    assert (code, told[-1]) == (1, "ALL: 13 of 18 faults found, 72.2 %")


def test_a_bounded_run_ends_and_tells_what_it_tried_when_the_time_is_short(project: Path) -> None:
    assert mutate(project, "--seconds", "0")[1] == [
        "prices: 0 of 0 faults found, none planted (18 were chosen)",
        "No fault was planted: no line of these modules changed, or the time was over.",
    ]
    _, told = mutate(project, "--sample", "2", "--seed", "3")
    assert " of 2 faults found, " in told[-1]


def test_only_changed_lines_are_planted_since_a_commit(project: Path) -> None:
    def git(*words: str) -> None:
        person = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *person, *words], cwd=project, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "begin")
    assert mutate(project, "--since", "HEAD", "--seconds", "60")[1][-1].startswith("No fault was planted")
    prices = project / "bmtui" / "prices.py"
    prices.write_text(PRICES.replace("net * VAT // 100", "net * VAT // 100 + 0"), encoding="utf-8")
    code, told = mutate(project, "--since", "HEAD", "--seconds", "60")
    assert told == [
        "  survived: bmtui/prices.py:5: gross: net + net * VAT // 100 + 0 → net + net * VAT // 100 - 0",
        "prices: 6 of 7 faults found, 85.7 % (7 were chosen)",
        "ALL: 6 of 7 faults found, 85.7 %",
    ]
    assert code == 1


def test_what_tests_reach_is_kept_until_they_or_the_program_change(project: Path, tmp_path: Path) -> None:
    ran, tests = tmp_path / "ran", project / "tests"
    counting = f"from bmtui.prices import gross\ndef test_ran():\n    open({str(ran)!r}, 'a').write(str(gross(5)))\n"
    (tests / "test_counting.py").write_text(counting, encoding="utf-8")

    def learn() -> tuple[str, str]:
        code, told = mutate(project, "--unreached", "--keep", str(tmp_path / "kept"))
        assert code == 0
        return told[-1], ran.read_text(encoding="utf-8")

    unreached = "prices: {} statements are reached by no test"
    assert [learn(), learn()] == [(unreached.format(2), "6")] * 2
    unused = "from bmtui.prices import unused\ndef test_unused():\n    assert unused(1) == 2\n"
    (tests / "test_unused.py").write_text(unused, encoding="utf-8")
    assert learn() == (unreached.format(1), "6")
    (tests / "test_counting.py").write_text(counting + "# Changed.\n", encoding="utf-8")
    assert learn() == (unreached.format(1), "66")
    for helper in (project / "bmtui" / "prices.py", tests / "helpers.py"):
        with open(helper, "a", encoding="utf-8") as file:
            file.write("# Changed.\n")
        before = ran.read_text(encoding="utf-8")
        assert learn() == (unreached.format(1), before + "6")
    code, told = mutate(project, "--keep", str(tmp_path / "kept"))
    assert (code, told[-1]) == (1, "ALL: 16 of 18 faults found, 88.9 %")


def test_a_run_refuses_when_the_tests_fail_without_any_fault(project: Path) -> None:
    with open(project / "tests" / "test_prices.py", "a", encoding="utf-8") as file:
        file.write("def test_wrong():\n    assert gross(100) == 121\n")
    command = [sys.executable, "-c", RUN, str(project), "prices"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "assert gross(100) == 121" in done.stdout
    assert done.stderr == "prices: its tests fail without any fault.\n"
