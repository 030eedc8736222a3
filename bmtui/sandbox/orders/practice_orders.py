"""The orders of the practice marketplace: seeded, in exactly the shape of API §4, in every state of API §5."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from bmtui.sandbox.dates import DateForm, render
from bmtui.sandbox.orders.buyers import MARKETS, Buyers, Market
from bmtui.sandbox.orders.catalogue import OFFERS, Offer, imei, serial_number, unit_price, written
from bmtui.sandbox.orders.observed import Observed

#: Line states that a line reaches only by way of acceptance.
ACCEPTED: Final = frozenset({2, 3, 5, 6})
#: Dates follow the seller's account, not the order's market (API §4): this one is British.
_ACCOUNT_ZONE: Final = ZoneInfo("Europe/London")
#: Buyers are erased in orders that are this old at least.
_SETTLED: Final = timedelta(days=45)


@dataclass(slots=True)
class Order:
    """Practice order: its payload, and what the marketplace knows besides it.

    `payload` is what the API shows, except that `delivery_note` stays null in it: the marketplace signs a link at each
    reading. `zone` is that of the market, `written_in` that of the dates. `due` is what happens to the order by itself,
    and when: `paid` or `processed`.
    """

    payload: dict[str, Any]
    created: datetime
    modified: datetime
    zone: ZoneInfo
    written_in: ZoneInfo
    form: DateForm
    due: tuple[datetime, str] | None = None
    shipped: datetime | None = None
    delivered: datetime | None = None

    @property
    def order_id(self) -> int:
        return int(self.payload["order_id"])

    @property
    def lines(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.payload["orderlines"]
        return lines

    @property
    def labelled(self) -> bool:
        """True when Back Market has made its label: as soon as a line was accepted (API §9)."""
        return bool(self.payload["is_backship"]) and any(line["state"] in ACCEPTED for line in self.lines)

    def date(self, when: datetime) -> str:
        """Render `when` as this order writes its dates."""
        return render(when, self.written_in, self.form)

    def certain(self, when: datetime) -> str:
        """Render `when` as this order writes it where it must not be naive."""
        return render(when, self.written_in, "local" if self.form == "naive" else self.form)

    def touch(self, when: datetime) -> None:
        """Set `date_modification` to `when`, or just after its last value: it always increases (API §3)."""
        self.modified = max(when, self.modified + timedelta(microseconds=1))
        self.stamp()

    def copied(self) -> "Order":
        """Return a copy of the order's present state, to be restored later; lines with their states are kept apart."""
        return replace(self, payload=dict(self.payload))

    def restore(self, before: "Order", lines: list[dict[str, Any]]) -> None:
        """Restore the state of `before`; the payload and lines stay the same objects."""
        for line, was in zip(self.lines, lines, strict=True):
            line.clear()
            line.update(was)
        self.payload.clear()
        self.payload.update(before.payload)
        self.modified, self.due = before.modified, before.due
        self.shipped, self.delivered = before.shipped, before.delivered

    def stamp(self) -> None:
        """Write `date_modification` into the payload."""
        # The two dates that drive a synchronisation always carry an offset: what a naive one means is not known.
        self.payload["date_modification"] = self.certain(self.modified)


class Scenario(NamedTuple):
    """State of an order: `weight` of such orders in a deck, and how long ago it was made, in hours.

    A line takes the state of its place in `line_states`, and the last one when there are more lines than states.
    """

    weight: int
    state: int
    line_states: tuple[int, ...]
    youngest_h: float
    oldest_h: float


#: Scenarios that are this old at most have ended; with a longer history they are older.
_WHOLE_TIME_H: Final = 2160

_SCENARIOS: Final = (
    Scenario(12, 1, (1,), 0.2, 30),
    Scenario(2, 1, (2, 1), 0.5, 30),
    Scenario(1, 1, (4, 1), 0.5, 30),
    Scenario(1, 1, (1, 9), 0.5, 40),
    Scenario(1, 1, (9,), 0.5, 40),
    Scenario(3, 10, (8,), 0.1, 48),
    Scenario(1, 10, (0,), 0.1, 2),
    Scenario(10, 3, (2,), 1, 72),
    Scenario(1, 3, (2, 4), 2, 72),
    Scenario(1, 3, (2, 5), 2, 72),
    Scenario(30, 9, (3,), 72, 2160),
    Scenario(2, 9, (3, 4), 72, 2160),
    Scenario(1, 9, (3, 5), 72, 2160),
    Scenario(2, 9, (3, 6), 96, 2160),
    Scenario(1, 9, (3, 6, 4), 96, 2160),
    Scenario(3, 9, (6,), 96, 2160),
    Scenario(3, 9, (4,), 24, 2160),
    Scenario(1, 9, (5,), 48, 2160),
    Scenario(1, 9, (4, 5), 48, 2160),
    Scenario(1, 0, (0,), 0.02, 1),
    Scenario(1, 8, (7,), 48, 2160),
)
_FRESH: Final = _SCENARIOS[0]
_PENDING: Final = Scenario(0, 10, (8,), 0, 0)


