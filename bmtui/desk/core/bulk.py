"""Bulk action: one action on many orders, each in its own transaction and with its own result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError


@dataclass(frozen=True, slots=True)
class BulkResult:
    """Result of one order: `error` is the class name of the error that stopped it, '' when it was done."""

    order_id: int
    done: bool
    sentence: str
    error: str
    job_id: int | None = None


def each(
    desk: Desk,
    order_ids: Iterable[int],
    act: Callable[[Desk, int], tuple[str, int | None]],
    *,
    changes: bool = True,
) -> tuple[BulkResult, ...]:
    """Do `act`, which returns a sentence and the id of a job that sends something, to each order once.

    An order that refuses does not stop the others. `changes`: `act` changes something.

    Raises:
        RuleRefused: it does, and nothing may be changed here.
    """
    if changes:
        desk.must_write()
    results = []
    for order_id in dict.fromkeys(order_ids):
        try:
            sentence, job_id = act(desk, order_id)
        except BmtuiError as error:
            results.append(BulkResult(order_id, False, str(error), type(error).__name__))
        else:
            results.append(BulkResult(order_id, True, sentence, "", job_id))
    return tuple(results)
