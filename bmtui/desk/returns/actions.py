"""Actions on an RMA: approve, receive, resolve, hold, close, note, track, attach (order-desk §5).

Receiving, refunding and restocking are independent facts: none waits for another.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeVar

from bmtui import plain_file
from bmtui.channel import uploads
from bmtui.channel.uploads import FileRef
from bmtui.desk.core.context import Desk
from bmtui.desk.returns import parameters
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import views as return_views
from bmtui.desk.returns.views import ReturnView, difference, went_out
from bmtui.desk.shipping import carriers
from bmtui.errors import ConfigError, NotFound, RuleRefused, ValueRefused
from bmtui.store.models import Return, ReturnDocument, ReturnItem, ReturnNote, ReturnReceipt
from bmtui.text import how_many, plain
from bmtui.values import identifier, tracking_number
from bmtui.values.identifier import Kind
from bmtui.words import LabelledEnum, ReturnApproval, ReturnNoteKind, ReturnResolution, ReturnStatus

W = TypeVar("W", bound=LabelledEnum)

_WITH_APPROVAL = (
    ReturnResolution.REFUND,
    ReturnResolution.REPLACE,
    ReturnResolution.EXCHANGE,
    ReturnResolution.REPAIR,
)
_SENT = (ReturnResolution.REPLACE, ReturnResolution.EXCHANGE, ReturnResolution.REPAIR)
"""Resolutions that send a device to the buyer, so that its SKU and tracking number can be recorded."""

_TEXTS = {one.name: one for one in (parameters.NOTE, parameters.SKU, *parameters.TRACK, parameters.SERIAL)}


def approve(
    desk: Desk, rma_id: int, approval: str, *, line_id: int | None = None, version: int | None = None
) -> ReturnView:
    """Set the approval of an RMA's items, all or one line: approved, rejected or undecided.

    Raises:
        NotFound, ConfigError, EditConflict, RuleRefused: closed, no such line, or the resolution says otherwise.
    """
    decided = _word(ReturnApproval, approval, "approval")
    desk.must_write()
    with desk.store.transaction():
        rma = returns.open_row(desk, rma_id, version)
        for item in returns.item_rows(rma, line_id):
            if decided == ReturnApproval.REJECTED and item.resolution in _WITH_APPROVAL:
                raise RuleRefused(
                    f"Line {item.line.line_id} ({item.line.sku}) is resolved as "
                    f"{ReturnResolution(item.resolution).label}; it cannot be rejected.",
                    "Change its resolution first.",
                )
            taken_again = item.approval == ReturnApproval.REJECTED != decided
            if taken_again and returns.left_of(item.line) < item.quantity:
                raise RuleRefused(f"Line {item.line.line_id} ({item.line.sku}) is in another RMA meanwhile.")
            _change(item, approval=decided)
        returns.touched(desk, rma, "approval", f"{decided.label}{_of_line(line_id)}.")
        return return_views.view_of(rma)


def receive(
    desk: Desk,
    rma_id: int,
    *,
    line_id: int | None = None,
    quantity: int | None = None,
    damaged: int = 0,
    imei: str = "",
    serial: str = "",
    note: str = "",
    version: int | None = None,
) -> ReturnView:
    """Record pieces that arrived; `line_id` None: the only line, `quantity` None: all missing pieces.

    Another IMEI or serial number than was shipped is recorded too: the item `differs` from then on, with an alarm.

    Raises:
        NotFound, EditConflict, RuleRefused: closed, no such line, more than is missing, more damaged than arrived,
            or a text that is no IMEI.
    """
    desk.must_write()
    identifiers = _identifiers(imei, serial)
    with desk.store.transaction():
        rma = returns.open_row(desk, rma_id, version)
        item = _one_item(rma, line_id)
        missing = item.quantity - item.received
        count = missing if quantity is None else quantity
        named = f"line {item.line.line_id} ({item.line.sku})"
        if missing <= 0:
            raise RuleRefused(f"All {item.quantity} of {named} are received already.")
        if not 1 <= count <= missing:
            raise RuleRefused(
                f"{how_many(count, 'piece')} of {named} cannot be received; {missing} are missing.",
                f"Enter a quantity from 1 to {missing}.",
                field="quantity",
            )
        if not 0 <= damaged <= count:
            raise RuleRefused(
                f"{damaged} damaged pieces are more than the {count} received.",
                f"Enter a number from 0 to {count}.",
                field="damaged",
            )
        imei, serial = identifiers
        out = went_out(item.line)
        differs = out.differs(imei, serial)
        ReturnReceipt.create(
            item=item,
            at=desk.now(),
            made_by=desk.actor,
            quantity=count,
            damaged=damaged,
            imei=imei,
            serial_number=serial,
            differs=differs,
        )
        ReturnItem.update(received=ReturnItem.received + count, damaged=ReturnItem.damaged + damaged).where(
            ReturnItem.id == item.id
        ).execute()
        if note.strip():
            _write_note(desk, rma, ReturnNoteKind.RETURN, note)
        summary = f"{count} × {item.line.sku} received, {damaged} of it damaged."
        if differs:
            summary += " " + difference(item.line.sku, ", ".join(out.imeis), ", ".join(out.serials), imei, serial)
        going_on = {"status": ReturnStatus.PROCESSING} if rma.status == ReturnStatus.OPEN else {}
        returns.touched(desk, rma, "received", summary, **going_on)
        return return_views.view_of(rma)


def resolve(
    desk: Desk,
    rma_id: int,
    resolution: str,
    *,
    line_id: int | None = None,
    note: str = "",
    sku: str = "",
    tracking: str = "",
    version: int | None = None,
) -> ReturnView:
    """Set the resolution of items; for a replacement, exchange or repair also the SKU and tracking number sent.

    Raises:
        NotFound, ConfigError, EditConflict, RuleRefused: closed, no such line, not approved, or a SKU or tracking
            number for a resolution that sends nothing.
    """
    decided = _word(ReturnResolution, resolution, "resolution")
    desk.must_write()
    if tracking.strip():
        tracking = _parcel(desk, tracking, "")
    texts = _fitting(note=note, sku=sku, tracking=tracking)
    with desk.store.transaction():
        rma = returns.open_row(desk, rma_id, version)
        if (sku.strip() or tracking.strip()) and decided not in _SENT:
            raise RuleRefused(
                f"{decided.label} sends nothing to the customer.",
                "A SKU or tracking number goes with Replace, Exchange or Repair.",
                field="sku" if sku.strip() else "tracking",
            )
        for item in returns.item_rows(rma, line_id):
            if decided in _WITH_APPROVAL and item.approval == ReturnApproval.REJECTED:
                raise RuleRefused(
                    f"Line {item.line.line_id} ({item.line.sku}) is rejected; {decided.label} is not possible.",
                    "Approve it first.",
                )
            sent = texts["sku"] or (item.line.sku if decided == ReturnResolution.REPLACE else "")
            if decided == ReturnResolution.EXCHANGE and not sent:
                raise RuleRefused("An exchange needs the SKU that is sent instead.", "Name it with --sku.", field="sku")
            _change(
                item,
                resolution=decided,
                resolution_note=texts["note"],
                sent_sku=sent,
                sent_tracking="".join(texts["tracking"].split()),
            )
        told = f"{decided.label}{_of_line(line_id)}{': ' if texts['sku'] else ''}{texts['sku']}."
        going_on = {"status": ReturnStatus.PROCESSING} if rma.status == ReturnStatus.OPEN else {}
        returns.touched(desk, rma, "resolved", told, **going_on)
        return return_views.view_of(rma)


def set_status(desk: Desk, rma_id: int, status: str, note: str = "", version: int | None = None) -> ReturnView:
    """Change the status of an RMA. On Hold asks for a note; Closed for a resolution of every item.

    Raises:
        NotFound, ConfigError, EditConflict, RuleRefused: it has that status already, or something is missing for it.
    """
    chosen = _word(ReturnStatus, status, "status")
    desk.must_write()
    with desk.store.transaction():
        rma = returns.rma_row(desk, rma_id)
        if rma.status == chosen:
            raise RuleRefused(f"RMA {rma_id} is {chosen.label} already; nothing was changed.")
        if rma.status != ReturnStatus.CLOSED:
            rma = returns.open_row(desk, rma_id, version)
        if chosen == ReturnStatus.ON_HOLD and not note.strip():
            raise RuleRefused("On Hold needs a note.", "Write the reason.", field="note")
        if chosen == ReturnStatus.CLOSED:
            _must_be_decided(rma)
        if note.strip():
            _write_note(desk, rma, ReturnNoteKind.MERCHANT, note)
        before = ReturnStatus(rma.status).label
        closed_at = desk.now() if chosen == ReturnStatus.CLOSED else None
        returns.touched(desk, rma, "status", f"{before} → {chosen.label}.", status=chosen, closed_at=closed_at)
        return return_views.view_of(rma)


def add_note(desk: Desk, rma_id: int, text: str, kind: str = ReturnNoteKind.MERCHANT) -> ReturnView:
    """Add a note: about the parcel (return), or for ourselves (merchant).

    Raises:
        NotFound, ConfigError, RuleRefused: empty or too long.
    """
    chosen = _word(ReturnNoteKind, kind, "kind of note")
    desk.must_write()
    with desk.store.transaction():
        rma = returns.rma_row(desk, rma_id)
        _write_note(desk, rma, chosen, text)
        returns.touched(desk, rma, "note", f"A {chosen} note was written.")
        return return_views.view_of(rma)


def track(
    desk: Desk, rma_id: int, *, tracking: str, carrier: str = "", url: str = "", label_url: str | None = None
) -> ReturnView:
    """Record tracking number and carrier of the returning parcel; `label_url` is set if they come from the channel.

    Raises:
        NotFound, NotRead, RuleRefused: closed, nothing to record, no number of this carrier, or too long.
    """
    desk.must_write()
    if tracking.strip() and label_url is None:
        tracking = _parcel(desk, tracking, carrier)
    texts = _fitting(tracking="".join(tracking.split()), carrier=carrier, url=url)
    if not any(texts.values()) and not label_url:
        raise RuleRefused("There is no tracking number to record.", "Enter the number of the parcel.", field="tracking")
    with desk.store.transaction():
        rma = returns.open_row(desk, rma_id)
        changes: dict[str, object] = {"tracking_number": texts["tracking"], "carrier": texts["carrier"]}
        changes |= {"tracking_url": texts["url"]} | ({} if label_url is None else {"label_url": label_url})
        told = texts["carrier"] or ("a tracking number" if texts["tracking"] else "a return label")
        returns.touched(desk, rma, "tracking", f"It comes back with {told}.", **changes)
        return return_views.view_of(rma)


def attach(desk: Desk, rma_id: int, path: str, name: str = "") -> ReturnView:
    """Store a copy of a file with the RMA, at most 3 MB.

    Raises:
        NotFound, RuleRefused: it cannot be read, is empty, or too large.
    """
    desk.must_write()
    file = uploads.choose(path, name=name)
    return store_document(desk, rma_id, file, plain_file.read_bytes(file.path))


def store_document(desk: Desk, rma_id: int, file: FileRef, content: bytes) -> ReturnView:
    """Store `content` with the RMA under the name of `file`; the same content twice is stored once."""
    digest = hashlib.sha256(content).hexdigest()
    with desk.store.transaction():
        rma = returns.rma_row(desk, rma_id)
        if not ReturnDocument.select().where((ReturnDocument.rma == rma) & (ReturnDocument.sha256 == digest)).exists():
            # The file's name is the hash of its content: no foreign name becomes a path.
            place = Path("returns") / str(rma.id) / digest
            _write(desk.settings.data / place, content)
            ReturnDocument.create(
                rma=rma,
                name=file.name,
                file=str(place),
                media_type=file.media_type,
                size=len(content),
                sha256=digest,
                at=desk.now(),
                made_by=desk.actor,
            )
            returns.touched(desk, rma, "document", f"A document was attached ({len(content):,} bytes).")
        return return_views.view_of(rma)


def read_document(desk: Desk, rma_id: int, document_id: int) -> tuple[str, bytes]:
    """Return name and content of a document.

    Raises:
        NotFound: no such RMA or document, or its file is gone. RuleRefused: the file was changed since it was stored.
    """
    rma = returns.rma_row(desk, rma_id)
    row = ReturnDocument.get_or_none((ReturnDocument.rma == rma) & (ReturnDocument.id == document_id))
    if row is None:
        raise NotFound(f"RMA {rma_id} has no document {document_id}.", f"See 'bmtui returns show {rma_id}'.")
    try:
        content = plain_file.read_bytes(desk.settings.data / row.file)
    except OSError as error:
        raise NotFound(f"The file of document {document_id} is gone ({type(error).__name__}).") from error
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise RuleRefused(f"The file of document {document_id} was changed since it was stored; it is not opened.")
    return row.name, content


def _must_be_decided(rma: Return) -> None:
    open_items = [item for item in return_views.items_of(rma) if item.resolution == ReturnResolution.NOT_DECIDED]
    rejected = [item for item in open_items if item.approval == ReturnApproval.REJECTED]
    left = [item for item in open_items if item not in rejected]
    if left:
        names = ", ".join(f"{item.line.line_id} ({item.line.sku})" for item in left)
        raise RuleRefused(f"RMA {rma.id} cannot be closed: {names} has no resolution.", "Resolve every line first.")
    for item in rejected:
        _change(item, resolution=ReturnResolution.REJECT)


def _one_item(rma: Return, line_id: int | None) -> ReturnItem:
    items = returns.item_rows(rma, line_id)
    if len(items) > 1:
        names = ", ".join(f"{item.line.line_id} ({item.line.sku})" for item in items)
        raise RuleRefused(f"RMA {rma.id} has several lines: {names}.", "Say which one arrived.", field="line")
    return items[0]


def _identifiers(imei: str, serial: str) -> tuple[str, str]:
    given = ((imei, Kind.IMEI, "imei"), (serial, Kind.SERIAL, "serial"))
    try:
        first, second = (
            identifier.read(text, kind=kind, field=field).value if text.strip() else "" for text, kind, field in given
        )
    except ValueRefused as error:
        # The number is not sent anywhere, so there is no override: the operator scans it once more.
        raise ValueRefused(error.field, error.came, error.understood, "Read it again from the device.") from error
    return first, second


def _parcel(desk: Desk, text: str, carrier: str) -> str:
    """Return the checked tracking number of a parcel. Raises NotRead, ValueRefused."""
    known = carriers.known(desk.settings)
    return tracking_number.read(text, known.get(carrier.strip().lower()), known.values()).value


def _change(item: ReturnItem, **changes: object) -> None:
    ReturnItem.update(**changes).where(ReturnItem.id == item.id).execute()


def _write_note(desk: Desk, rma: Return, kind: ReturnNoteKind, text: str) -> None:
    cleaned = _fitting(note=text)["note"]
    if not cleaned:
        raise RuleRefused("The note is empty.", "Write something, or cancel.", field="text")
    ReturnNote.create(rma=rma, kind=kind, at=desk.now(), made_by=desk.actor, text=cleaned)


def _fitting(**texts: str) -> dict[str, str]:
    """Return the texts without control characters; raises RuleRefused for one that is too long."""
    cleaned = {key: plain(text, multiline=key == "note").strip() for key, text in texts.items()}
    for key, text in cleaned.items():
        limit = _TEXTS[key].longest
        if len(text) > limit:
            label = _TEXTS[key].label
            raise RuleRefused(
                f"{label}: {len(text):,} characters; at most {limit:,} are allowed.", "Shorten it.", field=key
            )
    return cleaned


def _word(words: type[W], text: str, what: str) -> W:
    try:
        return words(text.strip().lower().replace(" ", "_").replace("-", "_"))
    except ValueError as error:
        raise ConfigError(
            f"'{plain(text)[:40]}' is no {what}.", f"Use one of: {', '.join(words)}.", field=what.split()[0]
        ) from error


def _of_line(line_id: int | None) -> str:
    return "" if line_id is None else f" (line {line_id})"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
