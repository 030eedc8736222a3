"""History of an RMA and of its reasons: each change is told with the line and the thing that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from return_counter import PAIR, PHONE, make

from bmtui.desk.core.context import Desk
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import reasons as return_reasons
from bmtui.desk.returns import rma as returns
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.store.models import Audit


def told(desk: Desk, rma: int) -> list[str]:
    return [entry.summary.removeprefix(f"RMA {rma}: ") for entry in returns.show(desk, rma).history[1:]]


def test_each_change_names_the_line_when_it_is_of_one(shipped: Desk, tmp_path: Path) -> None:
    rma = make(shipped)
    return_actions.approve(shipped, rma, "approved", line_id=PHONE)
    return_actions.approve(shipped, rma, "approved")
    return_actions.resolve(shipped, rma, "exchange", line_id=PAIR, sku="CHG-2")
    label = tmp_path / "label.txt"
    label.write_bytes(b"x" * 1234)
    before = returns.show(shipped, rma).version
    after = return_actions.attach(shipped, rma, str(label)).version
    assert after == before + 1
    assert told(shipped, rma) == [
        f"Approved (line {PHONE}).",
        "Approved.",
        f"Exchange (line {PAIR}): CHG-2.",
        "A document was attached (1,234 bytes).",
    ]


@pytest.mark.parametrize(("sent", "field"), [({"sku": "X"}, "sku"), ({"tracking": "R12345"}, "tracking")])
def test_what_a_refund_would_send_is_refused_at_its_field(shipped: Desk, sent: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleRefused, match="sends nothing") as refused:
        return_actions.resolve(shipped, make(shipped), "refund", **sent)
    assert refused.value.field == field


def test_tracking_number_of_a_person_is_checked_and_that_of_the_channel_is_kept_as_it_came(shipped: Desk) -> None:
    rma = make(shipped)
    with pytest.raises(BmtuiError):
        return_actions.track(shipped, rma, tracking="?")
    assert return_actions.track(shipped, rma, tracking="?", label_url="").tracking_number == "?"


def test_hidden_and_offered_reasons_are_told_in_the_audit(offline: Desk) -> None:
    return_reasons.hide(offline, None, "Other")
    return_reasons.hide(offline, None, "Other", hidden=False)
    entries = Audit.select().where(Audit.action == "return_reason.changed").order_by(Audit.id)
    assert [entry.summary for entry in entries] == [
        "Return reason 'Other' is not offered any more.",
        "Return reason 'Other' is offered again.",
    ]
