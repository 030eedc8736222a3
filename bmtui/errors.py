"""Exceptions of bmtui, as one tree.

    BmtuiError
    ├── ConfigError                bad usage, bmtui.toml, a missing token
    │   └── NotRead                a value that is not what it should be
    ├── RuleRefused                a rule of the desk says no; nothing was changed
    │   └── ValueRefused           a value that can be read and may not be used
    ├── NotFound                   no such order, company or job here
    ├── StoreError                 the database
    │   ├── StoreTooNew            written by a newer bmtui
    │   ├── StoreBusy              another process held the write lock too long
    │   └── EditConflict           somebody else saved first
    ├── PartlyDone                 some items succeeded, some did not
    ├── OutcomeUnknown             a write may or may not have taken effect
    ├── Interrupted                a worker was stopped, or its job was taken over
    └── ChannelError               Back Market
        ├── NotReachable           no connection was made: not applied
        │   └── TooLate            this machine stood still before the request left
        ├── TimedOut               no complete answer in time
        ├── ConnectionBroken       the answer broke off
        ├── Throttled              429: not applied
        ├── EdgeBlocked            the firewall in front of the channel; has `cf_ray`: not applied
        ├── Unauthorised           the token was refused: not applied
        ├── Refused                the channel's own words: not applied
        ├── ChannelNotFound        404: not applied
        ├── NotApplied             answered with 200 and not done
        ├── ServerFailed           5xx
        └── NotUnderstood          an answer that is not in the contract

An error says what happened in one sentence (`message`), what to do next (`advice`), and the `field` that it is about.
`explain` turns any error into words for a person; `bmtui.cli.exit_codes` into a number for a script.
"""

from __future__ import annotations

from dataclasses import dataclass


