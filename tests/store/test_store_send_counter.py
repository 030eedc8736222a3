"""Counter of sent requests beside an SQLite file: it only ever grows, whichever process writes last."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bmtui.desk.core.context import Desk
from bmtui.store import send_counter


def test_send_counter_is_never_lowered_by_a_late_writer(tmp_path: Path) -> None:
    file = tmp_path / "store.sent"
    assert send_counter.read(file) == 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(send_counter.raise_to, file), [*range(60, 0, -1), *range(40)]))
    assert send_counter.read(file) == 60
    assert file.stat().st_mode & 0o777 == 0o600


def test_number_of_an_older_release_is_read_and_raised(tmp_path: Path) -> None:
    file = tmp_path / "store.sent"
    file.write_text("41")
    assert send_counter.read(file) == 41
    send_counter.raise_to(file, 42)
    assert send_counter.read(file) == 42
    send_counter.raise_to(file, 7)
    assert send_counter.read(file) == 42


@pytest.mark.parametrize("hostile", ["", "x", "-", "9" * 5000])
def test_send_counter_file_without_a_number_is_ignored(tmp_path: Path, hostile: str) -> None:
    file = tmp_path / "store.sent"
    file.write_text(hostile)
    assert send_counter.read(file) < 10**18


def test_pipe_in_place_of_the_send_counter_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "store.sent")
    assert send_counter.read(tmp_path / "store.sent") == 0


@pytest.mark.sqlite_only
def test_send_that_is_rolled_back_is_not_remembered(offline: Desk) -> None:
    database = offline.store.database
    database.know_server(1)
    sends = database.note_send()
    database.know_sends(sends)

    def broken() -> None:
        with offline.store.transaction():
            assert database.note_send() == sends + 1
            # Another job of the same worker comes by with what it committed.
            database.know_sends(sends)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert database.server_changed() is False
