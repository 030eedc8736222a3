"""Return reasons: the built-in ones, each with Back Market's code, and a company's own (order-desk §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bmtui.channel.model import RETURN_REASONS
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.store.models import Company, ReturnItem, ReturnReason
from bmtui.text import plain

BUILT_IN: Mapping[str, int] = {
    "Customer Error": 1,
    "Damaged": 21,
    "Defective": 22,
    "Denied RMA": 25,
    "Didn't Fit": 1,
    "Didn't Like": 1,
    "Duplicate": 0,
    "Exchange": 25,
    "Fraud": 25,
    "Listing Mix-up": 24,
    "Missing Pieces": 24,
    "No Longer Needed": 1,
    "No Refund Due": 25,
    "Not As Requested": 24,
    "Other": 25,
    "Processing Error": 0,
    "Return To Shipper": 11,
    "Shipping Error": 24,
    "Unauthorized Return": 25,
    "Undeliverable": 12,
    "Vendor Error": 24,
    "Warehouse Mix-up": 0,
    "Warranty": 23,
}
"""Names of the built-in reasons, each with Back Market's `return_reason` (API §6)."""

_BY_TAG = {"TECHNICAL": "Defective", "APPEARANCE": "Damaged", "DELIVERY": "Undeliverable", "WITHDRAWAL": "Didn't Like"}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """A return reason. `code` is Back Market's; `own`: added by the company; `hidden`: not offered."""

    name: str
    code: int
    own: bool
    hidden: bool

    @property
    def code_label(self) -> str:
        """Back Market's text for the code."""
        return RETURN_REASONS.get(self.code, f"Unknown ({self.code})")


def of_company(company: Company) -> tuple[Reason, ...]:
    """Return all reasons of a company by name, hidden ones too."""
    changed = {row.name: row for row in ReturnReason.select().where(ReturnReason.company == company)}
    built_in = [Reason(name, code, False, name in changed and changed[name].hidden) for name, code in BUILT_IN.items()]
    own = [Reason(name, row.code, True, row.hidden) for name, row in changed.items() if name not in BUILT_IN]
    return tuple(sorted((*built_in, *own), key=lambda reason: reason.name.casefold()))


def listing(desk: Desk, company: str | None = None) -> tuple[Reason, ...]:
    """Return the reasons of a company. Raises NotFound."""
    return of_company(desk.company_row(company))


def find(company: Company, text: str) -> Reason:
    """Return the reason named `text`; case, spaces and punctuation do not matter.

    Raises:
        RuleRefused: there is none, or the company hides it.
    """
    known = of_company(company)
    reason = next((reason for reason in known if _folded(reason.name) == _folded(text)), None)
    offered = f"Reasons: {', '.join(reason.name for reason in known if not reason.hidden)}."
    if reason is None:
        raise RuleRefused(f"'{plain(text)[:40]}' is no return reason of {company.name}.", offered, field="reason")
    if reason.hidden:
        raise RuleRefused(f"{company.name} hides the return reason '{reason.name}'.", offered, field="reason")
    return reason


def of_tag(tag: str) -> str:
    """Return the name of the reason for Back Market's tag of a buyer's complaint, "Other" if unknown (API §9)."""
    return _BY_TAG.get(tag.upper(), "Other")


def add(desk: Desk, company: str | None, name: str, code: int) -> Reason:
    """Add a reason of the company's own, with its Back Market code.

    Raises:
        NotFound, ConfigError: no name, or no code of Back Market. RuleRefused: the name exists already.
    """
    desk.must_write()
    cleaned = plain(name).strip()
    if not _folded(cleaned) or len(cleaned) > _LONGEST:
        raise ConfigError(f"A return reason needs a name of 1 to {_LONGEST} characters.")
    if code not in RETURN_REASONS:
        known = ", ".join(f"{number} {text}" for number, text in RETURN_REASONS.items())
        raise ConfigError(f"{code} is not a return reason code of Back Market.", f"Codes: {known}.")
    with desk.store.transaction():
        row = desk.company_row(company)
        same = next((reason for reason in of_company(row) if _folded(reason.name) == _folded(cleaned)), None)
        if same is not None:
            raise RuleRefused(f"{row.name} has the return reason '{same.name}' already.", "Choose another name.")
        ReturnReason.create(company=row, name=cleaned, code=code)
        _record(desk, row, f"Return reason '{cleaned}' ({code}) was added.", {"name": cleaned, "code": code})
        return Reason(cleaned, code, True, False)


def hide(desk: Desk, company: str | None, name: str, *, hidden: bool = True) -> Reason:
    """Hide a reason from new RMAs, or offer it again; earlier RMAs keep it.

    Raises:
        NotFound: no such reason.
    """
    desk.must_write()
    with desk.store.transaction():
        row = desk.company_row(company)
        reason = next((known for known in of_company(row) if _folded(known.name) == _folded(name)), None)
        if reason is None:
            raise NotFound(f"{row.name} has no return reason '{plain(name)[:40]}'.", "See 'bmtui returns reasons'.")
        mine = (ReturnReason.company == row) & (ReturnReason.name == reason.name)
        if ReturnReason.update(hidden=hidden).where(mine).execute() == 0:
            ReturnReason.create(company=row, name=reason.name, code=reason.code, hidden=hidden)
        done = "is not offered any more" if hidden else "is offered again"
        _record(desk, row, f"Return reason '{reason.name}' {done}.", {"name": reason.name, "hidden": hidden})
        return Reason(reason.name, reason.code, reason.own, hidden)


def names_meant(text: str) -> list[str]:
    """Return the names of used and built-in reasons that begin with `text`, for a filter."""
    names = {row.reason for row in ReturnItem.select(ReturnItem.reason).distinct()} | set(BUILT_IN)
    return [name for name in names if _folded(name).startswith(_folded(text))]


def _record(desk: Desk, row: Company, summary: str, after: Mapping[str, object]) -> None:
    audit.record(desk, "return_reason.changed", summary, company_id=row.id, after=after)


def _folded(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
