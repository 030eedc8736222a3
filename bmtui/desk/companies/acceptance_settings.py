"""Stored acceptance rule of a company: a row of the rules, shown and changed as two settings of the company.

`acceptance_rule` is its text (`acceptance_rule.py` has the language), `automatic_acceptance` whether it is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bmtui.desk.core.context import Desk
from bmtui.store.models import Company, Rule
from bmtui.store.plain_sql import fetch

MOMENT = "order.to_accept"
"""Moment of the rule: an order waits for acceptance, and nobody has tried to accept it."""
BY_RULE = "acceptance rule"
"""Actor of automatic acceptances in the audit."""
ACCEPT = "accept"
TEXT, AUTOMATIC = "acceptance_rule", "automatic_acceptance"
KEYS = (TEXT, AUTOMATIC)


def rule_of(company_id: int) -> Rule | None:
    """Return the rule of a company; None where it has none."""
    row: Rule | None = Rule.get_or_none((Rule.company == company_id) & (Rule.moment == MOMENT))
    return row


def values_of(company_id: int) -> Mapping[str, Any]:
    """Return the two settings of a company."""
    # By SQL: every list of companies asks for it.
    rows = fetch("SELECT query, enabled FROM rules WHERE company_id = ? AND moment = ?", (company_id, MOMENT))
    text, on = rows[0] if rows else ("", False)
    return {TEXT: text, AUTOMATIC: bool(on)}


def text_of(company_id: int) -> str:
    """Return the text of the company's rule; "" where it has none."""
    return str(values_of(company_id)[TEXT])


def keep(desk: Desk, company: Company, settings: Mapping[str, Any]) -> None:
    """Store the given ones of the two settings, in the caller's transaction; a changed text is a new version."""
    columns = {TEXT: "query", AUTOMATIC: "enabled"}
    given = {columns[key]: settings[key] for key in KEYS if key in settings}
    row = rule_of(company.id)
    if row is None:
        name = f"{BY_RULE} of {company.name}"
        taken = Rule.select().where(Rule.name == name).exists()
        Rule.create(
            name=f"{name} ({company.id})" if taken else name,
            company=company,
            version=1,
            moment=MOMENT,
            actions=[ACCEPT],
            limit_a_day=0,
            ran_at=desk.now(),
            changed_at=desk.now(),
            changed_by=desk.actor,
            **({"query": "", "enabled": False} | given),
        )
    elif given:
        version = row.version + (given.get("query", row.query) != row.query)
        changed = {"version": version, "changed_at": desk.now(), "changed_by": desk.actor}
        Rule.update(**given, **changed).where(Rule.id == row.id).execute()
