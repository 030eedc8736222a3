"""Messages to be sent, and the errors of sending."""

from __future__ import annotations

from dataclasses import dataclass

from bmtui.errors import BmtuiError


@dataclass(frozen=True, slots=True)
class Message:
    """Message: `body` is JSON in UTF-8 for programs, `subject` and `text` are for people.

    `id` is the same each time it is sent, so that a receiver can tell what it has already.
    """

    id: str
    event: str
    body: bytes
    subject: str
    text: str


class NotDelivered(BmtuiError):
    """Error of a message that was not delivered.

    Args:
        away: the receiver cannot be reached or does not answer, so that other messages would not get there either.
        final: the receiver will not take this one, however often it is sent.
    """

    title = "Not delivered"

    def __init__(self, message: str, advice: str = "", *, away: bool = False, final: bool = False) -> None:
        super().__init__(message, advice)
        self.away = away
        self.final = final
