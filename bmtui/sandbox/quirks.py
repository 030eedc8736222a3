"""Quirks: points on which the contract is silent, each a switch with a default value (API §10)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quirk:
    """Switch of a behaviour: `values` holds every accepted value, the default one first."""

    help: str
    values: tuple[str, ...]

    @property
    def default(self) -> str:
        return self.values[0]


QUIRKS: Mapping[str, Quirk] = {
    "order-errors": Quirk("body of a 400 on an order update: a bare JSON string, or the V1 envelope", ("text", "v1")),
    "bad-token": Quirk("status for a bad or missing token", ("401", "403")),
    "user-agent": Quirk("a User-Agent of another form is refused with 403 HTML, or accepted", ("required", "optional")),
    "throttled": Quirk("the 429 of the rate limiter", ("html", "json", "retry-after")),
    "result-order": Quirk(
        "orders in a list, by creation: newest page first and ascending inside a page, or one way only",
        ("observed", "ascending", "descending"),
    ),
    "page-past-end": Quirk("a page past the end: 404, or an empty page", ("404", "empty")),
    "page-size-over-50": Quirk("a page-size over 50: clamped, or 400", ("clamped", "400")),
    "processed": Quirk("an order goes to 9 after shipping at once, or a minute later", ("at-once", "later")),
    "ship-unaccepted": Quirk("ship while a line is still in state 1", ("refused", "accepted")),
    "unknown-carrier": Quirk("a shipper that the marketplace does not know", ("accepted", "refused")),
    "partial-refund": Quirk("a line goes to 6 when partial refunds reach its price, or at the first", ("sum", "first")),
    "invoice": Quirk("an invoice must be a PDF of at most 3 MB, else 400; or anything goes", ("pdf", "anything")),
    "offsets": Quirk(
        "dates carry the offset of the account or of the order's market (and sometimes other forms), or always Z",
        ("account", "local", "z"),
    ),
    "addresses": Quirk("style of the address fields", ("snake_case", "camelCase")),
    "erased-buyers": Quirk("some old orders say Deleted in every address field but the country", ("some", "none")),
    "cancelled-notes": Quirk("a wholly cancelled order has a delivery note", ("present", "absent")),
    "invoice-date": Quirk("an invoice leaves date_modification where it is, or moves it", ("unmoved", "moves")),
    "imei-of-others": Quirk(
        "an IMEI for what is no phone is registered, or ignored with a 200", ("registered", "ignored")
    ),
    "bad-imei": Quirk("an IMEI that is none is registered, or refused with 400", ("registered", "refused")),
    "update-bodies": Quirk(
        "updates also as forms, and with order_id as text or left out; or as JSON with its number only",
        ("any", "strict"),
    ),
    "auth-scheme": Quirk("Basic in the Authorization header in any case, or exactly so", ("any-case", "exact")),
    "double-slash": Quirk("//ws/orders is /ws/orders, or not found", ("accepted", "404")),
}


def settle(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return every quirk with its value. Raises ValueError for a name or a value that does not exist."""
    for name, value in chosen.items():
        if name not in QUIRKS:
            raise ValueError(f"There is no quirk named {name!r}; there are {', '.join(QUIRKS)}.")
        if value not in QUIRKS[name].values:
            raise ValueError(f"The quirk {name} can be {' or '.join(QUIRKS[name].values)}, not {value!r}.")
    return {name: chosen.get(name, quirk.default) for name, quirk in QUIRKS.items()}
