"""Findings of `doctor` about the store's history: restores, copies, and writes of other programs on the channel."""

from __future__ import annotations

from datetime import timedelta

from bmtui.desk.core import store_marks
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import numbers
from bmtui.desk.operations.host_checks import Finding
from bmtui.desk.sync import writes_of_others
from bmtui.store.models import Approval
from bmtui.text import how_many
from bmtui.words import ApprovalState, StoreEvent

TOLD_FOR = timedelta(days=7)
"""Time for which writes of others are reported."""


def examine(desk: Desk) -> list[Finding]:
    """Return the findings about restores, copies, and writes that this store did not make."""
    return [_restored(desk), _copied(), _others(desk)]


def _restored(desk: Desk) -> Finding:
    mark = store_marks.restored()
    if mark is None:
        return Finding("restore", True, "The store was never restored from a backup.")
    series = [view.name for view in numbers.waiting(desk)]
    waits = (Approval.state == ApprovalState.AWAITING_APPROVAL) & (Approval.doubt != "")
    approvals = Approval.select().where(waits).count()
    if not series and not approvals:
        return Finding("restore", True, f"{mark.about} Nothing of it needs a person any more.")
    named = ", ".join(series[:5]) + (" …" if len(series) > 5 else "")
    return Finding(
        "restore",
        False,
        f"{mark.about} {how_many(len(series), 'series of numbers waits', 'series of numbers wait')} for a last number"
        f"{f' ({named})' if named else ''}, "
        f"{how_many(approvals, 'request for a second person is', 'requests for a second person are')} in doubt.",
        "'bmtui numbers list', 'bmtui approvals list'.",
    )


def _copied() -> Finding:
    mark = store_marks.last(StoreEvent.COPIED_TO, StoreEvent.COPIED_FROM)
    if mark is None:
        return Finding("copies", True, "The store was not copied by 'bmtui store copy'.")
    if mark.kind == StoreEvent.COPIED_FROM:
        return Finding("copies", True, f"The store was copied from {mark.about} on {mark.at:%Y-%m-%d}.")
    return Finding(
        "copies",
        False,
        f"The store was copied to {mark.about} on {mark.at:%Y-%m-%d %H:%M} UTC: if both send, money can be paid twice.",
        f"Set store = to {mark.about} in bmtui.toml; use this store only if the copy is not used.",
    )


def _others(desk: Desk) -> Finding:
    found = writes_of_others.since(desk, desk.now() - TOLD_FOR)
    if not found.count:
        return Finding("writers", True, "Nobody else accepted or shipped orders in the last 7 days.")
    several = store_marks.last(*StoreEvent) is not None
    return Finding(
        "writers",
        not several,
        f"{how_many(found.count, 'time')} in the last 7 days somebody else accepted or shipped on Back Market, last "
        "order "
        f"{found.last_order}: in the Back Office, with another program, or with another store of bmtui.",
        "Look whether a second store is used for this account, such as an old copy: only one may send."
        if several
        else "",
    )
