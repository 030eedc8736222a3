"""Refund and cancellation from inside an RMA (order-desk §§1, 4, 5): the rules of refunds stay those of `refunds`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from bmtui.channel.requests import WriteRequest
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox.review import Sends
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundIssued, RefundOptions, RefundPlan, RefundRequest
from bmtui.desk.returns import parameters
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import views as return_views
from bmtui.errors import ConfigError, EditConflict, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Order, OrderLine, Return, ReturnItem, ReturnRefund
from bmtui.words import OrderStatus, ReturnApproval, ReturnResolution, ReturnStatus, label


@dataclass(frozen=True, slots=True)
class ReturnRefundPlan(Sends):
    """Planned refunds of an RMA, a plan for each return reason; `alarm` is set when another device came back."""

    rma_id: int
    order_id: int
    plans: tuple[RefundPlan, ...]
    alarm: str
    order_version: int

    @property
    def sentence(self) -> str:
        return " ".join(filter(None, (self.alarm, *(plan.sentence for plan in self.plans))))

    @property
    def requests(self) -> tuple[WriteRequest, ...]:
        return tuple(write for plan in self.plans for write in plan.requests)


def options(desk: Desk, rma_id: int) -> RefundOptions:
    """Return the contents of the refund dialog for the RMA's order. Raises NotFound."""
    with desk.store.snapshot():
        mine, order = _order_of(desk, returns.open_row(desk, rma_id))
        return refunds.options(mine, order.order_id)


def plan(desk: Desk, rma_id: int, request: RefundRequest) -> ReturnRefundPlan:
    """Return the rows and requests that refunding would make; changes nothing.

    Without lines in the request, every item that is not rejected is refunded, in proportion to its returned pieces.

    Raises:
        NotFound, ConfigError, RuleRefused: closed, a line that is not in the RMA, nothing left, as `issue.plan`.
    """
    with desk.store.snapshot():
        rma = returns.open_row(desk, rma_id)
        mine, order = _order_of(desk, rma)
        items = _chosen(rma, request)
        alarm = next((item.alarm for item in return_views.view_of(rma).items if item.alarm), "")
        wanted = _requests(order, items, request)
        plans = tuple(refunds.plan(mine, order.order_id, one) for one in wanted)
        return ReturnRefundPlan(rma_id, order.order_id, plans, alarm, order.version)


def refund(
    desk: Desk, rma_id: int, request: RefundRequest, version: int | None = None
) -> tuple[ReturnRefundPlan, tuple[RefundIssued, ...]]:
    """Refund inside the RMA: the refunds, their jobs and the link to the RMA in one transaction.

    Items without a resolution are resolved as Refund. `version` is the RMA's.

    Raises:
        EditConflict: the RMA changed since `version`; and as `plan`. Nothing was stored then.
    """
    desk.must_write()
    with desk.store.transaction():
        rma = returns.open_row(desk, rma_id, version)
        made = plan(desk, rma_id, request)
        mine, order = _order_of(desk, rma)
        items = _chosen(rma, request)
        issued = tuple(refunds.issue(mine, made.order_id, one) for one in _requests(order, items, request))
        for one in issued:
            for refund_id in one.refund_ids:
                ReturnRefund.create(refund=refund_id, rma=rma)
        undecided = [item.id for item in items if item.resolution == ReturnResolution.NOT_DECIDED]
        ReturnItem.update(resolution=ReturnResolution.REFUND).where(ReturnItem.id.in_(undecided)).execute()
        going_on = {"status": ReturnStatus.PROCESSING} if rma.status == ReturnStatus.OPEN else {}
        returns.touched(desk, rma, "refunded", " ".join(one.plan.sentence for one in issued), **going_on)
        return made, issued


@dataclass(frozen=True, slots=True)
class ReturnCancelPreview:
    """Preview of cancelling the RMA's order; `why_not` says why it cannot be done."""

    rma_id: int
    order_id: int
    status: str
    why_not: str | None
    channel_belief: str
    version: int


def cancel_preview(desk: Desk, rma_id: int) -> ReturnCancelPreview:
    """Return the preview of cancelling the RMA's order internally. Raises NotFound."""
    with desk.store.snapshot():
        rma = returns.rma_row(desk, rma_id)
        _, order = _order_of(desk, rma)
        belief = orders.channel_belief(desk, order)
        return ReturnCancelPreview(rma_id, order.order_id, order.status, _why_not(order), belief, rma.version)


