"""Conditions of actions: the context that decides, and the reasons against, each a sentence with advice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bmtui.desk.core.views import JobView
    from bmtui.desk.invoicing.views import InvoiceView
    from bmtui.desk.orders.order_row import OrderRow

T = TypeVar("T")

NO_COMPANY = "There is no company yet: b on the list of orders shows the first steps."
READ_ONLY = "This desk is read-only: start it without --read-only to change anything."


@dataclass(frozen=True, slots=True)
class Context:
    """State of a screen that decides whether an action can be done.

    Attributes:
        order: the order that is open, or under the cursor.
        job: the job that is open, or under the cursor.
        marked: the number of marked orders.
        companies: the number of companies.
        editing: settings are unlocked; changed: and differ from the saved ones.
        facts: other values that a screen knows, at most one of each type: `knowing` adds one, `get` returns it.
    """

    read_only: bool = False
    order: OrderRow | None = None
    job: JobView | None = None
    marked: int = 0
    companies: int = 0
    editing: bool = False
    changed: bool = False
    facts: tuple[object, ...] = ()

    def knowing(self, *facts: object) -> Context:
        """Return a copy with these facts added; only one of a type counts."""
        return replace(self, facts=(*facts, *self.facts))

    def get(self, kind: type[T]) -> T | None:
        """Return the fact of this type, or None."""
        return next((fact for fact in self.facts if isinstance(fact, kind)), None)


@dataclass(frozen=True, slots=True)
class Pages:
    """Marker of a settings screen that has several pages, whatever the number of companies."""


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """Order under the cursor or open, with its document once that was made."""

    order_id: int
    company: str
    invoice: InvoiceView | None


def order(context: Context) -> str | None:
    return None if context.order else "There is no order under the cursor."


def write(context: Context) -> str | None:
    return READ_ONLY if context.read_only else None


def order_write(context: Context) -> str | None:
    return order(context) or (READ_ONLY if context.read_only else None)


def download(context: Context) -> str | None:
    if context.read_only:
        return READ_ONLY
    return None if context.companies else NO_COMPANY


def company(context: Context) -> str | None:
    return None if context.companies else NO_COMPANY
