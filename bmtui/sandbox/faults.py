"""Faults on demand: their register, and the choice of one for a request (API §10)."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

FAULTS: Mapping[str, str] = {
    "waf": "403 HTML page of the web application firewall, with cf-ray",
    "challenge": "403 JSON of the bot management, with cf-ray",
    "throttle": "429 HTML page, without Retry-After",
    "throttle-retry-after": "429 HTML page, with Retry-After",
    "error-500": "500, nothing was done",
    "error-500-after": "500, although the request took effect",
    "html-502": "502 HTML page of the edge, nothing was done",
    "html-200": "200 with a page of HTML, nothing was done",
    "truncated": "200 with JSON that is cut short; a write takes effect",
    "drip": "the body comes one byte at a time; a write takes effect",
    "drop": "the connection is closed without an answer, nothing was done",
    "drop-after": "the connection is closed without an answer, although the request took effect",
    "slow": "the request is handled late: a write takes effect after the delay, even when the caller has gone",
    "slow-after": "the request takes effect at once, and is answered late",
    "bomb": "200 with a small gzip body that decodes to 256 MiB; nothing was done",
    "late": "the connection is closed without an answer at once, and the request takes effect some seconds later",
    "no-effect": "a write to an order or a line, a refund or an invoice is answered with 200, and nothing was done",
    "overlap": "orders: a page from the second on begins with the last order of the page before",
    "slip": "orders: between two pages one order slips from the second to the first, so that no page shows it; once",
    "drift": "orders: the list grows at its front by one order with each page, up to five, so that pages overlap",
    "foreign-next": "orders: the next page is said to be on another host",
    "wrong-type": "orders: in one order of the page, a field is of another type",
    "count-high": "orders: count says more than there are",
    "count-low": "orders: count says fewer than there are",
}

#: Faults of a page of orders; those of the second set strike from the second page on.
PAGE_FAULTS = frozenset({"overlap", "slip", "drift", "foreign-next", "wrong-type", "count-high", "count-low"})
_NO_EFFECT_PATHS = ("/ws/orders/", "/ws/orderlines/", "/ws/sav/refund")
BETWEEN_PAGES = frozenset({"overlap", "slip", "drift"})

#: Seconds of a fault that lasts, or that says how long to stay away, when its rule names none.
DEFAULT_SECONDS: Mapping[str, float] = {
    "drip": 0.1,
    "late": 5.0,
    "slow": 5.0,
    "slow-after": 5.0,
    "throttle-retry-after": 2.0,
}


@dataclass
class Rule:
    """Rule: a fault and when it strikes.

    `path` is the beginning of a request's path and may hold `*`; `count` is how often it can still strike (None: for
    ever, but for slip, which strikes once); `probability` is per matching request; `seconds` is the delay of slow,
    slow-after and late (there in the marketplace's time), between the bytes of drip, or the Retry-After of
    throttle-retry-after. A fault of a page of orders matches nothing else,
    and no-effect only what it names.
    """

    name: str
    path: str = ""
    method: str | None = None
    count: int | None = None
    probability: float = 1.0
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or self.name not in FAULTS:
            raise ValueError(f"There is no fault named {self.name!r}; there are {', '.join(FAULTS)}.")
        if not isinstance(self.path, str) or not isinstance(self.method, str | None):
            raise ValueError("The path and the method of a fault are text.")
        if self.count is not None and (not _is(self.count, int) or self.count < 1):
            raise ValueError(f"The count of a fault is a whole number from 1, not {self.count!r}.")
        if not _is(self.probability, int, float) or not 0 < self.probability <= 1:
            raise ValueError(f"The probability of a fault is over 0 and at most 1, not {self.probability!r}.")
        if self.seconds is None:
            self.seconds = DEFAULT_SECONDS.get(self.name, 0.0)
        if not _is(self.seconds, int, float) or not 0 <= self.seconds <= 3600:
            raise ValueError(f"The seconds of a fault are from 0 to 3600, not {self.seconds!r}.")
        self.method = self.method and self.method.upper()
        if self.name == "slip" and self.count is None:
            self.count = 1

    def matches(self, method: str, path: str, page: int = 1) -> bool:
        if self.name in PAGE_FAULTS and (method != "GET" or path.rstrip("/") != "/ws/orders"):
            return False
        if self.name in BETWEEN_PAGES and page < 2:
            return False
        if self.name == "no-effect" and (method not in ("POST", "PATCH") or not path.startswith(_NO_EFFECT_PATHS)):
            return False
        return self.method in (None, method) and fnmatchcase(path, self.path + "*")


def parse_rule(text: str) -> Rule:
    """Parse `NAME` (strikes each request) or `NAME:PROBABILITY`. Raises ValueError."""
    name, colon, probability = text.partition(":")
    if not colon:
        return Rule(name)
    try:
        return Rule(name, probability=float(probability))
    except ValueError as error:
        raise ValueError(f"The fault {text!r} is not NAME or NAME:PROBABILITY. {error}") from error


def rules_from_json(value: Any) -> list[Rule]:
    """The rules of a list of objects, or of one object, with the fields of `Rule`. Raises ValueError."""
    rules = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or "name" not in item:
            raise ValueError("A fault is an object with a name.")
        if unknown := item.keys() - Rule.__dataclass_fields__.keys():
            raise ValueError(f"A fault has no field {', '.join(sorted(unknown))}.")
        rules.append(Rule(**item))
    return rules


class Faults:
    """The rules in force. The first one that matches a request and strikes is the request's fault."""

    def __init__(self, rules: Iterable[Rule], seed: int) -> None:
        self.rules = list(rules)
        self._random = random.Random(f"faults {seed}")  # noqa: S311 - practice, not secrets

    def strike(self, method: str, path: str, page: int = 1) -> Rule | None:
        """Return the fault of this request, if any, and count it. `page` is the page that the request asks for."""
        for rule in self.rules:
            # The order in which requests come decides the draws: the same requests, the same faults.
            if rule.matches(method, path, page) and (rule.probability == 1 or self._random.random() < rule.probability):
                if rule.count is not None:
                    rule.count -= 1
                    self.rules = [other for other in self.rules if other.count != 0]
                return rule
        return None

    def draw(self) -> int:
        """Return a random number for a fault that has a choice."""
        return self._random.randrange(2**30)


def _is(value: object, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)
