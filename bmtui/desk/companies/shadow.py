"""Shadow of a company: it is read and compared while another system works on its account; nothing of it is sent.

It is a pause of its own cause: effects are kept back like under any pause, and the connection refuses to write.
"""

from __future__ import annotations

from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.store.models import Company, Effect, Pause
from bmtui.store.plain_sql import fetch
from bmtui.text import how_many
from bmtui.words import EFFECT_LIVE


def check(desk: Desk, name: str | None = None) -> Company:
    """Return the company that can go into shadow.

    Raises:
        NotFound, RuleRefused: it is in shadow already, one of its effects is not settled, or you are no admin.
    """
    permissions.must_be_admin(desk)
    row = desk.company_row(name)
    if is_on(row.id):
        raise RuleRefused(f"{row.name} is in shadow already; nothing was changed.")
    open_ = Effect.select().where((Effect.company == row) & Effect.state.in_(EFFECT_LIVE)).count()
    if open_:
        raise RuleRefused(
            f"{row.name}: {how_many(open_, 'write is', 'writes are')} not settled; nothing was changed.",
            "See 'bmtui outbox list': withdraw them, or wait until they are settled.",
        )
    return row


def begin(desk: Desk, name: str | None = None) -> None:
    """Put a company into shadow. Raises as `check`."""
    desk.must_write()
    with desk.store.transaction():
        row = check(desk, name)
        sending_pauses.put(desk, str(row.id), sending_pauses.SHADOW, "another system works on this account")
        audit.record(desk, "shadow.begun", f"{row.name} is in shadow: nothing is sent for it.", company_id=row.id)


def leave(desk: Desk, name: str | None = None) -> None:
    """End a company's shadow: it sends from now on.

    Raises:
        NotFound, RuleRefused: it is not in shadow, or you are no admin.
    """
    permissions.must_be_admin(desk)
    desk.must_write()
    with desk.store.transaction():
        row = desk.company_row(name)
        gone = (Pause.scope == str(row.id)) & (Pause.cause == sending_pauses.SHADOW)
        if not Pause.delete().where(gone).execute():
            raise RuleRefused(f"{row.name} is not in shadow; nothing was changed.")
        audit.record(desk, "shadow.left", f"{row.name} left the shadow: its writes are sent.", company_id=row.id)


def is_on(company_id: int) -> bool:
    """Return whether the company is in shadow."""
    # By SQL: each step of a write asks, and peewee takes longer than the database.
    mine = (str(company_id), sending_pauses.SHADOW)
    return bool(fetch("SELECT 1 FROM pauses WHERE scope = ? AND cause = ?", mine))


def refuse(company: Company) -> None:
    """Refuse a write for a company in shadow. Raises RuleRefused."""
    if is_on(company.id):
        raise RuleRefused(
            f"{company.name} is in shadow: nothing is sent for it.",
            "'bmtui shadow leave' ends the shadow, after a checklist.",
        )
