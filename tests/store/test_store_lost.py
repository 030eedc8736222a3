"""Store that is missing beside tokens of companies: reported as damage, not replaced by a new one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import add_company

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.operations import backups, doctor
from bmtui.errors import StoreError

pytestmark = pytest.mark.sqlite_only


def test_a_lost_store_beside_tokens_stops_and_comes_back_from_a_backup(tmp_path: Path) -> None:
    home = settings.load(str(tmp_path), environ={})
    desk = open_desk(home)
    add_company(desk, "Shop")
    backups.write(desk, tmp_path / "backup")
    desk.store.close()
    store = tmp_path / "bmtui.sqlite"
    for lost in (lambda: store.write_bytes(b""), store.unlink):
        lost()
        before = store.exists()
        with pytest.raises(StoreError, match=r"tokens of 1 company are in .*: the store was lost") as caught:
            open_desk(home)
        assert store.exists() == before
        (finding, *_) = doctor.without_store(home, caught.value)
        assert not finding.ok
        assert "'bmtui restore FILE'" in finding.advice
    backups.restore(home, tmp_path / "backup")
    desk = open_desk(home)
    assert asyncio.run(desk.read(lambda opened: opened.company_row().name)) == "Shop"
    desk.store.close()


@pytest.mark.slow
def test_doctor_says_that_the_store_was_lost(tmp_path: Path) -> None:
    desk = open_desk(settings.load(str(tmp_path), environ={}))
    add_company(desk, "Shop")
    desk.store.close()
    (tmp_path / "bmtui.sqlite").write_bytes(b"")
    for words, said in ((("doctor",), "the store was lost"), (("orders", "search"), "the store was lost")):
        ran = subprocess.run(
            [sys.executable, "-m", "bmtui", "--home", str(tmp_path), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode not in (0, 3)
        assert said in ran.stdout + ran.stderr
