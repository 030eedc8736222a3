"""Writes with files, as values (API §8, §9): an outbox stores them before a byte leaves.

A file is named by where it lies and what it must hash to; its bytes are read and checked when they are sent. The form
stands in the body of a `WriteRequest` under the key `FORM`, so that it is stored and revived like any other write:

    {"multipart": {"fields": {"message": "…"}, "files": [{"part": "attachment", "path": "/…", "sha256": "…", …}]}}
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bmtui import plain_file
from bmtui.channel.requests import WriteRequest, fitting
from bmtui.errors import RuleRefused, unreadable
from bmtui.text import how_many, plain

FORM = "multipart"
"""Key of a `WriteRequest.body` that is a form with files; no JSON body of the contract has it."""
MAX_FILE_BYTES = 3_000_000
"""Largest file: 3 MB, in the narrower of its two meanings (API §8, §9)."""
MAX_ATTACHMENTS = 10

PROBLEM_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "ACCOUNT_LOCKED": "Account locked",
        "CODE_LOCKED": "Locked by a code",
        "DAMAGED_PACKAGE": "Damaged package",
        "ITEM_NOT_RECEIVED": "Item not received",
        "MISSING_PART": "Missing part",
        "OOW_ITEM": "Item out of warranty",
        "PROBLEM_NOT_IDENTIFIED": "Problem not identified",
        "WRONG_ITEM": "Wrong item",
        "OTHER": "Other",
    }
)
"""`problem_type` of a problem that the seller reports (API §9, and what was seen in traffic)."""
PROVEN_PROBLEMS = frozenset({"DAMAGED_PACKAGE", "ITEM_NOT_RECEIVED", "OOW_ITEM"})
"""Problem types that need an attachment (API §9)."""
TRANSFER_ACTIONS = ("REPAIR", "REPLACE", "NOTHING")

SPLIT_ID = 100_000_000
"""Folder id at which the actions that Back Market allows for a folder change (API §9)."""
_MAGIC = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


@dataclass(frozen=True, slots=True)
class FileRef:
    """File as it was when it was chosen. `name` is what the channel sees; `media_type` is found from its content."""

    path: str
    sha256: str
    size: int
    name: str
    media_type: str


def choose(path: str | os.PathLike[str], *, name: str = "") -> FileRef:
    """Check the file that is to be sent; `name` is what the channel sees, else the file's own.

    Raises:
        RuleRefused: it cannot be read, is no ordinary file, is empty, or has more than 3 MB.
    """
    place = Path(path).absolute()
    data = _read(str(place))
    media_type = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "application/octet-stream")
    shown = re.sub(r"[^A-Za-z0-9._-]+", "_", name or place.name).strip("._")[-100:] or "file"
    return FileRef(str(place), hashlib.sha256(data).hexdigest(), len(data), shown, media_type)


def invoice(order_id: int, file: FileRef) -> WriteRequest:
    """Give the buyer of an order the invoice, a PDF (API §8). Sending it again presumably replaces it."""
    if file.media_type != "application/pdf":
        raise RuleRefused(f"{file.name} is not a PDF.", "Choose the invoice as a PDF file.")
    return _form(f"/ws/orders/{order_id:d}/invoice", {}, "invoice", [file])


def care_message(folder_id: int, message: str, files: Sequence[FileRef] = ()) -> WriteRequest:
    """Write to the customer of a folder, with up to ten files; reopens a closed folder (API §9)."""
    return _form(f"/ws/sav/{folder_id:d}/msg", {"message": _message(message)}, "attachment", files)


def care_problem(folder_id: int, problem_type: str, message: str = "", files: Sequence[FileRef] = ()) -> WriteRequest:
    """Report a problem with what came back; `problem_type` is a key of `PROBLEM_TYPES`, some of which need a file."""
    if problem_type not in PROBLEM_TYPES:
        raise RuleRefused(
            f"{plain(problem_type)[:40]} is not a problem type of Back Market.",
            f"Use one of {', '.join(PROBLEM_TYPES)}.",
        )
    if folder_id < SPLIT_ID and problem_type != "OTHER":
        raise RuleRefused(
            f"Folder {folder_id} is of the old type, which accepts only the problem type OTHER.", "Use OTHER."
        )
    if problem_type in PROVEN_PROBLEMS and not files:
        raise RuleRefused(f"The problem type {problem_type} needs a picture or document.", "Attach at least one file.")
    fields = {"problem_type": problem_type}
    if message.strip():
        fields["message"] = _message(message)
    return _form(f"/ws/sav/{folder_id:d}/problem", fields, "attachment", files)


def item_transfer(folder_id: int, *, carrier: str, tracking_number: str, action: str) -> WriteRequest:
    """Report that the item was sent back to the customer: repaired, replaced or as it came. Only for old folders."""
    if folder_id > SPLIT_ID:
        raise RuleRefused(
            f"Back Market accepts no item transfer for folders above {SPLIT_ID}, and this is {folder_id}.",
            "Write a message with the tracking number instead.",
        )
    if action not in TRANSFER_ACTIONS:
        raise RuleRefused(
            f"{plain(action)[:40]} is not an action of a transfer.", f"Use one of {', '.join(TRANSFER_ACTIONS)}."
        )
    given = fitting(shipper=carrier.strip(), tracking_number="".join(tracking_number.split()))
    if len(given) < 2:
        raise RuleRefused("An item transfer needs a carrier and a tracking number.", "Enter both.")
    body = {"shipperName": given["shipper"], "trackingNumber": given["tracking_number"], "action": action}
    return WriteRequest("POST", f"/ws/sav/{folder_id:d}/item-transfer", body)


def encode(request: WriteRequest) -> tuple[bytes, str]:
    """Return the body of a form and its content type; reads the files, so it is for a thread.

    Raises:
        RuleRefused: a file is gone or is not what it was when it was chosen; nothing may be sent then.
    """
    form = request.body[FORM]
    parts = [
        (f'form-data; name="{_quoted(name)}"', "", plain(text, multiline=True).encode())
        for name, text in form["fields"].items()
    ]
    for entry in form["files"]:
        file = _file(entry)
        data = _read(file.path)
        if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.sha256:
            raise RuleRefused(f"{file.name} was changed after it was chosen; nothing was sent.", "Choose it again.")
        if entry["part"] == "invoice" and not data.startswith(b"%PDF-"):
            raise RuleRefused(f"{file.name} is not a PDF; nothing was sent.", "Choose the invoice as a PDF file.")
        disposition = f'form-data; name="{_quoted(entry["part"])}"; filename="{_quoted(file.name)}"'
        parts.append((disposition, f"Content-Type: {_quoted(file.media_type)}\r\n", data))
    # Random, so that no file can be made to hold it.
    boundary = f"bmtui-{secrets.token_hex(16)}"
    body = bytearray()
    for disposition, kind, data in parts:
        body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + data + b"\r\n"
    return bytes(body) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def files_of(request: WriteRequest) -> tuple[FileRef, ...]:
    """Return the files that a write will send; none for a write without a form."""
    form = request.body.get(FORM)
    entries = form["files"] if form else ()
    return tuple(map(_file, entries))


def _form(path: str, fields: dict[str, str], part: str, files: Sequence[FileRef]) -> WriteRequest:
    if len(files) > MAX_ATTACHMENTS:
        raise RuleRefused(
            f"{how_many(len(files), 'file is', 'files are')} too many; Back Market accepts {MAX_ATTACHMENTS}.",
            "Leave some out.",
        )
    entries: list[dict[str, Any]] = [{"part": part, **asdict(file)} for file in files]
    return WriteRequest("POST", path, {FORM: {"fields": fields, "files": entries}})


def _file(entry: Mapping[str, Any]) -> FileRef:
    return FileRef(**{name: value for name, value in entry.items() if name != "part"})


def _message(message: str) -> str:
    text = plain(message.replace("\r\n", "\n"), multiline=True).strip()
    if not text:
        raise RuleRefused("The message is empty.", "Write one.")
    return text


def _quoted(name: str) -> str:
    """Return a file name that is safe in a header line of a part: a stored name may have been tampered with."""
    return re.sub(r"[^A-Za-z0-9._/-]", "_", name)


def _read(path: str) -> bytes:
    """Return the bytes of an ordinary file of 1 byte to 3 MB."""
    name = plain(os.path.basename(path))[:100]
    try:
        # It is read again when it is sent, which a pipe cannot be.
        with plain_file.opened(path, pipes=False) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        why = unreadable(error) if isinstance(error, OSError) else "that is not a path"
        raise RuleRefused(f"{name} cannot be read: {why}. Nothing was sent.", "Check its path.") from error
    if not data:
        raise RuleRefused(f"{name} is empty.", "Choose another file.")
    if len(data) > MAX_FILE_BYTES:
        raise RuleRefused(f"{name} has more than 3 MB, the limit of Back Market.", "Make it smaller.")
    return data
