"""When an action can be done: what decides it, and the reasons why not, each a sentence with what to do instead."""

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
    """What decides whether an action can be done.

    Attributes:
        order: the order that is open, or under the cursor.
        job: the job that is open, or under the cursor.
        marked: how many orders are marked.
        companies: how many there are.
        editing: settings are unlocked; changed: and differ from what is saved.
        facts: whatever else a screen knows, a value of its own type each: `knowing` puts one in, `get` takes it out.
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
        """The same with these facts; at most one of a type is meant."""
        return replace(self, facts=(*facts, *self.facts))

    def get(self, kind: type[T]) -> T | None:
        """The fact of this type, or None."""
        return next((fact for fact in self.facts if isinstance(fact, kind)), None)


@dataclass(frozen=True, slots=True)
class Pages:
    """A screen of settings that has several pages, whatever the number of companies."""


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """The order under the cursor or open, and its document once it was made."""

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
