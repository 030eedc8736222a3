"""Row of another system's file: read, checked, and compared with the store."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

from bmtui.channel.model import LineState
from bmtui.desk.cancellation import internal
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in.columns import FIELD, REFERENCE_FIELD, must_be_currency
from bmtui.desk.moving_in.plans import PlannedOrder, WantedNote
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders.parameters import LONGEST_NOTE
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import ledger
from bmtui.desk.refunds.plan import RefundRequest
from bmtui.desk.returns.rma import GONE, WantedItem
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping.identifiers import Identifier
from bmtui.desk.tags import tags
from bmtui.desk.tags.parameters import LONGEST_VALUE
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.store.models import Note, Order, OrderField, OrderLine, OrderTag, Refund, Return, ReturnItem, Unit
from bmtui.text import how_many
from bmtui.values import amount, date, note, table_file, whole_number
from bmtui.words import (
    REFUND_NOT_COUNTED,
    UPLOAD_VOID,
    RefundMethod,
    RefundOperation,
    ReturnApproval,
    ShippingStatus,
    label,
)

_REFUND_COLUMNS = {name: f"refund_{name}" for name in ("date", "method", "reference", "note")}
"""Columns of the file by the fields of a refund."""
IMPORTED = "Imported from another system."
"""Note with which a status that needs a note is checked; the real note is a row of its own."""
_CLOSED = ("closed", "completed", "complete", "cancelled", "canceled", "rejected", "void")

_OTHERS_RMA = re.compile(r"RMA \S+ of the other system\b")


@dataclass(slots=True)
class FileReading:
    """State of reading a file: its settings, and the changes that earlier rows want.

    `order` is the order of day and month in dates that do not begin with the year; `names` are those of the company in
    the file, in lower case, and `company` its name here; `of_returns`: a column Status is the RMA's.
    """

    desk: Desk
    now: datetime
    order: str
    names: frozenset[str]
    company: str = ""
    of_returns: bool = False
    said: dict[tuple[int, str], str] = field(default_factory=dict)
    seen: set[tuple[Any, ...]] = field(default_factory=set)
    holders: dict[tuple[str, str], int] = field(default_factory=dict)
    returns: dict[tuple[int, str], list[ReturnRow]] = field(default_factory=dict)
    refunded: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    units: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def is_new(self, *key: Any) -> bool:
        """Return whether no earlier row has this key, and note it."""
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def is_first(self, order: Order, column: str, value: str) -> bool:
        """Return whether no earlier row has this value for the order: files with one row for each line repeat it.

        Raises:
            RuleRefused: an earlier row has another value.
        """
        said = self.said.setdefault((order.id, column), value)
        if said != value:
            raise RuleRefused(
                f"An earlier row has '{said[:40]}' for the same order, this row '{value[:40]}'.", field=column
            )
        return self.is_new(column, order.id)


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """Row of an RMA that is not here; the rows of one RMA are made together."""

    row: int
    item: WantedItem
    received: int
    description: str


def of_another(reading: FileReading, cells: Mapping[str, str]) -> RuleRefused | None:
    """Return the error of a row that is not about an order of this company on Back Market, or None."""
    channel = cells.get("channel", "")
    if channel and "backmarket" not in "".join(filter(str.isalnum, channel.casefold())):
        sentence = f"The row is of the channel '{channel[:40]}', not of Back Market."
        return RuleRefused(sentence, "Leave such rows out with --skip-others.", field="channel")
    company = cells.get("company", "")
    if company and reading.names and company.casefold() not in reading.names:
        sentence = f"The row is of the company '{company[:40]}', not of {reading.company}."
        named = f"Leave such rows out with --skip-others, or add --source-company '{company[:40]}' if it is the same."
        return RuleRefused(sentence, named, field="company")
    return None


@contextmanager
def in_column(column: str, others: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Let the errors of the desk name a column of the file: that of their field in `others`, else `column`."""
    try:
        yield
    except BmtuiError as error:
        error.field = others.get(error.field, column)
        raise


