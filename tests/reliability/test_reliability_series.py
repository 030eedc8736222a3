"""Short run of `series.py`; README has the command for the long one."""

from __future__ import annotations

from series import prove
from thoroughness import share

INVOICES, KILLS = share(30, 60), share(6, 12)


def test_killed_processes_leave_no_gap_and_no_double_in_a_series() -> None:
    proof = prove(invoices=INVOICES, processes=3, kills=KILLS, seed=1)
    assert proof.problems == ()
    assert (proof.invoices, proof.drawn) == (INVOICES, INVOICES)
    assert proof.killed + proof.died > KILLS // 4
