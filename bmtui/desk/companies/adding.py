"""Creation of a company, in shadow on request."""

from __future__ import annotations

from bmtui.desk.companies import companies, shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import CompanyView


def add(desk: Desk, name: str, *, in_shadow: bool, **given: str) -> CompanyView:
    """Add a company; `in_shadow` puts it into shadow in the same transaction.

    Raises:
        As `companies.add` and `shadow.begin`; nothing was added then.
    """
    # Together: a company that was to be in shadow is never there without it.
    with desk.store.transaction():
        added = companies.add(desk, name, **given)
        if in_shadow:
            shadow.begin(desk, added.name)
    return added