def planned(reading: FileReading, row: table_file.Row) -> PlannedOrder:
    """Return the changes that the row would make. Raises the row's error; NotFound when its order is not here."""
    desk, cells = reading.desk, row.cells
    order_id = whole_number.read(cells["order_id"], field="order_id")
    order = orders.order_row(desk, order_id)
    zone = desk.zone(order.company.name)
    with in_column("status"):
        status = "" if reading.of_returns else _status(desk, order, cells)
    status = status if status and reading.is_first(order, "status", status) else ""
    wanted_note = _note(reading, order, cells, zone)
    with in_column("tags"):
        new_tags = tuple(tag for tag in _tags(order, cells) if reading.is_new("tag", order.id, tag))
    with in_column("assignee"):
        assignee = permissions.known_account(desk, cells["assignee"]) if cells.get("assignee") else ""
    assignee = assignee if assignee and assignee != order.assignee else ""
    assignee = assignee if assignee and reading.is_first(order, "assignee", assignee) else ""
    fields = tuple(
        (name, text) for name, text in _fields(order, cells) if reading.is_first(order, f"{FIELD}{name}", text)
    )
    refund = _refund(reading, order, cells, zone)
    unit = _unit(reading, order, cells)
    remarks = [*_unlike(order, cells)]
    made = _return(reading, row.number, order, cells, remarks)
    changes = [
        *([f"status {label(order.status)} → {label(status)}"] if status else []),
        *(["a note"] if wanted_note else []),
        *([f"tags {', '.join(new_tags)}"] if new_tags else []),
        *([f"assigned to {assignee}"] if assignee else []),
        *(f"{name}: {text}" for name, text in fields),
        *([f"a refund of {refund.amount} made elsewhere"] if refund else []),
        *([f"{unit.text} went out"] if unit else []),
        *([made] if made else []),
    ]
    return PlannedOrder(
        row.number,
        order_id,
        tuple(changes),
        tuple(remarks),
        status,
        wanted_note,
        new_tags,
        assignee,
        fields,
        refund,
        unit,
    )


def _status(desk: Desk, order: Order, cells: Mapping[str, str]) -> str:
    text = cells.get("status", "")
    meant = "".join(char for char in text.casefold() if char.isalpha())
    known = {status.replace("_", ""): status for status in (*internal.STATUSES, *internal.BACK)}
    if text and meant not in known:
        raise ConfigError(
            f"'{text[:40]}' is not a status.", f"Statuses: {', '.join(map(label, known.values()))}.", field="status"
        )
    status = known.get(meant, order.status)
    # An order's own status follows Back Market: nothing to import.
    if status == order.status or status in internal.BACK:
        return ""
    internal.check(desk, order.order_id, status, IMPORTED)
    return status


