"""The practice marketplace: every order, what a seller may do to one, a log of what was done (API §3 to §7)."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from bmtui.sandbox.after_sales.care import MOST_BYTES, Care
from bmtui.sandbox.dates import Clock
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.limits import settle_limits
from bmtui.sandbox.multipart import Part
from bmtui.sandbox.order_register import OrderRegister
from bmtui.sandbox.orders import request_bodies
from bmtui.sandbox.orders.catalogue import CARRIERS, SIGNS, decimals, written
from bmtui.sandbox.orders.identifiers import registered
from bmtui.sandbox.orders.observed import DOCUMENTED_CARRIERS, erased
from bmtui.sandbox.orders.practice_orders import Order
from bmtui.sandbox.orders.query import Query
from bmtui.sandbox.quirks import settle
from bmtui.sandbox.shipping.backship import BackShip
from bmtui.sandbox.shipping.documents import Documents
from bmtui.sandbox.statements import partial_refunds, statement

__all__ = ["Marketplace", "Query"]

#: API §6: the line state that each move starts from, and what the log calls it.
_MOVES: Final = {
    2: (1, "accept"),
    4: (1, "cancel"),
    5: (2, "refund_before_shipping"),
    3: (2, "ship"),
    6: (3, "refund_after_shipping"),
}


class Marketplace(OrderRegister):
    """Marketplace: all state of the sandbox. Safe to use from any thread; returned values are the caller's own copies.

    The methods of a seller raise `Refused`, and then nothing has changed. `limits` are numbers of `LIMITS`;
    `refunds_per_day` is another way to say `refund-per-day`. `base` is what links to documents begin with.
    """

    def __init__(
        self,
        orders: int = 200,
        seed: int = 1,
        quirks: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        refunds_per_day: int | None = None,
        limits: Mapping[str, int] | None = None,
        days: int = 90,
    ) -> None:
        numbers = dict(limits or {})
        if refunds_per_day is not None:
            numbers["refund-per-day"] = refunds_per_day
        super().__init__(seed, clock or Clock(), settle(quirks or {}), settle_limits(numbers))
        self._refunded: dict[int, Decimal] = {}
        self._invoices: dict[int, dict[str, Any]] = {}
        self._take_in(self._factory.history(orders, self.clock.now(), days))
        self.care = Care(self.state)
        self.backship = BackShip(self.state, self.care)
        self.documents = Documents(self.state, self.care)
        self.state.catch_up = self._catch_up

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = self.state.lock
        self.state.catch_up = self._catch_up

    @property
    def base(self) -> str:
        return self.state.base

    @base.setter
    def base(self, address: str) -> None:
        self.state.base = address

    # Reading

    def page(self, query: Query, first: int, size: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the number of orders that match, and `size` of them from the position `first` (from 0)."""
        with self._lock:
            self._catch_up()
            # Ids and insertion both ascend by creation, so that nothing is left to sort.
            found = query.select(self._orders.values())
            way = self.quirks["result-order"]
            if way != "ascending":
                found.reverse()
            shown = found[first : first + size]
            if way == "observed":
                shown.reverse()
            return len(found), [self._view(order) for order in shown]

    def order(self, order_id: int) -> dict[str, Any]:
        """Return an order, also one that is never listed. Raises Refused (404)."""
        with self._lock:
            self._catch_up()
            return self._view(self._find(order_id))

    def all_orders(self, ids: Iterable[int] | None = None) -> list[dict[str, Any]]:
        """Return every order with the hidden ones, or those of `ids` that exist, by creation, for tests of a client."""
        with self._lock:
            self._catch_up()
            wanted = self._orders.values() if ids is None else map(self._orders.get, sorted(set(ids)))
            return [self._view(order) for order in wanted if order]

    @property
    def effects(self) -> list[dict[str, Any]]:
        """Return every write that was applied, in order: `seq` (from 1), `at` (UTC), `kind`, `order_id`, `line_ids`,
        `amount` (decimal string of a refund, else null), `currency`, `body` (as it was sent; of a file, its
        `filename`, `content_type`, `size` and `sha256`)."""
        with self._lock:
            return list(self.state.effects)

    def statement(self, month: str = "", faults: Mapping[str, int] | None = None) -> tuple[str, list[dict[str, str]]]:
        """Return the billing statements of a month, or of all, as CSV, and the rows that a client cannot explain."""
        with self._lock:
            orders = self.all_orders()
            return statement(orders, partial_refunds(self.state.effects), month, faults, self.state.seed)

    @property
    def invoices(self) -> dict[int, dict[str, Any]]:
        """Return the present invoice of each order, described as in its effect."""
        with self._lock:
            return dict(self._invoices)

    # Actions of the seller

    def update(self, order_id: int, body: Any) -> dict[str, Any]:
        """Handle `POST /ws/orders/{order_id}` (API §6). Returns the updated order."""
        with self._lock:
            self._catch_up()
            order = self._find(order_id)
            new_state = request_bodies.order_update(order_id, body, strict=self.quirks["update-bodies"] == "strict")
            if new_state == 3:
                self._ship(order, body)
            else:
                wanted = [line for line in order.lines if line["listing"] == body["sku"]]
                if not wanted:
                    raise Refused("sku not found")
                self._move(order, wanted, new_state, body)
            return self._view(order)

    def register_identifiers(self, line_id: int, body: Any) -> dict[str, str]:
        """`PATCH /ws/orderlines/{id}` (API §6): at most one IMEI and one serial number, for ever.

        Returns what was registered; what is ignored has no effect."""
        with self._lock:
            self._catch_up()
            order = self._order_of_line.get(line_id)
            if order is None:
                raise Refused("Order line not found", 404)
            given = request_bodies.identifiers(body)
            if not given:
                raise Refused("imei or serial_number not found")
            line = _line(order, line_id)
            taken = registered(line, given, self.quirks)
            if taken:
                line.update(taken)
                self._done("identifiers", order, [line], body)
            return taken

    def refund(self, body: Any) -> str:
        """Handle `POST /ws/sav/refund` (API §7), the only partial refund. Returns the sentence that confirms it."""
        with self._lock:
            self._catch_up()
            line_id, new_state, asked = request_bodies.refund(body)
            order = self._order_of_line.get(line_id)
            if order is None:
                raise Refused("Order line not found", 404)
            line, currency = _line(order, line_id), order.payload["currency"]
            needed, kind = _MOVES[new_state]
            if line["state"] != needed:
                raise Refused(f"refund_type {new_state} needs an orderline in state {needed}, not {line['state']}")
            left = self._left(line)
            amount = left if asked is None else asked
            if not 0 < amount <= left:
                raise Refused(f"amount must be more than 0 and at most {written(left, currency)}")
            if amount != round(amount, decimals(currency)):
                raise Refused(f"amount has more decimals than {currency}")
            self.state.budgets.spend("refund")
            self._refunded[line_id] = self._refunded.get(line_id, Decimal(0)) + amount
            if new_state != 6 or amount == left or self.quirks["partial-refund"] == "first":
                line["state"] = new_state
            paid_back = written(amount, currency)
            self._done("refund_amount" if new_state == 6 else kind, order, [line], body, paid_back)
            return f"{paid_back}{SIGNS[currency]} refunded on the sku {line['listing']}"

    def invoice(self, order_id: int, form: list[Part]) -> None:
        """Handle `POST /ws/orders/{order_id}/invoice` (API §8): the invoice replaces an earlier one."""
        with self._lock:
            self._catch_up()
            order = self._find(order_id)
            files = [part for part in form if part.name == "invoice"]
            if len(files) != 1 or files[0].filename is None:
                raise Refused("invoice not found")
            if order.payload["state"] not in (1, 3, 9):
                raise Refused("An order that is not paid takes no invoice", 403, "forbidden")
            content = files[0].content
            if self.quirks["invoice"] == "pdf":
                if not content.startswith(b"%PDF-"):
                    raise Refused("invoice must be a PDF")
                if len(content) > MOST_BYTES:
                    raise Refused("invoice must have at most 3 MB")
            self._invoices[order_id] = files[0].described()
            self._bill(order)
            self.state.log("invoice", order, [], self._invoices[order_id])

    # Actions of others

    def add_pending_order(self) -> int:
        """Add an order that will be paid later; returns its id."""
        with self._lock:
            self._catch_up()
            return self._take_in([self._factory.pending(self.clock.tick())])[0]

    def pay(self, order_id: int) -> None:
        """Pay an order in 0 or 10 now."""
        with self._lock:
            self._paid(self._find(order_id), self.clock.tick())

    def process(self, order_id: int) -> None:
        """Move an order that was shipped to 9 now (API §5)."""
        with self._lock:
            order = self._find(order_id)
            order.due = None
            order.payload["state"] = 9
            order.touch(self.clock.tick())

    def deliver(self, order_id: int) -> None:
        """Deliver the parcel now."""
        with self._lock:
            order = self._find(order_id)
            order.delivered = self.clock.tick()
            order.touch(order.delivered)

    def add_orders(self, count: int) -> list[int]:
        """Add `count` new orders, made and paid now, to accept. Returns their ids."""
        with self._lock:
            self._catch_up()
            return self._take_in(self._factory.fresh(count, self.clock.now()))

    def cancel_by_buyer(self, order_id: int) -> dict[str, Any]:
        """Cancel the lines that are not accepted yet, as the buyer (API §5). Not an effect of the seller."""
        with self._lock:
            self._catch_up()
            order = self._find(order_id)
            waiting = [line for line in order.lines if line["state"] == 1]
            if not waiting:
                raise Refused("nothing is left to cancel")
            for line in waiting:
                line["state"] = 4
            self._changed(order, self.clock.tick())
            return self._view(order)

    def give_invoice_elsewhere(self, order_id: int) -> dict[str, Any]:
        """Add an invoice as the seller does in the Back Office. Not an effect of the API."""
        with self._lock:
            order = self._find(order_id)
            self._bill(order)
            return self._view(order)

    def erase_buyer(self, order_id: int) -> dict[str, Any]:
        """Erase the buyer, as Back Market does (API §4)."""
        with self._lock:
            order = self._find(order_id)
            for name in ("shipping_address", "billing_address"):
                order.payload[name] = erased(order.payload[name])
            order.touch(self.clock.tick())
            return self._view(order)

    def without_effect(self, act: Callable[[], object], order_id: int | None) -> None:
        """Try an action of the seller on an order, and undo it at once. Raises what `act` raises."""
        with self._lock:
            order = self._orders.get(order_id or 0)
            if order is None:
                act()
                return
            before, lines = order.copied(), [dict(line) for line in order.lines]
            refunded, invoices, effects = dict(self._refunded), dict(self._invoices), len(self.state.effects)
            try:
                act()
            finally:
                order.restore(before, lines)
                self._refunded, self._invoices = refunded, invoices
                del self.state.effects[effects:]

    def order_of_line(self, line_id: object) -> int | None:
        """Return the id of the order that has the line."""
        with self._lock:
            order = self._order_of_line.get(line_id) if isinstance(line_id, int) else None
            return order.order_id if order else None

    # Inside

    def _bill(self, order: Order) -> None:
        now = self.clock.tick()
        order.payload["date_bill_provided"] = order.date(now)
        if self.quirks["invoice-date"] == "moves":
            order.touch(now)

    def _left(self, line: dict[str, Any]) -> Decimal:
        return Decimal(line["price"]) - self._refunded.get(line["id"], Decimal(0))

    def _ship(self, order: Order, body: dict[str, Any]) -> None:
        """Ship the whole order: every line in 2 (API §6)."""
        given = request_bodies.identifiers(body)
        if given and (len(order.lines) > 1 or order.lines[0]["quantity"] > 1):
            raise Refused("imei and serial_number need an order with one line of quantity 1")
        carrier = body.get("shipper")
        if carrier and self.quirks["unknown-carrier"] == "refused" and carrier not in {*CARRIERS, *DOCUMENTED_CARRIERS}:
            raise Refused(f"shipper {carrier} is unknown")
        ready = {1, 2} if self.quirks["ship-unaccepted"] == "accepted" else {2}
        lines = [line for line in order.lines if line["state"] in ready]
        # Never a line that waits for the money or is on hold (API §5).
        for line in order.lines:
            if line["state"] in {0, 1, 8, 9} - ready or not lines:
                raise Refused(f"orderline state {line['state']} can not move to 3")
        shipped = request_bodies.date_shipping(body) or self.clock.now()
        if given:
            order.lines[0].update(registered(order.lines[0], given, self.quirks))
        for line in lines:
            line["state"] = 3
        order.payload["tracking_number"] = body["tracking_number"]
        order.payload["tracking_url"] = body.get("tracking_url") or order.payload["tracking_url"]
        order.payload["date_shipping"] = order.date(shipped)
        order.shipped = shipped
        order.payload["expected_dispatch_date"] = None
        if carrier:
            order.payload["shipper"] = order.payload["shipper_display"] = carrier
            for line in order.lines:
                line["shipper"] = carrier
        self._done("ship", order, lines, body)

    def _move(self, order: Order, wanted: list[dict[str, Any]], new_state: int, body: dict[str, Any]) -> None:
        """Accept, cancel, or refund in full the lines of one SKU (API §6)."""
        needed, kind = _MOVES[new_state]
        lines = [line for line in wanted if line["state"] == needed]
        if not lines:
            raise Refused(f"orderline state {wanted[0]['state']} can not move to {new_state}")
        amount = None
        if new_state in (5, 6):
            amount = written(sum(map(self._left, lines), Decimal(0)), order.payload["currency"])
        for line in lines:
            if new_state in (5, 6):
                self._refunded[line["id"]] = Decimal(line["price"])
            if new_state == 6:
                line["return_reason"] = body["return_reason"]
                line["return_message"] = body.get("return_message") or ""
            line["state"] = new_state
        if new_state == 2 and order.labelled and not order.payload["tracking_number"]:
            # The label brings the number: filled early (API §4).
            number = f"BMS{order.order_id}"
            url = f"https://carrier.example.com/track/{number}"
            order.payload |= {"tracking_number": number, "tracking_url": url}
        self._done(kind, order, lines, body, amount)


def _line(order: Order, line_id: int) -> dict[str, Any]:
    return next(line for line in order.lines if line["id"] == line_id)
