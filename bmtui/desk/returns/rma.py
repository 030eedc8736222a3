"""Returns (RMA): created from an order or an after-sales folder, shown, and read from the store (order-desk §5).

Actions on an RMA are in `actions` and `refund`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peewee import fn

from bmtui.channel.care import read_folder
from bmtui.channel.model import LineState
from bmtui.desk.core import audit, numbers
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import plan as refund_plan
from bmtui.desk.returns import reasons as return_reasons
from bmtui.desk.returns import views as return_views
from bmtui.desk.returns.parameters import DESCRIPTION, PIECES, REASON
from bmtui.desk.returns.views import ReturnRow, ReturnView
from bmtui.errors import ConfigError, EditConflict, NotFound, RuleRefused
from bmtui.store.models import (
    CareFolder,
    Company,
    Order,
    OrderLine,
    Return,
    ReturnItem,
    ShipmentLine,
)
from bmtui.text import how_many, plain
from bmtui.words import ReturnApproval, ReturnResolution, ReturnStatus

GONE = (LineState.SHIPPED, LineState.REFUNDED_AFTER_SHIPPING)
"""States of a line that was shipped, so that it can come back."""


@dataclass(frozen=True, slots=True)
class WantedItem:
    """Line of a return request; `quantity` None: all pieces that can come back, `reason` '': that of the request."""

    line_id: int
    quantity: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Return that an operator asks for; no items: every line that can come back. `reason` is for items without one."""

    items: Sequence[WantedItem] = ()
    reason: str = ""
    description: str = ""
    folder_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item of a planned RMA; `left` is the number of pieces of the line that can come back."""

    line_id: int
    sku: str
    product: str
    quantity: int
    left: int
    reason: str
    return_reason: int


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """Planned RMA; `version` is the order's."""

    order_id: int
    items: tuple[PlannedItem, ...]
    description: str
    folder_id: int | None
    version: int

    @property
    def sentence(self) -> str:
        """Sentence about the planned RMA."""
        what = ", ".join(f"{item.quantity} × {item.sku} ({item.reason})" for item in self.items)
        folder = f" from folder {self.folder_id}" if self.folder_id else ""
        return f"RMA for order {self.order_id}{folder}: {what}. Nothing is sent to Back Market."


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line in the RMA dialog: the number of pieces that can come back, or why none can."""

    line_id: int
    sku: str
    product: str
    left: int
    why_not: str


@dataclass(frozen=True, slots=True)
class ReturnOptions:
    """Contents of the RMA dialog; `line_id`, `reason` and `description` come from the folder, if there is one."""

    order_id: int
    folder_id: int | None
    line_id: int | None
    lines: tuple[ReturnableLine, ...]
    reasons: tuple[str, ...]
    reason: str
    description: str
    why_not: str | None
    version: int


def options(desk: Desk, order_id: int, folder_id: int | None = None) -> ReturnOptions:
    """Return the contents of the RMA dialog. Raises NotFound; RuleRefused if the folder is not about this order."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        guess = _of_folder(order, folder_id)
        lines = tuple(
            ReturnableLine(line.line_id, line.sku, line.product, left_of(line), _why_not(order, line))
            for line in orders.lines_of(order)
        )
        able = any(not line.why_not for line in lines)
        known = return_reasons.of_company(order.company)
        return ReturnOptions(
            order_id=order_id,
            folder_id=folder_id,
            line_id=guess.line_id,
            lines=lines,
            reasons=tuple(reason.name for reason in known if not reason.hidden),
            reason=guess.reason,
            description=guess.description,
            why_not=None if able else " ".join(dict.fromkeys(line.why_not for line in lines)),
            version=order.version,
        )


def refunded(desk: Desk, order_id: int) -> str:
    """Return the order's refunds with dates, inside and outside RMAs; '' for none. Raises NotFound."""
    with desk.store.snapshot():
        return refund_plan.refunded(orders.order_row(desk, order_id))


def plan(desk: Desk, order_id: int, request: ReturnRequest) -> ReturnPlan:
    """Return the RMA that `create` would store; changes nothing. Raises as `create`."""
    with desk.store.snapshot():
        return _plan(orders.order_row(desk, order_id), request)


def order_of_folder(desk: Desk, folder_id: int) -> int:
    """Return the number of an after-sales folder's order. Raises NotFound; RuleRefused: the folder names no order."""
    query = CareFolder.select(CareFolder, Company).join(Company).where(CareFolder.folder_id == folder_id)
    row = (query.where(Company.name == desk.company) if desk.company else query).first()
    if row is None:
        raise NotFound(f"There is no after-sales folder {folder_id} here.", "Download it: 'bmtui care download'.")
    if row.order_id is None:
        raise RuleRefused(f"Folder {folder_id} does not say which order it is about.", "Create the RMA from the order.")
    return int(row.order_id)


