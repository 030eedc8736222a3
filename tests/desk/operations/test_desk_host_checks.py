"""Checks of doctor with simulated hosts: network filesystems, every version of SQLite."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import doctor, host_checks

MOUNTS = """\
24 1 0:22 / / rw,relatime shared:1 - ext4 /dev/root rw
30 24 0:26 / /srv rw,relatime shared:2 - {kind} server:/srv rw
31 30 0:27 / /srv/local\\040disk rw,relatime shared:3 - xfs /dev/sdb rw
"""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"])
def test_a_network_filesystem_is_found_by_where_the_store_lies(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(kind=kind))
    found = host_checks.filesystem(Path("/srv/bmtui/bmtui.sqlite"), mounts)
    assert not found.ok
    assert kind in found.message
    assert found.advice
    assert host_checks.filesystem(Path("/srv/local disk/bmtui.sqlite"), mounts).ok
    assert host_checks.filesystem(Path("/var/bmtui.sqlite"), mounts).ok
    assert host_checks.filesystem(Path("/srvelse/bmtui.sqlite"), mounts).ok
    assert host_checks.filesystem(Path("/srv/x"), tmp_path / "none").ok


def topic(desk: Desk, name: str) -> host_checks.Finding:
    (found,) = [one for one in asyncio.run(doctor.examine(desk)) if one.topic == name]
    return found


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("version", "ok"),
    [((3, 45, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 50, 7), True), ((3, 44, 6), True)],
)
def test_sqlite_version_with_known_faults_is_a_finding(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], ok: bool
) -> None:
    monkeypatch.setattr(type(desk.store.database), "library", lambda self: ("sqlite3", version))
    found = topic(desk, "sqlite")
    assert found.ok is ok
    assert ok or "pip install pysqlite3" in found.advice


def test_stopped_process_is_distinguished_from_a_sleeping_one(tmp_path: Path) -> None:
    here = os.uname().nodename
    for number, state in (("10", "T"), ("11", "S"), ("12", "t")):
        (tmp_path / number).mkdir()
        (tmp_path / number / "stat").write_text(f"{number} (a) b ( T) {state} 1 1 1")
    workers = [f"{here}-{number}-ab" for number in (10, 11, 12, 13)] + ["elsewhere-10-ab"]
    assert [text.split()[1] for text in host_checks.stopped(workers, tmp_path)] == [f"{here}-10-ab", f"{here}-12-ab"]


def test_channel_answer_without_a_date_is_no_finding() -> None:
    assert host_checks.clock("Shop", None) == []
    assert host_checks.clock("Shop", -3.0)[0].ok
    assert "61 minutes ahead of" in host_checks.clock("Shop", 3660.0)[0].message
