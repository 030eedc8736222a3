"""Advice of errors in the words of the desk: keys in place of the commands that it names."""

from __future__ import annotations

import re
from functools import partial

from bmtui.tui.actions import registry
from bmtui.tui.widgets.locale_format import LOCAL

_ACTIONS = {
    "company list": "desk.company",
    "invoices settings": "desk.settings settings.invoices",
    "company": "desk.settings",
    "orders download": "orders.download",
    "orders due": "desk.queue",
    "orders search": "search.query",
    "shipments": "desk.uploads",
    "outbox": "desk.outbox",
    "jobs": "desk.jobs",
    "care": "desk.care",
    "returns show": "desk.returns",
    "returns list": "desk.returns",
    "invoices list": "desk.invoices",
    "reconcile": "desk.drifts",
    "approvals settle": "desk.approvals approval.settle",
    "approvals": "desk.approvals",
    "numbers": "desk.invoices desk.numbers",
    "audit": "desk.audit",
    "help query": "desk.help",
    "help": "desk.guides",
}
"""Actions that replace a command (ids, in the order of their keys), by its first words; the first match counts."""


def spoken(text: str, *, writing: bool = False) -> str:
    """Return `text` with keys in place of the commands that have one, and its amounts in the locale's format.

    `writing`: use only keys that are no characters, because characters are typed into the field.
    """
    said = re.sub(r"'bmtui ([^']+)'", partial(_key, writing=writing), text)
    # Two commands with the same key (first look, then act) become one mention.
    return LOCAL.sentence(re.sub(r"(\S+ \(\S+\)), then \1", r"\1", said))


def _key(command: re.Match[str], *, writing: bool) -> str:
    fitting = (ids for beginning, ids in _ACTIONS.items() if f"{command[1]} ".startswith(f"{beginning} "))
    ids = next(fitting, "").split()
    keys = [key for action_id in ids if (key := registry.key_to_say(action_id, writing=writing))]
    if not ids or len(keys) < len(ids):
        return command[0]
    return f"{registry.BY_ID[ids[-1]].label} ({' then '.join(keys)})"
