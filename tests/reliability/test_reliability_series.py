"""Short run of `series.py`; README has the command for the long one."""

from __future__ import annotations

from series import prove


def test_killed_processes_leave_no_gap_and_no_double_in_a_series() -> None:
    proof = prove(invoices=60, processes=3, kills=12, seed=1)
    assert proof.problems == ()
    assert (proof.invoices, proof.drawn) == (60, 60)
    assert proof.killed + proof.died > 3
