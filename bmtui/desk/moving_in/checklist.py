"""Checklist of the move from another system: finished steps, read from the store, and the next ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bmtui.desk.companies import sending_pauses, shadow
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import numbers
from bmtui.desk.orders import search
from bmtui.desk.sync import quarantine, shadow_report
from bmtui.errors import ConfigError
from bmtui.queue.liveness import living
from bmtui.store.models import Audit, Company, Import, ImportChange, Order
from bmtui.text import how_many
from bmtui.words import OrderStatus

QUIET_FOR = timedelta(days=1)
"""Time without writes of other systems on the channel that the step "Other systems" asks for."""
BACKUP_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Step:
    """Step of the checklist; `done` as far as the store knows, `next` is the advice, '' when it is done."""

    key: str
    title: str
    done: bool
    found: str
    next: str

    @property
    def sentence(self) -> str:
        """Step in one line: ``✓ Token: works.``"""
        return f"{'✓' if self.done else '·'} {self.title}: {self.found}{f' {self.next}' if self.next else ''}"


def steps(desk: Desk, without: Collection[str] = ()) -> tuple[Step, ...]:
    """Return the steps of the company in view, or of all, in the order in which they are done.

    Args:
        without: keys of steps that do not concern this seller.

    Raises:
        ConfigError: no such step.
    """
    if unknown := [key for key in without if key not in KEYS]:
        raise ConfigError(f"There is no step '{unknown[0][:40]}'.", f"Steps: {', '.join(KEYS)}.", field="without")
    with desk.store.snapshot():
        companies = list(Company.select().where(Company.enabled).order_by(Company.name))
        if desk.company:
            companies = [desk.company_row()]
        return tuple(_step(*checked(desk, companies)) for key, checked in _CHECKS.items() if key not in without)


_Checked = tuple[str, str, str, str, str]


def _step(key: str, title: str, wrong: str, good: str, advice: str) -> Step:
    return Step(key, title, not wrong, wrong or good, advice if wrong else "")


def _names(companies: list[Company]) -> str:
    return ", ".join(row.name for row in companies)


def _company(desk: Desk, companies: list[Company]) -> _Checked:
    wrong = "" if companies else "There is no company."
    return "company", "Company", wrong, f"{_names(companies)}.", "Add it in shadow: 'bmtui company add … --shadow'."


def _token(desk: Desk, companies: list[Company]) -> _Checked:
    refused = [row for row in companies if sending_pauses.token_refused(row.id)]
    wrong = f"Back Market refused the token of {_names(refused)}." if refused else ""
    advice = "Give a new token that no other program has, and run 'bmtui company test'."
    return "token", "Token", wrong, "not refused.", advice


def _legacy(desk: Desk, companies: list[Company]) -> _Checked:
    old = [row for row in companies if row.integration != "api"]
    wrong = f"{_names(old)} uses the legacy integration." if old else ""
    return "legacy", "Integration", wrong, "api.", "Turn the legacy one off where it runs, then set integration=api."


def _orders(desk: Desk, companies: list[Company]) -> _Checked:
    missing = [row for row in companies if not Order.select().where(Order.company == row).exists()]
    wrong = f"The orders of {_names(missing)} were not read yet." if missing or not companies else ""
    number = search.count_exactly(desk)
    advice = "Run 'bmtui orders download --since 60d --wait', and leave a worker or a desk running."
    return "orders", "Orders", wrong, f"{number:,} here.", advice


def _quarantine(desk: Desk, companies: list[Company]) -> _Checked:
    number = len(quarantine.listing(desk))
    wrong = f"{how_many(number, 'order')} could not be read." if number else ""
    return "quarantine", "Orders that could not be read", wrong, "none.", "'bmtui doctor' names them."


def _import(desk: Desk, companies: list[Company]) -> _Checked:
    last = Import.select().where(Import.undone_at.is_null()).order_by(Import.id.desc()).first()
    if last is None:
        wrong, good = "Nothing was imported from the other system.", ""
    else:
        touched = ImportChange.select(ImportChange.order)
        open_ = (Order.company.in_(companies)) & (Order.status == OrderStatus.IN_PROCESS)
        open_ &= (Order.created_at < last.made_at) & Order.id.not_in(touched)
        left = Order.select().where(open_).count()
        wrong, good = "", f"imported; {left:,} older open orders are in no import."
    advice = "'bmtui moving-in import FILE': statuses, notes, refunds, RMAs, serial numbers."
    return "import", "Data of the other system", wrong, good, advice


def _series(desk: Desk, companies: list[Company]) -> _Checked:
    waiting = [view for row in companies for view in numbers.listing(desk.of_company(row.name)) if not view.begun]
    named = ", ".join(view.name for view in waiting[:3]) + (" …" if len(waiting) > 3 else "")
    wrong = f"The first number of {how_many(len(waiting), 'series', 'series')} is not set: {named}." if waiting else ""
    advice = "'bmtui moving-in invoices FILE', 'bmtui numbers begin SERIES NEXT', then 'bmtui numbers begin all 1'."
    return "series", "Invoice numbers", wrong, "set.", advice


def _people(desk: Desk, companies: list[Company]) -> _Checked:
    number = len(permissions.listing(desk))
    wrong = "" if number else "Everybody who can run bmtui may do everything."
    return (
        "people",
        "People",
        wrong,
        f"{how_many(number, 'account has', 'accounts have')} rights.",
        "'bmtui users import FILE', or 'users set'.",
    )


def _backups(desk: Desk, companies: list[Company]) -> _Checked:
    since = desk.now() - BACKUP_WITHIN
    made = Audit.select().where((Audit.action == "store.backed_up") & (Audit.at >= since)).exists()
    return (
        "backups",
        "Backups",
        "" if made else "No backup was made this week.",
        "made.",
        "'bmtui backup FILE', every night.",
    )


def _service(desk: Desk, companies: list[Company]) -> _Checked:
    number = len(living(desk.store))
    wrong = "" if number else "No worker runs."
    return (
        "service",
        "Service",
        wrong,
        f"{how_many(number, 'worker runs', 'workers run')}.",
        "'bmtui deploy systemd' writes a service.",
    )


def _others(desk: Desk, companies: list[Company]) -> _Checked:
    since = desk.now() - QUIET_FOR
    deeds = [deed.what for row in companies for deed in shadow_report.deeds_of_others(row, since)]
    accepted, shipped = deeds.count("accepted"), deeds.count("shipped")
    wrong = f"Others accepted {how_many(accepted, 'order')} and shipped {shipped:,} in the last 24 hours."
    wrong = wrong if accepted or shipped else ""
    advice = "Turn the other system off for this account: two on one account double orders."
    return "others", "Other systems", wrong, "no other program wrote in the last 24 hours.", advice


def _shadow(desk: Desk, companies: list[Company]) -> _Checked:
    still = [row for row in companies if shadow.is_on(row.id)]
    wrong = f"{_names(still)} is in shadow: nothing is sent for it." if still else ""
    return "shadow", "Shadow", wrong, "left.", "'bmtui shadow leave', once all above is done."


_CHECKS: Mapping[str, Callable[[Desk, list[Company]], _Checked]] = {
    "company": _company,
    "token": _token,
    "legacy": _legacy,
    "orders": _orders,
    "quarantine": _quarantine,
    "import": _import,
    "series": _series,
    "people": _people,
    "backups": _backups,
    "service": _service,
    "others": _others,
    "shadow": _shadow,
}
KEYS = tuple(_CHECKS)
"""Keys of the steps, which --without takes."""
