"""Viewers of an order: shows others who has it open, before two people work on it."""

from __future__ import annotations

from hashlib import blake2b

from bmtui.desk.core.context import Desk
from bmtui.errors import StoreError
from bmtui.store.dialect import Viewing

YOU = "you, in another window"


def begin(desk: Desk, company: str, order_id: int) -> Viewing | None:
    """Register this person as a viewer of the order, until it is released or this process dies.

    Returns: None if it cannot be registered, as on a store that this account may only read.
    """
    key = blake2b(f"order {company} {order_id}".encode(), digest_size=8).hexdigest()
    try:
        return desk.store.database.viewing(key, desk.actor)
    except (OSError, StoreError):
        return None


def others(desk: Desk, viewing: Viewing) -> str:
    """Return the names of the order's other viewers; '' for nobody. Writes nothing."""
    try:
        names = viewing.others()
    except OSError:
        return ""
    named = [YOU if name == desk.actor else name.partition("(")[0] for name in names]
    return " and ".join(dict.fromkeys(named))
