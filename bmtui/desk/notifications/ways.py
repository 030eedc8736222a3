"""Notification ways from the ``[[notify]]`` tables in `bmtui.toml`, read anew at each look.

A way that cannot be used is named with its file and line, and the others go on.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from fnmatch import fnmatchcase
from typing import Any, Literal

from bmtui import configuration
from bmtui.desk.companies import credentials
from bmtui.desk.companies.policies import time_of_day
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.events.catalogue import BY_NAME
from bmtui.desk.orders import search
from bmtui.errors import BmtuiError, ConfigError, NotFound
from bmtui.senders import addresses
from bmtui.senders.addresses import Server
from bmtui.settings import Settings
from bmtui.store.models import Company

TABLE = "notify"
NOW = "now"
_LONGEST_DIGEST = 24 * 60
_TIMEOUT_S, _LONGEST_TIMEOUT_S = 10, 60
_GIVE_UP_H, _LONGEST_GIVE_UP_H = 72, 24 * 30
ORDER_FIELDS = (
    *("status", "shipping_status", "payment_status", "channel_status", "market", "currency", "total", "received"),
    *("refunded", "created_at", "ship_by", "shipped_at", "tags", "assignee", "fields", "skus"),
    *("customer.name", "customer.email", "customer.phone", "ship_to", "bill_to", "tracking_number"),
)
"""Order fields that a way may send besides the order's number, if its field list names them."""


@dataclass(frozen=True, slots=True)
class Way:
    """Notification way. `quiet`: begin and end of hours in which nothing leaves; `digest`: None, minutes or a time."""

    name: str
    kind: Literal["command", "webhook", "mail"]
    line: int
    command: tuple[str, ...] = ()
    url: str = ""
    secret_file: str = ""
    to: tuple[str, ...] = ()
    sender: str = ""
    server: Server | None = None
    sendmail: str = ""
    smtp_user: str = ""
    password_file: str = ""
    events: tuple[str, ...] = ("*",)
    query: str = ""
    company: str = ""
    quiet: tuple[time, time] | None = None
    digest: timedelta | time | None = None
    fields: tuple[str, ...] = ()
    timeout_s: int = _TIMEOUT_S
    give_up_after_h: int = _GIVE_UP_H

    def wants(self, event: str) -> bool:
        """Return whether an event of this name goes out by this way."""
        return any(fnmatchcase(event, pattern) for pattern in self.events)

    @property
    def where(self) -> str:
        """Receiver of the way for display, without parts that may be secret."""
        if self.kind == "command":
            return " ".join(self.command)
        return ", ".join(self.to) if self.kind == "mail" else self.url.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """Table that cannot be used; `sentence` begins with file and line."""

    name: str
    line: int
    sentence: str


def read(settings: Settings) -> tuple[tuple[Way, ...], tuple[Problem, ...]]:
    """Return the ways that can be used, and the problems of the others.

    The companies and queries that they name are checked by `checked`, which needs the store.
    """
    try:
        tables, text = configuration.tables(settings.file, TABLE)
    except ConfigError as error:
        return (), (Problem("", 0, str(error)),)
    ways: dict[str, Way] = {}
    problems = []
    for number, table in enumerate(tables):
        name = table.get("name", "") if isinstance(table, dict) else ""
        try:
            if not isinstance(table, dict):
                raise _Wrong("", "'notify' is no array of tables", "Write [[notify]]")
            way = _Reader(settings, table, configuration.line_in_array(text, TABLE, number)).way()
            if way.name in ways:
                raise _Wrong("name", f"the name '{way.name}' is given twice", "Give each way a name of its own")
        except _Wrong as wrong:
            line = configuration.line_in_array(text, TABLE, number, wrong.key)
            at = f"{settings.file}, line {line}" if line else str(settings.file)
            problems.append(Problem(str(name)[:40], line, f"{at}: {wrong.problem}. {wrong.advice}.".replace("..", ".")))
        else:
            ways[way.name] = way
    return tuple(ways.values()), tuple(problems)


