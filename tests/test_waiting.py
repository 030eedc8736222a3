"""Message of a wait that timed out."""

from __future__ import annotations

import pytest
from waiting import until


def test_wait_in_vain_says_what_was_awaited_and_what_was_there() -> None:
    wanted = 3
    found = [1, 2]
    with pytest.raises(AssertionError) as failed:
        until(lambda: len(found) == wanted, seen=lambda: found, within_s=0)
    message = str(failed.value)
    assert "len(found) == wanted" in message
    assert "wanted = 3" in message
    assert "There was:\n[1, 2]" in message


def test_wait_for_what_holds_already_returns() -> None:
    until(lambda: True, within_s=0)
