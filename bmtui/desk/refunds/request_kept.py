"""Storage of a refund request as JSON, with the approval that it waits for."""

from __future__ import annotations

import json
from dataclasses import asdict

from bmtui.desk.refunds.plan import RefundPlan, RefundRequest
from bmtui.money import Money


def written(request: RefundRequest, plan: RefundPlan) -> str:
    """Return the request as JSON with the plan's choices: its operation, date, and the amounts that were shown."""
    amounts = {item.line_id: item.amount for item in plan.items}
    fields = {
        **asdict(request),
        "operation": plan.operation,
        "lines": {line_id: amount.minor for line_id, amount in amounts.items() if line_id is not None},
        "shipping": _part(plan, "Shipping"),
        "amount": _part(plan, "Order"),
        "date": plan.date.isoformat(),
    }
    return json.dumps(fields)


def read(text: str, currency: str) -> RefundRequest | None:
    """Return the stored request, None if there is none."""
    if not text:
        return None
    fields = json.loads(text)

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    lines = {int(line_id): money(minor) for line_id, minor in fields["lines"].items()}
    parts = {name: money(fields[name]) for name in ("shipping", "amount")}
    return RefundRequest(**{**fields, **parts, "lines": lines})


def _part(plan: RefundPlan, name: str) -> int | None:
    return next((item.amount.minor for item in plan.items if item.line_id is None and item.part == name), None)