def checked(desk: Desk) -> tuple[tuple[Way, ...], tuple[Problem, ...]]:
    """Return ways and problems as `read`, with companies and queries checked in the store."""
    ways, problems = read(desk.settings)
    good, bad = [], list(problems)
    for way in ways:
        try:
            if way.company and Company.get_or_none(Company.name == way.company) is None:
                raise NotFound(f"there is no company '{way.company}'", "See 'bmtui company list'")
            if way.query:
                search.count(desk, way.query, cap=1)
        except BmtuiError as error:
            where = f"{desk.settings.file}, line {way.line}: way '{way.name}'"
            bad.append(Problem(way.name, way.line, f"{where}: {error.message.rstrip('.')}. {error.advice}"))
        else:
            good.append(way)
    return tuple(good), tuple(bad)


def find(desk: Desk, name: str) -> Way:
    """Return the way of this name.

    Raises:
        ConfigError: it cannot be used, with the reason. NotFound: there is none.
    """
    good, bad = checked(desk)
    found = next((way for way in good if way.name == name), None)
    if found is not None:
        return found
    wrong = next((problem for problem in bad if problem.name == name), None)
    if wrong is not None:
        raise ConfigError(wrong.sentence, "Correct that line.")
    names = ", ".join(way.name for way in good)
    raise NotFound(
        f"There is no way out '{name[:40]}'.",
        f"Ways: {names}." if names else "Write a [[notify]] table into bmtui.toml: 'bmtui help notifications'.",
    )