def create(desk: Desk, order_id: int, request: ReturnRequest, version: int | None = None) -> ReturnView:
    """Create an RMA; nothing is sent. A line without reason gets the request's, or the folder's.

    Raises:
        NotFound: no such order or folder. EditConflict: the order changed since `version`.
        RuleRefused: a line of another order or not shipped, more pieces than can come back, or no such reason.
        NumberUncertain: nobody confirmed the last number after a restore.
    """
    desk.must_write()
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        if version is not None and order.version != version:
            raise EditConflict(
                f"Order {order_id} changed since you opened it; no RMA was created.", "Look at it again, then decide."
            )
        made = _plan(order, request)
        now = desk.now()
        number = numbers.rma_number(desk)
        rma = Return.create(
            **({} if number is None else {"id": number}),
            company=order.company_id,
            order=order,
            folder_id=made.folder_id,
            status=ReturnStatus.OPEN,
            description=made.description,
            label_url=_of_folder(order, made.folder_id).label_url,
            made_at=now,
            made_by=desk.actor,
            updated_at=now,
        )
        lines = {line.line_id: line for line in orders.lines_of(order)}
        for item in made.items:
            ReturnItem.create(
                rma=rma,
                line=lines[item.line_id],
                quantity=item.quantity,
                reason=item.reason,
                code=item.return_reason,
                approval=ReturnApproval.UNDECIDED,
                resolution=ReturnResolution.NOT_DECIDED,
            )
        record(desk, rma, "created", made.sentence)
        return return_views.view_of(rma)


def show(desk: Desk, rma_id: int) -> ReturnView:
    """Return an RMA. Raises NotFound."""
    with desk.store.snapshot():
        return return_views.view_of(rma_row(desk, rma_id))


def of_order(desk: Desk, order_id: int) -> tuple[ReturnRow, ...]:
    """Return the RMAs of an order, oldest first. Raises NotFound."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        return return_views.rows_of(list(Return.select().where(Return.order == order).order_by(Return.id)))


def rma_row(desk: Desk, rma_id: int) -> Return:
    """Return the row of an RMA, of the company in view or of all. Raises NotFound."""
    query = Return.select(Return, Company).join(Company).where(Return.id == rma_id)
    row: Return | None = (query.where(Company.name == desk.company) if desk.company else query).first()
    if row is None:
        raise NotFound(f"There is no RMA {rma_id} here.", "See 'bmtui returns list'.")
    return row


def open_row(desk: Desk, rma_id: int, version: int | None = None) -> Return:
    """Return the row of an RMA that may be changed, inside the caller's transaction.

    Raises:
        NotFound, RuleRefused: it is closed. EditConflict: it changed since `version`.
    """
    rma = rma_row(desk, rma_id)
    if version is not None and rma.version != version:
        raise EditConflict(f"RMA {rma_id} changed since you opened it; nothing was done.", "Look at it again first.")
    if rma.status == ReturnStatus.CLOSED:
        raise RuleRefused(f"RMA {rma_id} is closed.", f"Open it again: 'bmtui returns reopen {rma_id}'.")
    return rma


def item_rows(rma: Return, line_id: int | None) -> list[ReturnItem]:
    """Return the item of the line, or all items. Raises RuleRefused if the line is not in this RMA."""
    rows = return_views.items_of(rma)
    if line_id is None:
        return rows
    chosen = [row for row in rows if row.line.line_id == line_id]
    if not chosen:
        own = ", ".join(f"{row.line.line_id} ({row.line.sku})" for row in rows)
        raise RuleRefused(f"RMA {rma.id} has no line {line_id}.", f"Its lines: {own}.")
    return chosen


def touched(desk: Desk, rma: Return, action: str, summary: str, **changes: object) -> None:
    """Record a change of the RMA, with a new version and an audit row, inside the caller's transaction."""
    Return.update(version=Return.version + 1, updated_at=desk.now(), **changes).where(Return.id == rma.id).execute()
    record(desk, rma, action, summary)


def record(desk: Desk, rma: Return, action: str, summary: str) -> None:
    audit.record(
        desk,
        f"return.{action}",
        f"RMA {rma.id}: {summary}",
        company_id=rma.company_id,
        order_row=rma.order_ref,
        after={"rma": rma.id},
    )


