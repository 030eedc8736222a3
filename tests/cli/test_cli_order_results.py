"""Results of orders whose jobs were waited for: a job that must be tried again is not done."""

from __future__ import annotations

from argparse import Namespace

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.cli import exit_codes, order_results
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.core.bulk import BulkResult
from bmtui.desk.core.context import Desk
from bmtui.store.models import Job


@pytest.mark.parametrize(
    ("status", "error_kind", "code", "told"),
    [
        ("submitted", "", exit_codes.DONE, "queued"),
        ("submitted", "NotReachable", exit_codes.CHANNEL, "queued"),
        ("failed", "RuleRefused", exit_codes.REFUSED_BY_RULE, "failed"),
        ("cancelled", "", exit_codes.FAILED, "cancelled"),
        ("completed", "", exit_codes.DONE, "accepted"),
    ],
)
def test_exit_code_is_that_of_the_error_unless_the_job_only_waits_for_its_time(
    offline: Desk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: str,
    error_kind: str,
    code: int,
    told: str,
) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 1)], state=1))
    job_id = acceptance.accept(offline, 1).job_id
    error = "It did not work." if error_kind else ""
    Job.update(status=status, error_kind=error_kind, error=error).where(Job.id == job_id).execute()
    monkeypatch.setattr(order_results, "wait_for_all", lambda *_: None)
    args = Namespace(wait=True, json=False)
    results = [BulkResult(1, True, "Accept order 1.", "", job_id)]
    assert order_results.emit_sent(args, offline, results, "accepted") == code
    printed = capsys.readouterr().out
    assert printed.startswith(f"Order 1: {told}, ")
    assert error in printed