def due_at(way: Way, at: datetime, zone: tzinfo) -> datetime:
    """Return the time at which an event that happens `at` leaves by this way: with its digest, after quiet hours."""
    due = at
    if isinstance(way.digest, timedelta):
        step = way.digest // timedelta(seconds=1)
        due = datetime.fromtimestamp((int(at.timestamp()) // step + 1) * step, UTC)
    elif isinstance(way.digest, time):
        due = dates.next_time(way.digest, at, zone)
    if way.quiet is not None:
        begin, end = way.quiet
        local = due.astimezone(zone).time()
        within = begin <= local < end if begin < end else local >= begin or local < end
        if within:
            due = dates.next_time(end, due, zone)
    return due


class _Wrong(Exception):
    def __init__(self, key: str, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.key, self.problem, self.advice = key, problem, advice


class _Reader:
    """Reader of one table, key by key."""

    def __init__(self, settings: Settings, table: Mapping[str, Any], line: int) -> None:
        self._settings, self._table, self._line = settings, table, line

    def way(self) -> Way:
        unknown = [key for key in self._table if key not in _KEYS]
        if unknown:
            raise _Wrong(unknown[0], f"there is an unknown key '{unknown[0][:40]}'", f"Known keys: {', '.join(_KEYS)}")
        name = self._text("name")
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,29}", name):
            raise _Wrong("name", "a way needs a name", "Write up to 30 small letters, digits, - and _")
        kinds = [kind for kind in ("command", "webhook", "mail") if kind in self._table]
        if len(kinds) != 1:
            raise _Wrong("name", f"way '{name}' says {len(kinds)} of command, webhook and mail", "Write one of them")
        values: dict[str, Any] = {
            "command": self._command,
            "webhook": self._webhook,
            "mail": self._mail,
        }[kinds[0]]()
        return Way(
            name=name,
            kind=kinds[0],  # type: ignore[arg-type]
            line=self._line,
            **values,
            events=self._events(),
            query=self._text("query"),
            company=self._text("company"),
            quiet=self._quiet(),
            digest=self._digest(),
            fields=self._fields(),
            timeout_s=self._number("timeout_s", _TIMEOUT_S, _LONGEST_TIMEOUT_S),
            give_up_after_h=self._number("give_up_after_h", _GIVE_UP_H, _LONGEST_GIVE_UP_H),
        )

    def _command(self) -> dict[str, Any]:
        argv = self._texts("command")
        if not argv:
            raise _Wrong("command", "'command' is empty", 'Write a list: command = ["/usr/local/bin/to-chat"]')
        return {"command": (self._program("command", argv[0]), *argv[1:])}

    def _program(self, key: str, text: str) -> str:
        if not text.startswith("/"):
            raise _Wrong(key, f"'{text[:60]}' is no whole path", "Write the path of the program from / on")
        if shutil.which(text) is None:
            there = "cannot be executed" if os.path.exists(text) else "is not there"
            raise _Wrong(key, f"the program '{text[:60]}' {there}", f"Check it: ls -l {text[:60]}")
        return text

    def _webhook(self) -> dict[str, Any]:
        url = self._checked("webhook", addresses.checked_url)
        return {"url": url, "secret_file": self._secret("secret_file")}

    def _mail(self) -> dict[str, Any]:
        given = self._table["mail"]
        texts = [given] if isinstance(given, str) else self._texts("mail")
        to = tuple(self._check("mail", text, addresses.checked_address) for text in texts)
        sender = self._checked("from", addresses.checked_address)
        if ("smtp" in self._table) == ("sendmail" in self._table):
            raise _Wrong("mail", "a mail goes by 'smtp' or by 'sendmail'", 'Write one: smtp = "smtps://mail.example"')
        values = {"to": to, "sender": sender}
        if "sendmail" in self._table:
            return {**values, "sendmail": self._program("sendmail", self._text("sendmail"))}
        user, password = self._text("smtp_user"), self._secret("password_file")
        if bool(user) != bool(password):
            raise _Wrong("smtp_user", "'smtp_user' and 'password_file' belong together", "Write both, or neither")
        server = self._checked("smtp", addresses.read_server)
        return {**values, "server": server, "smtp_user": user, "password_file": password}

    def _secret(self, key: str) -> str:
        name = self._text(key)
        if name:
            self._check(key, name, lambda text: credentials.read_secret(self._settings, text))
        return name

    def _events(self) -> tuple[str, ...]:
        patterns = self._texts("events") or ("*",)
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in BY_NAME):
                raise _Wrong("events", f"there is no event '{pattern[:40]}'", f"Events: {', '.join(BY_NAME)}")
        return patterns

    def _fields(self) -> tuple[str, ...]:
        names = self._texts("fields")
        for name in names:
            if name not in ORDER_FIELDS:
                raise _Wrong("fields", f"there is no field '{name[:40]}'", f"Fields: {', '.join(ORDER_FIELDS)}")
        return names

    def _quiet(self) -> tuple[time, time] | None:
        text = self._text("quiet")
        if not text:
            return None
        begin, _, end = text.partition("-")
        both = (self._clock("quiet", begin), self._clock("quiet", end))
        if both[0] == both[1]:
            raise _Wrong("quiet", f"'{text}' is no time", 'Write it like quiet = "20:00-07:30"')
        return both

    def _digest(self) -> timedelta | time | None:
        text = self._text("digest") or NOW
        if text == NOW:
            return None
        if match := re.fullmatch(r"([0-9]{1,4}) ?m(?:in)?", text):
            if 1 <= int(match[1]) <= _LONGEST_DIGEST:
                return timedelta(minutes=int(match[1]))
        elif re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
            return self._clock("digest", text)
        raise _Wrong("digest", f"'{text[:40]}' is no digest", 'Write digest = "now", "30m" or "08:00"')

    def _clock(self, key: str, text: str) -> time:
        found: time = self._check(key, text.strip(), lambda value: time_of_day(value, key))
        return found

    def _number(self, key: str, default: int, highest: int) -> int:
        value = self._table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= highest:
            raise _Wrong(key, f"'{key}' must be a whole number from 1 to {highest}", f"For example: {key} = {default}")
        return value

    def _text(self, key: str) -> str:
        value = self._table.get(key, "")
        if not isinstance(value, str):
            raise _Wrong(key, f"'{key}' must be a text in quotes", f'Write {key} = "…"')
        return value.strip()

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) and "\0" not in text for text in value):
            raise _Wrong(key, f"'{key}' must be a list of texts", f'Write {key} = ["…"]')
        return tuple(value)

    def _checked(self, key: str, check: Callable[[str], Any]) -> Any:
        return self._check(key, self._text(key), check)

    def _check(self, key: str, text: str, check: Callable[[str], Any]) -> Any:
        try:
            return check(text)
        except ConfigError as error:
            raise _Wrong(key, error.message.rstrip("."), error.advice.rstrip(".")) from None


_KEYS: Sequence[str] = (
    *("name", "command", "webhook", "secret_file", "mail", "from", "smtp", "smtp_user", "password_file", "sendmail"),
    *("events", "query", "company", "quiet", "digest", "fields", "timeout_s", "give_up_after_h"),
)
