"""When an action can be done: what decides it, and the reasons why not, each a sentence with what to do instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bmtui.words import EFFECT_LIVE

if TYPE_CHECKING:
    from bmtui.desk.core.order_views import InvoiceView
    from bmtui.desk.core.views import JobView, OrderRow

T = TypeVar("T")

NO_COMPANY = "There is no company yet: b on the list of orders shows the first steps."
READ_ONLY = "This desk is read-only: start it without --read-only to change anything."


@dataclass(frozen=True, slots=True)
class Context:
    """What decides whether an action can be done.

    Attributes:
        order: the order that is open, or under the cursor.
        job: the job that is open, or under the cursor.
        companies: how many there are.
        editing: settings are unlocked; changed: and differ from what is saved.
        facts: whatever else a screen knows, a value of its own type each: `knowing` puts one in, `get` takes it out.
    """

    read_only: bool = False
    order: OrderRow | None = None
    job: JobView | None = None
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


def job(context: Context) -> str | None:
    return None if context.job else "There is no job under the cursor."


def cancel_job(context: Context) -> str | None:
    if context.read_only or context.job is None:
        return READ_ONLY if context.read_only else job(context)
    if context.job.ended:
        return f"Job {context.job.job_id} has ended: there is nothing left to cancel."
    return f"Job {context.job.job_id} is being cancelled already." if context.job.cancel_requested else None


def retry_job(context: Context) -> str | None:
    if context.read_only or context.job is None:
        return READ_ONLY if context.read_only else job(context)
    if context.job.status in ("failed", "partial_success", "cancelled"):
        return None
    return f"Job {context.job.job_id} has not failed: there is nothing to retry."


def edit(context: Context) -> str | None:
    if context.read_only:
        return READ_ONLY
    if not context.companies:
        return NO_COMPANY
    return "The settings are unlocked already: change a field with enter." if context.editing else None


def unlocked(context: Context) -> str | None:
    return None if context.editing else "The settings are locked: press e to edit."


def save(context: Context) -> str | None:
    if not context.editing:
        return unlocked(context)
    return None if context.changed else "Nothing was changed yet."


def company(context: Context) -> str | None:
    return None if context.companies else NO_COMPANY


def several(context: Context) -> str | None:
    pages = context.companies > 1 or context.get(Pages) is not None
    return None if pages else "There is only one company."


def invoice(context: Context) -> str | None:
    return None if context.get(InvoiceFact) else "There is nothing under the cursor."


def make_invoice(context: Context) -> str | None:
    fact = context.get(InvoiceFact)
    if fact is None or context.read_only:
        return READ_ONLY if context.read_only else invoice(context)
    return f"It is made already: {fact.invoice.number}." if fact.invoice else None


def send_invoice(context: Context) -> str | None:
    fact = context.get(InvoiceFact)
    if fact is None or context.read_only:
        return READ_ONLY if context.read_only else invoice(context)
    if fact.invoice is None:
        return None
    if fact.invoice.corrects:
        return "It is a credit note: Back Market keeps one document an order, and it would replace the invoice."
    return f"{fact.invoice.number} is on its way to Back Market." if fact.invoice.upload in EFFECT_LIVE else None


def made_invoice(context: Context) -> str | None:
    fact = context.get(InvoiceFact)
    if fact is None:
        return invoice(context)
    return None if fact.invoice else "It is not made yet: make it first with m."


def print_invoice(context: Context) -> str | None:
    return made_invoice(context) or (READ_ONLY if context.read_only else None)