def _unlike(order: Order, cells: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence when the file and Back Market differ about whether the order is shipped."""
    text = "".join(filter(str.isalpha, cells.get("shipping_status", "").casefold()))
    there = {"fullyshipped": True, "shipped": True, "unshipped": False, "notshipped": False}.get(text)
    here = order.shipping_status == ShippingStatus.FULLY_SHIPPED
    if there is not None and there != here:
        yield f"{label(order.shipping_status)} on Back Market, '{cells['shipping_status'][:30]}' in the file"


def _note(reading: FileReading, order: Order, cells: Mapping[str, str], zone: tzinfo) -> WantedNote | None:
    text = cells.get("note", "")
    if not text:
        return None
    text = note.read_note(text, longest=LONGEST_NOTE, field="note").value
    author = cells.get("note_author", "")
    if author:
        author = note.read_name(author, field="note_author", wanted="author", longest=100).value
    day = cells.get("note_date", "")
    at = date.read_moment(day, zone, reading.now, order=reading.order, field="note_date") if day else None
    same = (Note.order == order) & (Note.text == text)
    if author:
        same &= (Note.author == author) | ((Note.author == "") & (Note.made_by == author))
    if at is not None:
        same &= Note.at == at
    # Earlier releases put both into the text.
    head = ", ".join(filter(None, (author, at.astimezone(zone).date().isoformat() if at else "")))
    earlier = (Note.order == order) & (Note.text == f"{head}: {text}")
    if Note.select().where(same | earlier).exists() or not reading.is_new("note", order.id, text, author, at):
        return None
    return WantedNote(text, author, at)


def _tags(order: Order, cells: Mapping[str, str]) -> Collection[str]:
    wanted = [tags.read_tag(text) for text in cells.get("tags", "").replace(";", ",").split(",") if text.strip()]
    if not wanted:
        return ()
    has = {row.tag for row in OrderTag.select().where(OrderTag.order == order)}
    new = dict.fromkeys(tag for tag in wanted if tag not in has)
    if len(has) + len(new) > tags.MOST_TAGS:
        raise RuleRefused(f"It would have more than {tags.MOST_TAGS} tags.", "Take some out.", field="tags")
    return tuple(new)


def _fields(order: Order, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    wanted = {column.removeprefix(FIELD): text for column, text in cells.items() if column.startswith(FIELD)}
    wanted |= {REFERENCE_FIELD: cells["reference"]} if "reference" in cells else {}
    if not any(wanted.values()):
        return
    has = {row.name: row.value for row in OrderField.select().where(OrderField.order == order)}
    for name, text in wanted.items():
        value = note.read_name(
            text, field=f"{FIELD}{name}", wanted="field", longest=LONGEST_VALUE, required=False
        ).value
        if value and has.get(name) != value:
            yield name, value


def _refund(reading: FileReading, order: Order, cells: Mapping[str, str], zone: tzinfo) -> RefundRequest | None:
    text = cells.get("refund_amount", "")
    if not text:
        return None
    must_be_currency(cells, "refund_currency", order.currency)
    paid = amount.read(text, order.currency, field="refund_amount")
    if not paid.minor:
        return None
    desk, day = reading.desk, cells.get("refund_date", "")
    at = date.read_moment(day, zone, reading.now, order=reading.order, field="refund_date") if day else reading.now
    chosen = at.astimezone(zone).date().isoformat()
    reference = cells.get("refund_reference", "")
    here = (Refund.order == order) & (Refund.amount == paid.minor) & Refund.state.not_in(REFUND_NOT_COUNTED)
    here &= Refund.reference == reference
    if day:
        here &= Refund.date == chosen
    key = ("refund", order.id, paid.minor, reference, chosen)
    if Refund.select().where(here).exists() or not reading.is_new(*key):
        return None
    method = "_".join(cells.get("refund_method", "").casefold().split()) or RefundMethod.OTHER
    if method not in list(RefundMethod):
        known = ", ".join(map(label, RefundMethod))
        raise ConfigError(f"'{method[:40]}' is not a refund method.", f"Methods: {known}.", field="refund_method")
    request = RefundRequest(
        operation=RefundOperation.ISSUE_REFUND,
        amount=paid,
        method=method,
        date=chosen,
        reference=reference,
        note=cells.get("refund_note", ""),
    )
    with in_column("refund_amount", _REFUND_COLUMNS):
        if refunds.plan(desk, order.order_id, request).approval:
            raise RuleRefused(f"A refund of {paid} is above your limit.", "An account without a limit can import it.")
        left = ledger.refundable(order) - reading.refunded[order.id]
        ledger.refuse_above(paid.minor, left, order.currency, f"order {order.order_id}", "Earlier rows count.")
    reading.refunded[order.id] += paid.minor
    return request


def line_of(order: Order, cells: Mapping[str, str], *, able: Collection[int] = ()) -> OrderLine:
    """Return the line that a row names by `line_id` or `sku`, or by neither where there is only one.

    Args:
        able: states, one of which the line must have where several lines match.

    Raises:
        RuleRefused: none, or several.
    """
    lines = orders.lines_of(order)
    number, sku = cells.get("line_id", ""), cells.get("sku", "")
    if number:
        wanted = whole_number.read(number, field="line_id")
        lines = [line for line in lines if line.line_id == wanted]
    if sku:
        lines = [line for line in lines if line.sku.casefold() == sku.casefold()]
    if not lines:
        named = f"line {number}" if number else f"line of SKU '{sku[:40]}'"
        raise RuleRefused(f"Order {order.order_id} has no {named}.", field="line_id" if number else "sku")
    if len(lines) > 1:
        lines = [line for line in lines if line.state in able] or lines
    if len(lines) > 1:
        raise RuleRefused(f"Order {order.order_id} has several such lines.", "Name one by line_id.", field="line_id")
    return lines[0]


def _unit(reading: FileReading, order: Order, cells: Mapping[str, str]) -> Identifier | None:
    kind = identifiers.IMEI if cells.get("imei") else identifiers.SERIAL
    text = cells.get("imei") or cells.get("serial_number") or ""
    if not text:
        return None
    line = line_of(order, cells, able=GONE)
    # A column of serial numbers holds IMEIs, too.
    one = identifiers.given(line.line_id, text, kind if cells.get("imei") else "", column=kind)
    mine = [unit for unit in Unit.select().where(Unit.line == line) if unit.state not in UPLOAD_VOID]
    if one.value in (line.imei, line.serial_number, *(value for unit in mine for value in _known_by(unit))):
        return None
    if problem := identifiers.wrong_with(one):
        raise RuleRefused(problem.sentence, field=kind)
    if line.state not in GONE:
        raise RuleRefused(f"Line {line.line_id} ({line.sku}) was not shipped.", field=kind)
    if line.imei or line.serial_number:
        there = line.imei or line.serial_number
        raise RuleRefused(f"Line {line.line_id} has {there} on Back Market, not {one.value}.", field=kind)
    if not reading.is_new("unit", line.id, one.kind, one.value):
        return None
    holder = reading.holders.setdefault((one.kind, one.value), order.order_id)
    sentence = identifiers.elsewhere(order, line, one)
    if not sentence and holder != order.order_id and line.state == LineState.SHIPPED:
        sentence = f"The {one.text} is on order {holder} of this file, too."
    if sentence:
        raise RuleRefused(sentence, "Correct the row of the order that has another device.", field=kind)
    reading.units[line.id] += 1
    if reading.units[line.id] > line.quantity - len(mine):
        raise RuleRefused(f"Line {line.line_id} ({line.sku}) cannot have {one.text}.", field=kind)
    return one


def _known_by(unit: Unit) -> tuple[str, ...]:
    return tuple(filter(None, (unit.imei, unit.serial_number)))


def _return(reading: FileReading, number: int, order: Order, cells: Mapping[str, str], remarks: list[str]) -> str:
    """Note an item of an RMA that is not here; return its sentence, or ''."""
    reason = cells.get("rma_reason", "")
    if not reason:
        if cells.get("rma"):
            raise ConfigError("An RMA needs a reason.", "Fill the column rma_reason.", field="rma_reason")
        return ""
    status = cells.get("status" if reading.of_returns else "rma_status", "")
    if "".join(filter(str.isalpha, status.casefold())) in _CLOSED:
        remarks.append(f"the RMA is {status[:20].lower()}: only open RMAs are imported")
        return ""
    line = line_of(order, cells, able=GONE)
    text = cells.get("rma_quantity", "")
    quantity = whole_number.read(text, field="rma_quantity") if text else None
    here = (
        ReturnItem.select(ReturnItem.quantity)
        .join(Return)
        .where((ReturnItem.line == line) & (ReturnItem.approval != ReturnApproval.REJECTED))
        .where(Return.order == order)
    )
    pieces = quantity or line.quantity
    if any(item.quantity == pieces for item in here):
        return ""
    got = cells.get("rma_received", "")
    received = whole_number.read(got, field="rma_received", low=0) if got else 0
    if received > pieces:
        raise RuleRefused(f"{received} of {how_many(pieces, 'piece')} cannot be received.", field="rma_received")
    if not reading.is_new("rma", line.id, pieces, reason.casefold(), cells.get("rma", "")):
        return ""
    name = cells.get("rma", "")
    told = cells.get("rma_description", "")
    # An export of ours says it already.
    whose = f"RMA {name} of the other system" if name and not _OTHERS_RMA.match(told) else ""
    said = ". ".join(filter(None, (whose, told)))
    item = ReturnRow(number, WantedItem(line.line_id, quantity, reason), received, said)
    reading.returns.setdefault((order.order_id, name), []).append(item)
    return f"an RMA: {pieces} × {line.sku} ({reason})"