class OrderFactory:
    """Maker of orders, ids ascending by creation. The same seed and the same calls make the same orders."""

    def __init__(self, seed: int, quirks: dict[str, str]) -> None:
        self._rng = random.Random(f"orders {seed}")  # noqa: S311 - practice, not secrets
        self._buyers = Buyers(self._rng)
        self._quirks = quirks
        self._observed = Observed(seed, quirks)
        self._order_id = 80_100_000
        self._line_id = 91_200_000
        self._zones = {market.code: market.zone for market in MARKETS}
        self._market_weights = [market.weight for market in MARKETS]

    def history(self, count: int, now: datetime, days: int = 90) -> list[Order]:
        """Make `count` orders of the last `days` before `now`, in every state, oldest first."""
        deck: list[Scenario] = []
        while len(deck) < count:
            cards = [scenario for scenario in _SCENARIOS for _ in range(scenario.weight)]
            self._rng.shuffle(cards)
            deck += cards
        dealt = [
            (now - timedelta(hours=self._rng.uniform(scenario.youngest_h, _oldest_h(scenario, days))), scenario)
            for scenario in deck[:count]
        ]
        dealt.sort(key=lambda pair: pair[0])
        return [self._order(scenario, created.replace(microsecond=0), now) for created, scenario in dealt]

    def fresh(self, count: int, now: datetime) -> list[Order]:
        """Make `count` orders, created and paid at `now`, to accept."""
        return [self._order(_FRESH, now, now) for _ in range(count)]

    def pending(self, now: datetime) -> Order:
        """Make an order at `now` that waits for the money."""
        return self._order(_PENDING, now, now)

    def _order(self, scenario: Scenario, created: datetime, now: datetime) -> Order:
        rng = self._rng
        market = rng.choices(MARKETS, self._market_weights)[0]
        form: DateForm = rng.choices(("local", "z", "naive"), (84, 9, 7))[0]
        if self._quirks["offsets"] == "z":
            form = "z"
        elif created != now and rng.random() < 0.1:
            created += timedelta(microseconds=rng.randrange(1, 10**6))
        self._order_id += rng.randint(1, 40)
        zone = self._zones[market.code]
        order = Order({}, created, created, zone, zone if self._quirks["offsets"] == "local" else _ACCOUNT_ZONE, form)

        states = self._line_states(scenario)
        paid = None if scenario.state in (0, 8, 10) else min(now, self._after(created, 2, 240) + self._observed.delay())
        shipped = self._after(paid, 7_200, 216_000) if paid and set(states) & {3, 6} else None
        last = shipped or paid or created
        if set(states) & {2, 4, 5, 6}:
            last = min(now, self._after(last, 720, 72_000))
        billed = shipped + timedelta(minutes=15) if shipped and rng.random() < 0.7 else None
        if self._quirks["invoice-date"] == "moves":
            last = max(last, billed or last)
        backship = rng.random() < 0.12
        carrier = rng.choice(market.carriers)
        # Back Market makes the label of a BackShip order as soon as it is accepted (API §4, §9).
        tracked = bool(shipped) or (backship and bool(ACCEPTED & set(states)))
        tracking = f"{rng.randrange(10**14):014d}{market.country}" if tracked else ""
        tracking = self._observed.tracking(tracking)
        settled = scenario.state == 9 and created < now - _SETTLED
        ship_to, bill_to = self._observed.addresses(*self._buyers.addresses(market), settled=settled)
        offers = rng.sample(OFFERS, len(states))
        lines = [
            self._line(offer, state, market, order.date(created), carrier)
            for offer, state in zip(offers, states, strict=True)
        ]
        method = rng.choice(("CARD", "CARD", "CARD", "PAYPAL", "", "APPLE_PAY"))
        mode = "COLLECTION_POINT" if rng.random() < 0.1 else "HOME_DELIVERY"
        order.payload = {
            "order_id": self._order_id,
            "shipping_address": ship_to,
            "billing_address": bill_to,
            "delivery_note": None,
            "tracking_number": tracking,
            "tracking_url": f"https://carrier.example.com/track/{tracking}" if tracking else "",
            "shipper": carrier,
            "shipper_display": carrier,
            **({"delivery_mode": mode} if self._observed.has_delivery_mode() else {}),
            "is_backship": backship,
            "date_creation": order.certain(created),
            "date_modification": "",
            "date_shipping": order.date(shipped) if shipped else None,
            "date_payment": order.date(paid) if paid else None,
            "date_bill_provided": order.date(billed) if billed else None,
            "expected_dispatch_date": ship_by(order, paid) if paid and scenario.state in (1, 3) else None,
            "state": scenario.state,
            "orderlines": lines,
            "price": _total(lines, "price", market.currency),
            "shipping_price": _total(lines, "shipping_price", market.currency),
            "currency": market.currency,
            "country_code": market.code,
            "paypal_reference": f"PAY-{rng.randrange(10**10):010d}" if method == "PAYPAL" else None,
            "psp_reference": self._observed.payment_reference(),
            "installment_payment": rng.random() < 0.1,
            "payment_method": method or self._observed.payment_method(),
            "sales_taxes": _total(lines, "sales_taxes", market.currency),
        }
        order.modified = last
        order.stamp()
        order.shipped = shipped
        if shipped and shipped < now - timedelta(days=4):
            order.delivered = shipped + timedelta(hours=30 + self._order_id % 60)
        if 0 in states or (scenario.state == 10 and rng.random() < 0.7):
            order.due = (self._after(now, 60, 10_800), "paid")
        return order

    def _after(self, when: datetime, least_s: int, most_s: int) -> datetime:
        return when + timedelta(seconds=self._rng.randint(least_s, most_s))

    def _line_states(self, scenario: Scenario) -> list[int]:
        count = self._rng.choices((1, 2, 3, 4), (74, 17, 6, 3))[0]
        count = max(count, len(scenario.line_states))
        return [scenario.line_states[min(place, len(scenario.line_states) - 1)] for place in range(count)]

    def _line(self, offer: Offer, state: int, market: Market, created: str, carrier: str) -> dict[str, Any]:
        rng = self._rng
        self._line_id += rng.randint(1, 3)
        quantity = rng.choices((1, 2, 3, 5), (88, 8, 3, 1))[0]
        # The price of a line is the total for its quantity (API §4).
        price = unit_price(offer, market.currency) * quantity
        tax = price * Decimal("0.08") if market.currency == "USD" else Decimal(0)
        shipped, refunded = state in (3, 6), state in (5, 6)
        identified = shipped and quantity == 1 and rng.random() < 0.8
        insured = rng.random() < 0.12
        return {
            "id": self._line_id,
            "date_creation": created,
            "state": state,
            "price": written(price, market.currency),
            "shipping_price": written(Decimal(rng.choice(market.shipping_prices)), market.currency),
            "shipping_delay": rng.choice((24, 24, 48, 72)),
            "shipper": self._observed.line_carrier(carrier),
            "currency": market.currency,
            "return_reason": rng.choice((0, 0, 0, 25, 25)) if state == 6 else self._observed.cancel_reason(state),
            "return_message": "Out of stock" if refunded and rng.random() < 0.3 and state == 5 else "",
            "listing": offer.sku,
            "listing_id": offer.listing_id,
            "orderline_fee": written(price / 10, market.currency),
            "product": offer.title,
            "quantity": quantity,
            "brand": offer.brand,
            "product_id": offer.product_id,
            "backcare": insured,
            "backcare_price": rng.choice((500, 1290, 2990)) if insured else 0,
            "sales_taxes": written(tax, market.currency),
            "imei": imei(rng) if identified and offer.identifier == "imei" else "",
            "serial_number": serial_number(rng) if identified and offer.identifier == "serial_number" else "",
            "condition": offer.condition,
        }


def _oldest_h(scenario: Scenario, days: int) -> float:
    """Return the largest age of such an order in hours: ended orders may be of the whole time."""
    return 24.0 * days if scenario.oldest_h == _WHOLE_TIME_H else scenario.oldest_h


def has_delivery_note(order: Order, quirks: Mapping[str, str]) -> bool:
    """Return whether there is a delivery note: from acceptance on, and for wholly cancelled orders, too (API §4)."""
    states = {line["state"] for line in order.lines}
    return bool(states & ACCEPTED) or (states == {4} and quirks["cancelled-notes"] == "present")


def ship_by(order: Order, paid: datetime) -> str:
    """Return the ship-by time of an order paid then: noon of the next business day; paid after 13:00, the one after."""
    local = paid.astimezone(order.zone)
    day = local.date()
    for _ in range(1 if local.hour < 13 else 2):
        day = _next_business_day(day)
    return order.date(datetime.combine(day, time(12), order.zone).astimezone(UTC))


def _next_business_day(day: date) -> date:
    return day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))


def _total(lines: list[dict[str, Any]], field: str, currency: str) -> str:
    return written(sum((Decimal(line[field]) for line in lines), Decimal(0)), currency)
