"""Clock of the sandbox, and dates as the marketplace writes and reads them (API §3, §4)."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

DateForm = Literal["local", "z", "naive"]

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)


class Clock:
    """Clock of the marketplace, in UTC.

    Without `now` it is the real time. With `now` it stands still, and moves by one second with each write that the
    marketplace accepts, so that everything that follows from one seed is the same in every run.
    """

    def __init__(self, now: datetime | None = None, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._stands = now is not None
        self._start = (now or datetime.now(UTC)).astimezone(UTC)
        self._elapsed = elapsed
        self._zero = elapsed()
        self._moved = timedelta()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in ("_elapsed", "_zero")}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Go on from the present, or stand where it stood."""
        vars(self).update(state)
        self._elapsed = time.monotonic
        self._zero = self._elapsed()
        if not self._stands:
            self._start = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        ran = timedelta() if self._stands else timedelta(seconds=self._elapsed() - self._zero)
        return self._start + self._moved + ran

    def advance(self, by: timedelta) -> None:
        """Move the marketplace's time on; what was due in between happens at the next request."""
        self._moved += by

    def tick(self) -> datetime:
        """Return the time of a write: never the same one twice when the clock stands."""
        if self._stands:
            self._moved += timedelta(seconds=1)
        return self.now()


def render(when: datetime, zone: tzinfo, form: DateForm) -> str:
    """Render `when` in one of the forms that occur in traffic (API §4): a zero offset is written as `Z`.

    A naive date is in UTC; microseconds show when set.
    """
    if form == "local":
        return when.astimezone(zone).isoformat().replace("+00:00", "Z")
    naive = when.astimezone(UTC).replace(tzinfo=None).isoformat()
    return naive if form == "naive" else naive + "Z"


def parse(text: str) -> datetime:
    """Parse an RFC 3339 date, `YYYY-MM-DD HH:MM:SS` or `YYYY-MM-DD`, as UTC; without an offset it is read as UTC.

    Raises ValueError for anything else.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is not a date")
    try:
        when = datetime.fromisoformat(text.upper())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is not a date") from error
