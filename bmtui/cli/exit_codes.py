"""Exit codes and the errors that lead to them (the numbers are an interface)."""

from __future__ import annotations

from bmtui.errors import (
    BmtuiError,
    ChannelError,
    ConfigError,
    EditConflict,
    NotFound,
    OutcomeUnknown,
    PartlyDone,
    RuleRefused,
    by_name,
)

DONE = 0
FAILED = 1
USAGE = 2
REFUSED_BY_RULE = 3
NOT_FOUND = 4
CHANNEL = 5
PARTLY_DONE = 6
OUTCOME_UNKNOWN = 7
INTERRUPTED = 130

_CODES: tuple[tuple[type[BmtuiError], int], ...] = (
    (ConfigError, USAGE),
    (RuleRefused, REFUSED_BY_RULE),
    (EditConflict, REFUSED_BY_RULE),
    (NotFound, NOT_FOUND),
    (ChannelError, CHANNEL),
    (PartlyDone, PARTLY_DONE),
    (OutcomeUnknown, OUTCOME_UNKNOWN),
)


def code_of(error: type[BaseException]) -> int:
    """Return the exit code for an error of this class."""
    if issubclass(error, KeyboardInterrupt):
        return INTERRUPTED
    return next((code for known, code in _CODES if issubclass(error, known)), FAILED)


def code_of_job(status: str, error_kind: str) -> int:
    """Return the exit code of a job that ended or still waits; `error_kind` names the class of its stored error."""
    if status == "completed":
        return DONE
    if status == "cancelled":
        return FAILED
    kind = by_name(error_kind) if error_kind else BmtuiError
    return PARTLY_DONE if status == "partial_success" else code_of(kind)
