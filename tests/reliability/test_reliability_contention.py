"""Contention of many processes on one store: it is never found locked, and no update is lost."""

from __future__ import annotations

import contention

from bmtui.desk.core.context import Desk


def test_eight_processes_writing_at_once_never_find_the_store_locked(desk: Desk) -> None:
    ran = contention.run(desk.settings.store_url, processes=8, transactions=400)
    assert (ran.busy, ran.kept, ran.number) == (0, 400, 400)
