"""Evidence pack of an order: all its data with hashes, as PDF or JSON, for a dispute or an auditor."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bmtui.channel.care import read_folder
from bmtui.desk.after_sales import folder_words
from bmtui.desk.core import audit, audit_words
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.errors import ConfigError, NotUnderstood
from bmtui.money import Money
from bmtui.store.models import CareFolder, Effect
from bmtui.text import how_many
from bmtui.words import label

PDF, JSON = ".pdf", ".json"
_KEYS = ("initiator", "kind")
"""Fields of a message that hold keys of Back Market."""


def collect(desk: Desk, order_id: int) -> dict[str, Any]:
    """Return all data of the order as JSON values: money as decimal strings, times in UTC.

    `hashes` has the SHA-256 of each part, of its JSON with sorted keys and without spaces; `audit_chain` says whether
    the audit is unbroken, and gives its head.

    Raises:
        NotFound.
    """
    with desk.store.snapshot():
        view = overview.show(desk, order_id)
        row = orders.order_row(desk, order_id)
        sent = Effect.select(Effect.id).where(Effect.order == row.id).order_by(Effect.id)
        parts: dict[str, Any] = {
            "order": _plain(view.row),
            "lines": _plain(view.lines),
            "shipments": _plain(view.shipments),
            "payments": _plain(view.payments),
            "refunds": _plain(view.refunds),
            "returns": _plain(view.returns),
            "invoices": _plain(view.invoices),
            "notes": _plain(view.notes),
            "messages": _messages(row.company_id, order_id),
            "sent_to_back_market": [_plain(outbox.show(desk, effect.id)) for effect in sent],
            "timeline": [_plain(entry) for entry in reversed(audit.of_order(desk, row.id))],
        }
        verified = audit.verify(desk)
    chain = {"whole": not verified.problems, "rows": verified.rows, "head": verified.head}
    made = {"made_at": _plain(desk.now()), "made_by": desk.actor}
    return made | parts | {"audit_chain": chain, "hashes": {name: digest(part) for name, part in parts.items()}}


def digest(part: Any) -> str:
    """Return the SHA-256 of a part, of its JSON with sorted keys and without spaces."""
    text = json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write(desk: Desk, order_id: int, file: Path) -> str:
    """Write the pack to a new `file`, as PDF or JSON by the ending of its name; returns the file's SHA-256.

    Raises:
        NotFound, ConfigError: another ending, or the file exists already or cannot be written.
    """
    if file.suffix.lower() not in (PDF, JSON):
        raise ConfigError(f"'{file.name}' is neither a PDF nor JSON.", "End its name in .pdf or .json.")
    pack = collect(desk, order_id)
    if file.suffix.lower() == JSON:
        data = json.dumps(pack, ensure_ascii=False, indent=2).encode() + b"\n"
    else:
        # Imported late: fpdf2 takes 0.4 s to import.
        from bmtui.invoices import report

        data = report.render(f"Evidence · order {order_id}", list(sections(pack)), desk.now())
    try:
        # The file holds a customer's data (mode 0600), and must not overwrite another.
        target = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"{file} exists already; nothing was written.", "Give another name.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror}).", "Choose another folder.") from error
    with os.fdopen(target, "wb") as opened:
        opened.write(data)
    return hashlib.sha256(data).hexdigest()


def sections(pack: Mapping[str, Any]) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    """Yield the pack's sections for a reader: a heading, and pairs of a name and a text."""
    chain = pack["audit_chain"]
    yield (
        "This pack",
        [
            ("Made", f"{pack['made_at']} by {pack['made_by']}"),
            ("Audit", "whole" if chain["whole"] else "TAMPERED WITH: see 'bmtui audit verify'"),
            ("Head of the audit", f"{chain['head']} ({how_many(chain['rows'], 'row')})"),
        ],
    )
    for name, part in pack.items():
        if isinstance(part, Mapping) and name == "order":
            yield (
                "Order",
                [(label(key), _formatted(value)) for key, value in part.items() if value not in (None, "", {})],
            )
        elif isinstance(part, list) and part:
            yield f"{label(name)} ({len(part)})", [row for entry in part for row in _rows(name, entry)]
    yield "SHA-256 of each part", list(pack["hashes"].items())


def _rows(name: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if name == "timeline":
        yield (
            entry["at"],
            f"{audit_words.in_words(entry['action'])} by {entry['actor']}: {entry['summary']} [{entry['hash']}]",
        )
        return
    first = True
    for key, came in entry.items():
        value = (
            folder_words.AUTHORS.get(came, folder_words.in_words(came)) if name == "messages" and key in _KEYS else came
        )
        if value not in (None, "", {}, []):
            yield ("• " if first else "   ") + label(key), _formatted(value)
            first = False


def _formatted(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"amount", "currency"}:
            return f"{value['amount']} {value['currency']}"
        return ", ".join(f"{key.replace('_', ' ')}: {_formatted(inner)}" for key, inner in value.items() if inner)
    if isinstance(value, list):
        return ", ".join(map(_formatted, value))
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _messages(company_id: int, order_id: int) -> list[dict[str, Any]]:
    """Return the messages between buyer and seller, of each after-sales folder about this order."""
    found: list[dict[str, Any]] = []
    mine = (CareFolder.company == company_id) & (CareFolder.order_id == order_id)
    for row in CareFolder.select().where(mine).order_by(CareFolder.folder_id):
        try:
            folder = read_folder(row.payload)
        except NotUnderstood as error:
            found.append({"folder_id": row.folder_id, "text": f"The folder cannot be read: {error}"})
            continue
        found += [{"folder_id": folder.folder_id} | _plain(message) for message in folder.messages]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": value.decimal, "currency": value.currency}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