def left_of(line: OrderLine) -> int:
    """Return the number of a line's pieces that are in no RMA; pieces of rejected items are free again."""
    taken = (
        ReturnItem.select(fn.COALESCE(fn.SUM(ReturnItem.quantity), 0))
        .where((ReturnItem.line == line) & (ReturnItem.approval != ReturnApproval.REJECTED))
        .scalar()
    )
    return int(line.quantity - taken)


@dataclass(frozen=True, slots=True)
class _Guess:
    """Values for a new RMA from an after-sales folder."""

    line_id: int | None = None
    reason: str = ""
    description: str = ""
    label_url: str = ""


def _of_folder(order: Order, folder_id: int | None) -> _Guess:
    if folder_id is None:
        return _Guess()
    mine = (CareFolder.company == order.company_id) & (CareFolder.folder_id == folder_id)
    row = CareFolder.get_or_none(mine)
    if row is None:
        raise NotFound(f"There is no after-sales folder {folder_id} here.", "Download it: 'bmtui care download'.")
    if row.order_id != order.order_id:
        raise RuleRefused(
            f"Folder {folder_id} is about order {row.order_id}, not {order.order_id}.",
            "Choose the order of the folder.",
        )
    folder = read_folder(row.payload)
    tags = [issue.tag for line in folder.lines for issue in line.issues]
    first = next((message.text for message in folder.messages if message.initiator == "Client"), "")
    label = next((label.url for label in folder.labels if label.url), "")
    return _Guess(folder.orderline_id, return_reasons.of_tag(tags[0]) if tags else "Other", first, label)


def _plan(order: Order, request: ReturnRequest) -> ReturnPlan:
    guess = _of_folder(order, request.folder_id)
    if request.folder_id is not None:
        _must_be_new(order, request.folder_id)
    description = plain(request.description or guess.description, multiline=True).strip()
    DESCRIPTION.read(description)
    lines = {line.line_id: line for line in orders.lines_of(order)}
    wanted = list(request.items)
    if not wanted and guess.line_id is not None:
        wanted = [WantedItem(guess.line_id)]
    if not wanted:
        wanted = [WantedItem(line.line_id) for line in lines.values() if not _why_not(order, line)]
    if not wanted:
        raise RuleRefused(" ".join(dict.fromkeys(_why_not(order, line) for line in lines.values())))
    if len({item.line_id for item in wanted}) < len(wanted):
        raise ConfigError("A line is named twice.", "Give each line once, with its quantity.")
    items = tuple(_item(order, lines, item, request.reason or guess.reason) for item in wanted)
    return ReturnPlan(order.order_id, items, description, request.folder_id, order.version)


def _item(order: Order, lines: dict[int, OrderLine], wanted: WantedItem, reason_of_all: str) -> PlannedItem:
    line = lines.get(wanted.line_id)
    if line is None:
        own = ", ".join(f"{known.line_id} ({known.sku})" for known in lines.values())
        raise RuleRefused(f"Order {order.order_id} has no line {wanted.line_id}.", f"Its lines: {own}.")
    why = _why_not(order, line)
    if why:
        raise RuleRefused(why)
    left = left_of(line)
    quantity = left if wanted.quantity is None else wanted.quantity
    if not 1 <= quantity <= left:
        raise RuleRefused(
            f"{how_many(quantity, 'piece')} of line {line.line_id} ({line.sku}) cannot come back; {left} can.",
            f"Enter a quantity from 1 to {left}.",
            field=PIECES.field(line.line_id),
        )
    text = wanted.reason or reason_of_all
    if not text.strip():
        raise RuleRefused(
            f"Line {line.line_id} ({line.sku}) needs a reason.",
            "Give one, or one for all lines.",
            field=REASON.name,
        )
    reason = return_reasons.find(order.company, text)
    return PlannedItem(line.line_id, line.sku, line.product, quantity, left, reason.name, reason.code)


def _why_not(order: Order, line: OrderLine) -> str:
    if line.state not in GONE and not ShipmentLine.select().where(ShipmentLine.line == line).exists():
        state = channel_states.line_state_label(line.state)
        return (
            f"Line {line.line_id} ({line.sku}) of order {order.order_id} is {state}: only shipped lines can come "
            "back. Cancel or refund it instead."
        )
    if left_of(line) <= 0:
        return f"All of line {line.line_id} ({line.sku}) of order {order.order_id} is in an RMA already."
    return ""


def _must_be_new(order: Order, folder_id: int) -> None:
    mine = (Return.company == order.company_id) & (Return.folder_id == folder_id)
    living = Return.get_or_none(mine & (Return.status != ReturnStatus.CLOSED))
    if living is not None:
        raise RuleRefused(f"Folder {folder_id} has RMA {living.id} already.", f"See 'bmtui returns show {living.id}'.")
