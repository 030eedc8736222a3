"""Language of rules: *when* (an event, a schedule, or a span in a state) and *then* (the acts).

    when  order.created          one event or several, with commas; order.* means all of them
    when  every 15m              each order once, as long as it matches
    when  for 4h                 once an order has matched for four business hours of its market
    when  order.to_accept        only in a company's acceptance rule: an order waits to be accepted
    then  status on_hold TEXT · tag TAG · untag TAG · assign ACCOUNT · unassign · note TEXT · notify WAY
          accept · invoice make · invoice send · papers · view NAME

*if* is a query, in the language of search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.events.catalogue import KINDS
from bmtui.desk.orders import saved_views
from bmtui.desk.orders.parameters import LONGEST_NOTE
from bmtui.desk.tags import tags
from bmtui.errors import ConfigError, RuleRefused
from bmtui.text import plain

EVENTS = tuple(kind.name for kind in KINDS if kind.of_order and not kind.name.startswith("rule."))
"""Events that a rule can wait for: those of orders, without those of rules."""
NEVER = ("refund", "cancel", "cancel-on-channel", "cancel_on_channel", "ship", "pay", "void-refund")
VERBS = (
    *("status", "tag", "untag", "assign", "unassign", "note", "notify", "accept", "invoice", "papers", "view"),
)  # fmt: skip
MOST_ACTIONS = 10
_SPAN = re.compile(r"([0-9]{1,4}) ?(m|min|h|d)")
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=31)
ADVICE = "Write order.created, every 15m, or for 4h."


@dataclass(frozen=True, slots=True)
class Moment:
    """Trigger of a rule: `events`, a schedule `every`, or `lasting` business hours; exactly one of them."""

    events: tuple[str, ...] = ()
    every: timedelta | None = None
    lasting: timedelta | None = None

    def fits(self, event: str) -> bool:
        """Return whether the rule waits for an event of this name."""
        return event in EVENTS and any(fnmatchcase(event, pattern) for pattern in self.events)


@dataclass(frozen=True, slots=True)
class Act:
    """An act of a rule: a verb, its word if it needs one, and the rest of the text."""

    verb: str
    word: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.verb, self.word, self.text)))


def read_moment(text: str) -> Moment:
    """Return the trigger that `text` describes.

    Raises:
        ConfigError: it describes none.
    """
    cleaned = " ".join(plain(text).lower().split())
    kind, _, rest = cleaned.partition(" ")
    if kind in ("every", "for"):
        span = _span(rest.removesuffix(" business hours").removesuffix(" business"))
        return Moment(every=span) if kind == "every" else Moment(lasting=span)
    patterns = tuple(part.strip() for part in cleaned.split(",") if part.strip())
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in EVENTS):
            raise ConfigError(
                f"A rule cannot wait for '{pattern[:40]}'.", f"{ADVICE} Events: {', '.join(EVENTS)}.", field="when"
            )
    if not patterns:
        raise ConfigError("A rule needs a moment.", ADVICE, field="when")
    return Moment(patterns)


def read_act(text: str) -> Act:
    """Return the act that `text` describes.

    Raises:
        ConfigError: it describes none. RuleRefused: an act that no rule may do.
    """
    cleaned = plain(text).strip()
    verb, _, rest = cleaned.partition(" ")
    verb, rest = verb.lower(), rest.strip()
    if verb in NEVER:
        raise RuleRefused(
            f"A rule never does '{verb}': money and cancellation on Back Market are for people.", field="then"
        )
    if verb not in VERBS:
        raise ConfigError(f"A rule cannot do '{cleaned[:40]}'.", f"It can: {', '.join(VERBS)}.", field="then")
    if verb in ("accept", "papers", "unassign"):
        _must(not rest, cleaned, f"Write {verb} alone.")
        return Act(verb)
    _must(bool(rest), cleaned, f"'{verb}' needs a word behind it.")
    if verb in ("tag", "untag"):
        return Act(verb, tags.read_tag(rest))
    if verb == "note":
        _must(len(rest) <= LONGEST_NOTE, cleaned[:40], "Shorten it.")
        return Act(verb, text=rest)
    if verb == "view":
        _must(len(rest) <= saved_views.LONGEST_NAME, cleaned, "Choose a shorter name.")
        tags.read_tag(view_tag(rest))
        return Act(verb, text=rest)
    word, _, more = rest.partition(" ")
    if verb == "status":
        known = tuple(map(str, (*internal_cancel.STATUSES, *internal_cancel.BACK)))
        _must(word in known, cleaned, f"Statuses: {', '.join(known)}.")
        needs = word in ("on_hold", "problem_order") and not more.strip()
        _must(not needs, cleaned, f"'{word}' asks for a note behind it.")
        return Act(verb, word, more.strip())
    _must(not more, cleaned, f"Write one word behind '{verb}'.")
    if verb == "invoice":
        _must(word in ("make", "send"), cleaned, "Write invoice make or invoice send.")
    return Act(verb, word)


def view_tag(name: str) -> str:
    """Return the tag by which a rule puts orders into a view."""
    return f"view-{re.sub(r'[^0-9a-zA-Z]+', '-', name).strip('-').lower()}"


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    span = int(match[1]) * _UNITS[match[2]] if match else timedelta()
    if not _SHORTEST <= span <= _LONGEST:
        raise ConfigError(f"'{text[:40]}' is no span of time.", "Write 15m, 4h or 2d; from 1m to 31d.", field="when")
    return span


def _must(holds: bool, text: str, advice: str) -> None:
    if not holds:
        raise ConfigError(f"'{text[:60]}' cannot be done.", advice, field="then")