def cancel_order(
    desk: Desk, rma_id: int, status: str = OrderStatus.CANCELLED, note: str = "", version: int | None = None
) -> None:
    """Cancel the shipped order internally, once all of it has come back. Nothing is sent.

    Raises:
        NotFound, ConfigError: not a New Status. RuleRefused: a piece did not come back, or the order has that status
        already. EditConflict: the RMA changed since `version`.
    """
    desk.must_write()
    parameters.NEW_STATUS.read(status)
    with desk.store.transaction():
        rma = returns.rma_row(desk, rma_id)
        if version is not None and rma.version != version:
            raise EditConflict(f"RMA {rma_id} changed since you opened it; nothing was done.", "Look at it again.")
        _, order = _order_of(desk, rma)
        reason = _why_not(order)
        if reason:
            raise RuleRefused(reason)
        if order.status == status:
            raise RuleRefused(f"Order {order.order_id} is {label(status)} already; nothing was changed.")
        Order.update(status=status, version=Order.version + 1).where(Order.id == order.id).execute()
        if note.strip():
            orders.write_note(desk, order, note)
        sentence = f"Status: {label(order.status)} → {label(status)}, in RMA {rma_id}. Nothing was sent to Back Market."
        audit.record(
            desk,
            "order.cancelled_internally",
            sentence,
            company_id=order.company_id,
            order_row=order.id,
            before={"status": order.status},
            after={"status": status, "rma": rma_id},
        )
        returns.touched(desk, rma, "cancelled", f"Order {order.order_id}: {label(order.status)} → {label(status)}.")


def _order_of(desk: Desk, rma: Return) -> tuple[Desk, Order]:
    """Return the RMA's order and the desk of its company: two companies can have an order of the same number."""
    mine = desk.of_company(rma.company.name)
    return mine, orders.order_row(mine, rma.order.order_id)


def _why_not(order: Order) -> str | None:
    """Return why the shipped order cannot be cancelled, pieces that did not come back, or None."""
    back: dict[int, int] = defaultdict(int)
    for item in ReturnItem.select().join(Return).where(Return.order == order):
        back[item.line_ref] += item.received
    missing = [
        f"{line.quantity - back[line.id]} × {line.sku}"
        for line in orders.lines_of(order)
        if line.state in returns.GONE and back[line.id] < line.quantity
    ]
    if missing:
        return f"Order {order.order_id} cannot be cancelled: {', '.join(missing)} did not come back yet."
    return None


def _chosen(rma: Return, request: RefundRequest) -> list[ReturnItem]:
    items = return_views.items_of(rma)
    if request.lines:
        items = [item for line_id in request.lines for item in returns.item_rows(rma, line_id)]
    else:
        items = [item for item in items if item.approval != ReturnApproval.REJECTED]
    for item in items:
        if item.approval == ReturnApproval.REJECTED:
            raise RuleRefused(f"Line {item.line.line_id} ({item.line.sku}) is rejected.", "Approve it first.")
    if not items:
        raise RuleRefused(f"Every line of RMA {rma.id} is rejected; nothing is refunded in it.", "Approve one first.")
    if request.shipping is not None and not request.lines:
        return []
    return items


def _requests(order: Order, items: list[ReturnItem], request: RefundRequest) -> list[RefundRequest]:
    """Return a request for each return reason; amounts and reason of `request` win over those of the items."""
    if request.amount is not None:
        raise ConfigError("Inside an RMA lines are refunded, not the order as a whole.", "Name a line, or shipping.")
    if not items:
        return [request]
    by_code: dict[int, dict[int, Money | None]] = defaultdict(dict)
    for item in items:
        code = item.code if request.reason is None else request.reason
        amount = request.lines.get(item.line.line_id) or _share(order, item.line, item)
        by_code[code][item.line.line_id] = amount
    made = [replace(request, lines=lines, reason=code, shipping=None) for code, lines in by_code.items()]
    return [replace(made[0], shipping=request.shipping), *made[1:]]


def _share(order: Order, line: OrderLine, item: ReturnItem) -> Money | None:
    """Return the price of the pieces that come back; None, the rest of the line, if all pieces do."""
    if item.quantity >= line.quantity:
        return None
    return Money(line.price * item.quantity // line.quantity, order.currency)
