"""Two short days in shadow, a change-over and the way back; `moving_week.py` runs the long week."""

from __future__ import annotations

import pytest
from moving_week import run


# Twice as long on the other database, which has nothing of its own here.
@pytest.mark.sqlite_only
def test_simulated_week_beside_another_system_doubles_nothing_and_reports_its_work() -> None:
    tally = run(80, 2, 10, 14, seed=3)
    assert (tally.unseen, tally.invented, tally.sent) == ([], [], [])
    assert (tally.doubled, tally.numbers, tally.changed) == ([], [], [])
    assert tally.mornings == 2
    assert min(tally.theirs["accepted"], tally.refused, tally.imported, tally.ours["accepted"]) > 0
