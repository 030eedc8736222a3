"""After-sales folder as lines of text. Messages of customers are shown as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from bmtui.desk.after_sales import folder_words
from bmtui.desk.after_sales.folders import FolderView
from bmtui.desk.after_sales.rows import FolderRow
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.meanings import Meaning, of_effect
from bmtui.tui.widgets.text import Pieces, field, wrap
from bmtui.words import label


def waits(row: FolderRow) -> str:
    """Return how long the customer waits, in business hours, or the state of the reply; '' when nobody waits."""
    if row.answering:
        return f"{label(row.answering)[:8]}"
    return hours(row.age) if row.age is not None else ""


def hours(age: timedelta) -> str:
    """Return business time as text: ``45m``, ``26h``, and from 100 hours on as whole days: ``5d``."""
    minutes = max(int(age.total_seconds()) // 60, 0)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 100 * 60 else f"{minutes // 1440}d"


def document(view: FolderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    """Yield the lines of a folder at this width in cells."""
    row = view.row
    if row.error:
        yield from field("Not readable", row.error, width, meaning=Meaning.LATE)
    yield from field("State", f"{label(row.state)} · {row.market} · {row.company}", width, "bold")
    if row.age is not None:
        due = f"answer by {time_format.stamp(row.due_at, zone)}" if row.due_at else ""
        late = "late: " if row.late else ""
        told = f"{late}{hours(row.age)} in business hours, {due} (your target)"
        yield from field("Waits", told, width, meaning=Meaning.LATE if row.late else Meaning.SOON)
    yield from field("Customer", " · ".join(filter(None, (row.customer, view.customer_email))), width)
    here = "" if row.order_here else " (not downloaded)"
    order = f"{row.order_id}{here}" if row.order_id else "unknown"
    yield from field("Order", f"{order} · line {row.line_id or 'unknown'} · {row.sku}", width)
    if row.rma_ids:
        yield from field("RMA", ", ".join(map(str, row.rma_ids)), width)
    for line in view.lines:
        yield from field("Case", folder_words.case(line), width)
    for found in view.labels:
        yield from field("Return label", f"{folder_words.in_words(found.state)} {found.url}".strip(), width)
    for effect in view.effects:
        told = f"{effect.about}: {effect.state_label}. {effect.error}".rstrip()
        yield from field("On its way", told, width, meaning=of_effect(effect.state))
    # Show the newest message first: it is the one to answer.
    for message in reversed(view.messages):
        yield ()
        mine = message.initiator == "Merchant"
        head = f"{folder_words.author(message.initiator)}  {time_format.stamp(message.sent_at, zone)}"
        yield ((head, "good" if mine else "key"),)
        yield from (((f"  {line}", "dim" if message.is_informative else ""),) for line in wrap(message.text, width - 2))
        for attachment in message.attachments:
            yield from (((f"  attached: {line}", "dim"),) for line in wrap(attachment.url, width - 12))
    if not view.messages:
        yield ()
        yield (("No messages.", "dim"),)