class BmtuiError(Exception):
    """Base of all expected failures.

    Args:
        message: one sentence that says what happened.
        advice: one sentence that says what to do; empty when the message says it all.
        field: name of the parameter, setting or column that the error is about; empty when it is about none.
    """

    title = "That did not work"
    transient = False
    """True when the same call may succeed a little later, so that a job tries it again by itself."""
    retry_after_s: float | None = None
    """Seconds to wait before the next try, as the other side asked; None when it did not say."""

    def __init__(self, message: str, advice: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.field = field

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ConfigError(BmtuiError):
    """The command, the configuration file or a credential cannot be used as it is."""

    title = "Not possible as given"


class RuleRefused(BmtuiError):
    """A rule of the desk forbids this; nothing was changed."""

    title = "Not allowed"


class NumberUncertain(RuleRefused):
    """The next number of a series may have been used already, in a state of the store that is lost."""


class NotRead(ConfigError):
    """A text is not the value that it should be (bmtui.values).

    Args:
        field: name of the parameter, setting or column.
        came: the text that came, plain and shortened.
        understood: what the text is taken for, as the end of a sentence: "an IMEI whose check digit is wrong".
        advice: what to do.
        meant: the text that was probably meant, to be offered and read again; empty when nobody can say.
        row: number of the row in a file, counted from 1; 0 outside of files.
    """

    title = "Not understood"

    def __init__(
        self, field: str, came: str, understood: str, advice: str, *, meant: str = "", row: int = 0, message: str = ""
    ) -> None:
        super().__init__(message or _about(came, understood), advice, field=field)
        self.came = came
        self.understood = understood
        self.meant = meant
        self.row = row


class ValueRefused(RuleRefused):
    """A value can be read, and a rule forbids to use it (bmtui.values).

    Args:
        field, came, understood, advice: as in `NotRead`.
        value: the value as it is used where a person overrides the rule with a reason; None when nothing overrides it.
    """

    def __init__(
        self, field: str, came: str, understood: str, advice: str, *, value: object = None, message: str = ""
    ) -> None:
        super().__init__(message or _about(came, understood), advice, field=field)
        self.came = came
        self.understood = understood
        self.value = value


class NotFound(BmtuiError):
    """Error for a name or number that does not exist in this installation."""

    title = "Not found"


class StoreError(BmtuiError):
    """The database could not do what was asked; the transaction was rolled back."""

    title = "The database"


class StoreTooNew(StoreError):
    """The database was written by a newer release."""


class StoreBusy(StoreError):
    """Another process held the write lock for longer than the busy time-out."""

    transient = True


class StoreUnreachable(StoreError):
    """The database server cannot be reached, or the connection to it was lost."""

    transient = True


class EditConflict(StoreError):
    """The record was changed by somebody else since it was read; nothing was overwritten."""

    title = "Changed meanwhile"


class PartlyDone(BmtuiError):
    """Some items succeeded and some did not."""

    title = "Partly done"


class OutcomeUnknown(BmtuiError):
    """A write was sent and nobody knows whether it took effect. It is never sent again blindly."""

    title = "Outcome unknown"


class Interrupted(BmtuiError):
    """The work was stopped before its end (shutdown, cancellation, or another worker took the job over)."""

    title = "Stopped"


class ChannelError(BmtuiError):
    """The channel was not reachable or did not do as asked.

    `may_have_applied` is true when a write could have taken effect although it failed (reliability §1): such an outcome
    is settled by reading, never by sending again.
    """

    title = "Back Market"
    may_have_applied = False


class NotReachable(ChannelError):
    """No connection came about (name, route, port, TLS): nothing was sent."""

    title = "Back Market is not reachable"
    transient = True


class TooLate(NotReachable):
    """The moment at which the request might leave had passed before it did: nothing was sent, and it is tried again."""

    title = "This machine is too slow"


class TimedOut(ChannelError):
    """The whole call took longer than it may."""

    title = "Back Market did not answer in time"
    transient = True
    may_have_applied = True


class ConnectionBroken(ChannelError):
    """The connection broke after the first byte of the request had left, or the body ended early."""

    title = "The connection to Back Market broke"
    transient = True
    may_have_applied = True


class Throttled(ChannelError):
    """429: too many requests; not applied.

    `retry_after_s` is in seconds; None when the channel did not say (API §2: it blocks for 10 s).
    """

    title = "Back Market asks us to slow down"
    transient = True

    def __init__(self, message: str, advice: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message, advice)
        self.retry_after_s = retry_after_s


class EdgeBlocked(ChannelError):
    """The firewall or bot management in front of the channel refused the request; it never reached the application.

    `cf_ray` is the value that Back Market's seller contact asks for (API §2); empty when there was none.
    """

    title = "Blocked in front of Back Market"
    transient = True
    retry_after_s = 15.0  # as long as the firewall's page may be cached (API §2)

    def __init__(self, message: str, advice: str = "", *, cf_ray: str = "") -> None:
        super().__init__(message, advice)
        self.cf_ray = cf_ray


class Unauthorised(ChannelError):
    """The token was refused (401, or the application's own 403)."""

    title = "Back Market refused the token"


class Refused(ChannelError):
    """The channel refused the request; `words` are its own, as plain text, and `code` its error code or ''."""

    title = "Back Market refused"

    def __init__(self, message: str, advice: str = "", *, words: str = "", code: str = "", status: int = 400) -> None:
        super().__init__(message, advice)
        self.words = words
        self.code = code
        self.status = status


class ChannelNotFound(ChannelError):
    """404. On the order list this can mean that web services are unavailable, never "no orders" (API §2)."""

    title = "Back Market does not know it"


class NotApplied(ChannelError):
    """A write was answered with 200, and what the channel shows says that nothing was done."""

    title = "Back Market did not do it"


class ServerFailed(ChannelError):
    """5xx from the channel or its edge."""

    title = "Back Market has a problem"
    transient = True
    may_have_applied = True


class NotUnderstood(ChannelError):
    """An answer that is not in the contract: HTML with 200, truncated JSON, a field of the wrong type, too many bytes.

    `path` names the offending field, for example `orderlines[0].price`; '' when the whole body is meant.
    """

    title = "Back Market's answer was not understood"
    transient = True
    may_have_applied = True

    def __init__(self, message: str, advice: str = "", *, path: str = "") -> None:
        super().__init__(message, advice)
        self.path = path


def _about(came: str, understood: str) -> str:
    return f"'{came}' is {understood}."


@dataclass(frozen=True, slots=True)
class Explanation:
    """Text of an error for a person: its kind, what happened exactly, and what to do next."""

    title: str
    message: str
    advice: str


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Return the reason why a text file could not be read, in a few words."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or type(error).__name__


def by_name(name: str) -> type[BmtuiError]:
    """Return the exception class of that name, which a job stored; `BmtuiError` when this release does not know it."""
    known: list[type[BmtuiError]] = [BmtuiError]
    for found in known:
        if found.__name__ == name:
            return found
        # Rooms above have errors of their own.
        known += found.__subclasses__()
    return BmtuiError


def explain(error: BaseException) -> Explanation:
    """Turn any error into words for a person.

    Of an unexpected error only the type is named, for its text may hold secrets.
    """
    if isinstance(error, BmtuiError):
        return Explanation(error.title, error.message, error.advice)
    return Explanation(
        "An error in bmtui",
        f"Something unexpected happened ({type(error).__name__}).",
        "The details are in bmtui.log, in the folder that --home or BMTUI_HOME names.",
    )
