"""Writes to after-sales folders: an answer, a problem, an item that goes back (API §9). A job sends them.

A folder takes one write at a time: while the outcome of one is unknown, no second one is planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bmtui.channel import uploads
from bmtui.channel.care import read_folder
from bmtui.channel.requests import WriteRequest
from bmtui.channel.uploads import FileRef
from bmtui.desk.after_sales import folder_store as store
from bmtui.desk.after_sales import folder_words, parameters
from bmtui.desk.after_sales.rows import folder_row
from bmtui.desk.companies import channel_access
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import request_line
from bmtui.errors import NotUnderstood, RuleRefused
from bmtui.store.models import CareFolder, Order
from bmtui.words import EffectKind

MESSAGE_LIMIT = 5000
"""Longest message in characters; our own limit, for the channel names none."""
MESSAGE, PROBLEM, TRANSFER = "message", "problem", "transfer"


@dataclass(frozen=True, slots=True)
class CareWrite:
    """Write to a folder before it is planned: the request, and the text that a later reading must show."""

    folder_id: int
    what: str
    about: str
    write: WriteRequest
    text: str = ""

    @property
    def files(self) -> tuple[FileRef, ...]:
        """Files that are sent with the write."""
        return uploads.files_of(self.write)

    @property
    def sentence(self) -> str:
        """Review sentence: subject and request, in one line."""
        return f"{self.about}: {request_line(self.write)}"


@dataclass(frozen=True, slots=True)
class CareSent:
    """Planned write to a folder: its effect, its job, and its request in one line."""

    folder_id: int
    effect_id: int
    job_id: int
    request: str


def answer(folder_id: int, text: str, files: Sequence[str] = ()) -> CareWrite:
    """Return a message to the customer, with up to ten files of 3 MB; it reopens a closed folder.

    Raises:
        RuleRefused: no message, a too long one, or a file that cannot be sent, named.
    """
    _short_enough(text)
    write = uploads.care_message(folder_id, text, [uploads.choose(path) for path in files])
    return CareWrite(folder_id, MESSAGE, f"Message in folder {folder_id}", write, _text_of(write))


def problem(folder_id: int, problem_type: str, text: str = "", files: Sequence[str] = ()) -> CareWrite:
    """Return a report of a problem with the returned item. Raises RuleRefused by the channel's own rules."""
    _short_enough(text)
    kind = problem_type.strip().upper()
    write = uploads.care_problem(folder_id, kind, text, [uploads.choose(path) for path in files])
    if folder_id < uploads.SPLIT_ID and (text.strip() or files):
        raise RuleRefused(
            f"Folder {folder_id} is of the old type: a problem there has no message and no files.",
            "Leave them out, and write a message.",
        )
    return CareWrite(
        folder_id, PROBLEM, f"Problem in folder {folder_id}: {folder_words.in_words(kind)}", write, _text_of(write)
    )


def transfer(folder_id: int, *, carrier: str, tracking: str, action: str) -> CareWrite:
    """Return a report that the item went back to the customer.

    Raises:
        NotRead: no number of a parcel. RuleRefused: by the channel's own rules.
    """
    number = str(parameters.TRACKING.read(tracking)) if tracking.strip() else ""
    write = uploads.item_transfer(folder_id, carrier=carrier, tracking_number=number, action=action.strip().upper())
    return CareWrite(folder_id, TRANSFER, f"Item transfer in folder {folder_id}", write)


def problem_why_not(folder_id: int, problem_type: str) -> str:
    """Return the reason why the folder cannot take a problem of this type at all; '' when it can."""
    if folder_id < uploads.SPLIT_ID and problem_type != "OTHER":
        return f"Folder {folder_id} is of the old type, which accepts only OTHER."
    return ""


def transfer_why_not(folder_id: int) -> str:
    """Return the reason why the folder takes no item transfer; '' when it does."""
    if folder_id > uploads.SPLIT_ID:
        return f"Back Market accepts no item transfer for folders above {uploads.SPLIT_ID:,}."
    return ""


def check(desk: Desk, planned: CareWrite) -> None:
    """Check that the write can be planned now; change nothing. Raises as `send`."""
    with desk.store.snapshot():
        _may_be_sent(desk, planned)


def send(desk: Desk, planned: CareWrite) -> CareSent:
    """Plan the write with its job and audit row, in one transaction.

    Raises:
        NotFound: no such folder here. RuleRefused: another write to it is not settled, or the company is disabled.
        ConfigError: the company's token is missing.
    """
    desk.must_write()
    with desk.store.transaction():
        row = _may_be_sent(desk, planned)
        channel_access.must_be_callable(desk, row.company)
        mine = (Order.company == row.company_id) & (Order.order_id == row.order_id)
        order = Order.get_or_none(mine) if row.order_id is not None else None
        about = {"folder_id": planned.folder_id} | ({"order_id": order.order_id} if order is not None else {})
        job_id = effects.open_job(desk, EffectKind.MESSAGE, row.company, order, about=about)
        effect = effects.plan(
            desk,
            EffectKind.MESSAGE,
            row.company,
            order,
            planned.write,
            target=store.target(row.company_id, planned.folder_id),
            about=planned.about,
            expected=_expected(row, planned),
            job_id=job_id,
            subject_id=row.id,
        )
        audit.record(
            desk,
            f"care.{planned.what}",
            f"{planned.about} is queued (job {job_id}).",
            company_id=row.company_id,
            order_row=order.id if order is not None else None,
            # The text may be about the customer: only the outbox has it, from where it can be removed.
            after={"path": planned.write.path, "files": len(planned.files), "job": job_id, "effect": effect.id},
        )
        return CareSent(planned.folder_id, effect.id, job_id, request_line(planned.write))


def _may_be_sent(desk: Desk, planned: CareWrite) -> CareFolder:
    row = folder_row(desk, planned.folder_id)
    if effects.live_on(store.target(row.company_id, planned.folder_id)):
        raise RuleRefused(
            f"A write to folder {planned.folder_id} is being sent, or its outcome is unknown.",
            "See 'bmtui outbox list': wait, withdraw it, or settle it.",
        )
    return row


def _expected(row: CareFolder, planned: CareWrite) -> dict[str, Any]:
    """Return the expected message. It is not guarded: no reading of the folder proves that a message never comes."""
    try:
        known = [message.message_id for message in read_folder(row.payload).messages]
    except NotUnderstood:
        known = []
    return {
        "folder_id": planned.folder_id,
        "what": planned.what,
        "text": planned.text,
        "files": len(uploads.files_of(planned.write)),
        "known": known,
        "guarded": False,
    }


def _text_of(write: WriteRequest) -> str:
    return str(write.body[uploads.FORM]["fields"].get("message", ""))


def _short_enough(text: str) -> None:
    if len(text) > MESSAGE_LIMIT:
        raise RuleRefused(
            f"The message has {len(text):,} characters; at most {MESSAGE_LIMIT:,} are allowed.", "Shorten it."
        )
