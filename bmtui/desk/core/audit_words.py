"""Plain words for the actions of audit rows, as screens and printed text show them; JSON and CSV keep the codes."""

from __future__ import annotations

from bmtui.words import EffectKind, EffectState, label

_KINDS, _STATES = frozenset(EffectKind), frozenset(EffectState)

SUBJECTS = {
    "audit": "Audit",
    "care": "After-sales",
    "numbers": "Series of numbers",
    "outbox": "Sending",
    "rates": "Exchange rates",
    "return": "RMA",
    "users": "Accounts",
}
"""Names of subjects that differ from the word of the code; `care` is that of the after-sales folders."""

WORDS = {
    "audit.redacted": "Buyer's data removed from older rows",
    "care.download": "Download of after-sales folders",
    "identifier.overridden": "Check of an IMEI or serial number overridden",
    "job.steered": "Job held, released or moved up",
    "margin.declared": "Margin tax declared",
    "notify.dead": "Dead notifications settled",
    "order.anonymised": "Buyer's data removed",
    "order.buyer_erased": "Buyer erased by Back Market",
    "order.cancel_on_channel": "Cancellation on Back Market queued",
    "order.identified": "IMEI or serial number entered",
    "order.paper_name": "Name on papers set",
    "order.written_elsewhere": "Changed on Back Market, not by this store",
    "orders.download": "Download of orders",
    "orders.import_undone": "Import of orders undone",
    "privacy.purged": "Old buyers' data removed",
    # Of an effect and of an approval alike: its sentence tells them apart.
    "refund.rejected": "Refund rejected",
    "refund.asked": "Refund waits for approval",
    "refund.excess": "More refunded than was received",
    "refund.excess_settled": "Excess refund settled",
    "rules.turned_off": "All rules turned off",
    "rules.turned_on": "All rules turned on",
    "stock.flagged": "Stock changed",
    "tracking.overridden": "Check of a tracking number overridden",
    "users.set": "Rights of an account set",
}
"""Words for actions whose code says too little; the others are read from the code."""


def in_words(action: str) -> str:
    """Return the words for an action: `refund.issued` → ``Refund issued``, `ship.confirmed` → ``Ship: confirmed``."""
    subject, _, done = action.partition(".")
    if action in WORDS:
        return WORDS[action]
    if subject in _KINDS and done in _STATES:
        return f"{EffectKind(subject).label}: {EffectState(done).label.lower()}"
    return f"{SUBJECTS.get(subject) or label(subject)} {done.replace('_', ' ')}".rstrip()
