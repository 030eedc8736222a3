"""End of the shadow: one reviewed step, after which writes are sent."""

from __future__ import annotations

from dataclasses import dataclass

from bmtui.desk.companies import shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import checklist
from bmtui.desk.moving_in.checklist import Step
from bmtui.desk.refunds import credit_notes_due
from bmtui.text import how_many


@dataclass(frozen=True, slots=True)
class Leaving:
    """Preview of leaving the shadow: the other steps of the checklist, and the number of orders to credit."""

    company: str
    steps: tuple[Step, ...]
    credit_notes: int

    @property
    def sentence(self) -> str:
        """Review sentence, with the number of credit notes."""
        text = f"{self.company} leaves the shadow: from now on its writes are sent to Back Market."
        notes = (
            f" {how_many(self.credit_notes, 'order gets', 'orders get')} a credit note." if self.credit_notes else ""
        )
        return text + notes


def plan(desk: Desk, name: str | None = None) -> Leaving:
    """Return the preview of leaving the shadow; change nothing. Raises NotFound."""
    with desk.store.snapshot():
        row = desk.company_row(name)
        steps = tuple(step for step in checklist.steps(desk.of_company(row.name)) if step.key != "shadow")
        return Leaving(row.name, steps, len(credit_notes_due.orders_of(row.id)))


def leave(desk: Desk, name: str | None = None) -> None:
    """Leave the shadow, and queue the credit notes that waited for it. Raises as `shadow.leave`."""
    with desk.store.transaction():
        row = desk.company_row(name)
        shadow.leave(desk, row.name)
        for order_row in credit_notes_due.orders_of(row.id):
            credit_notes_due.submit(desk, order_row)
