"""Actions on several orders: running them, waiting for their jobs, and printing each result."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bmtui.cli import exit_codes
from bmtui.cli.documents import to_json
from bmtui.cli.job_progress import report_errors, report_nothing, report_progress, wait_for_all
from bmtui.cli.output import emit_json, emit_list, emit_one, of_order, say
from bmtui.desk.core import bulk
from bmtui.desk.core.bulk import BulkResult
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.errors import by_name
from bmtui.words import label

if TYPE_CHECKING:
    from bmtui.desk.overview.views import OrderView

Act = Callable[[Desk, int], tuple[str, int | None]]
"""Action on one order; returns a sentence, and the id of the job that sends it."""

_COLUMNS = {"order_id": "Order", "done": "Done", "sentence": "Result"}
_JOBS_SHOWN = 8
"""Most jobs whose progress is printed; of more jobs only the errors are."""


def each_order(
    opened: Desk, order_ids: Iterable[int], act: Act, *, alone: bool, changes: bool = True
) -> tuple[BulkResult, ...]:
    """Do `act` to each order, by the desk's rules of bulk actions, and return a result for each; `changes` as there.

    `alone`: the command was about one order; what refuses that is raised, as every command on one order does.
    """
    if not alone:
        return bulk.each(opened, order_ids, act, changes=changes)
    results = []
    for order_id in order_ids:
        sentence, job_id = act(opened, order_id)
        results.append(BulkResult(order_id, True, sentence, "", job_id))
    return tuple(results)


def wait_for_results(opened: Desk, results: Iterable[BulkResult]) -> tuple[BulkResult, ...]:
    """Wait for the jobs of the results, which run together, and return the results with their outcome."""
    found = tuple(results)
    ids = [result.job_id for result in found if result.job_id is not None]
    if ids:
        wait_for_all(opened, ids, report_nothing)
    views = {view.job_id: view for view in jobs.families(opened, ids)} if ids else {}
    return tuple(result if result.job_id is None else _ended(result, views[result.job_id]) for result in found)


def _ended(result: BulkResult, view: JobView) -> BulkResult:
    good = exit_codes.code_of_job(view.status, view.error_kind) == exit_codes.DONE
    sentence = f"{result.sentence} {label(view.status)}." + (f" {view.error}" if view.error else "")
    return replace(result, done=good, sentence=sentence, error="" if good else view.error_kind or "BmtuiError")


def emit_results(args: argparse.Namespace, results: Sequence[BulkResult]) -> int:
    """Print a row for each order; return the exit code, 6 when some were done and some not."""
    emit_list(args, results, _COLUMNS, "Nothing was done.")
    failed = [result for result in results if not result.done]
    if not failed:
        return exit_codes.DONE
    say(f"{len(results) - len(failed):,} done, {len(failed):,} not.")
    return exit_codes.PARTLY_DONE if len(failed) < len(results) else code_of(failed[0])


def emit_sent(args: argparse.Namespace, opened: Desk, results: Sequence[BulkResult], word: str) -> int:
    """Wait for the jobs if asked to, and print each order as it is now, with `word` where its job is completed."""
    jobs_of = {result.order_id: result.job_id for result in results if result.job_id is not None}
    if args.wait and jobs_of:
        wait_for_all(opened, list(jobs_of.values()), report_progress if len(jobs_of) <= _JOBS_SHOWN else report_errors)
    codes: dict[int, int] = {}
    rows: dict[int, dict[str, Any]] = {}
    lines = []
    ended = _families(opened, list(jobs_of.values()))
    # Only JSON needs the whole order; a line needs its channel status alone.
    states = {} if args.json or not args.wait else orders.channel_statuses(opened, list(jobs_of))
    for order_id, job_id in jobs_of.items():
        ends = ended[job_id]
        worst = next((end for end in ends if end.status != "completed"), ends[0])
        found = {"result": word if worst.status == "completed" else worst.status, "error": worst.error}
        if args.wait:
            # A job that only waits for its time counts as done.
            resting = worst.status == "submitted" and not worst.error_kind
            codes[order_id] = exit_codes.DONE if resting else exit_codes.code_of_job(worst.status, worst.error_kind)
        if args.json:
            rows[order_id] = to_json(_shown(opened, order_id)) | found
        said, state = found["result"], f"{label(states.get(order_id, ''))} on Back Market"
        if worst.status == "submitted":
            # Not sent yet: the status on Back Market is not its result.
            said, state = "queued", f"job {job_id} sends it" + (" when its waiting time is over" if args.wait else "")
        elif not args.wait:
            state = f"job {job_id} sends it"
        lines.append(f"Order {order_id}: {said}, {state}. {worst.error}".rstrip())
    return emit_orders(args, results, rows, lines, codes)


def emit_order(args: argparse.Namespace, opened: Desk, sentence: str) -> int:
    """Print the command's order as JSON, as it is now, or the sentence if there is one."""
    emit_one(args, _shown(opened, args.order) if args.json else None, [sentence] if sentence else [])
    return exit_codes.DONE


def _shown(opened: Desk, order_id: int) -> OrderView:
    # Loads what every kind of document needs: only JSON pays for it.
    from bmtui.desk.overview import order

    return order.show(opened, order_id)


def _families(opened: Desk, job_ids: Sequence[int]) -> dict[int, list[JobView]]:
    """Return each job with the jobs that it submitted, itself first."""
    found: dict[int, list[JobView]] = {job_id: [] for job_id in job_ids}
    for view in jobs.families(opened, job_ids):
        found[view.job_id if view.job_id in found else view.parent_id or 0].append(view)
    return found


def emit_orders(
    args: argparse.Namespace,
    results: Sequence[BulkResult],
    rows: Mapping[int, dict[str, Any]],
    lines: Sequence[str],
    codes: Mapping[int, int] | None = None,
) -> int:
    """Print `rows` by order as JSON, or `lines`; refusals go to stderr. A single order is printed without a list.

    Returns:
        the exit code: `codes` by order, or that of what refused it; 6 when they differ.
    """
    refused = {result.order_id: result for result in results if not result.done}
    for result in refused.values():
        say(of_order(result.order_id, result.sentence))
    if len(results) == 1 and not refused:
        emit_one(args, rows.get(results[0].order_id), lines)
    elif args.json:
        failed = {
            order_id: {"order_id": order_id, "result": "refused", "error": result.sentence}
            for order_id, result in refused.items()
        }
        emit_json([{**rows, **failed}[result.order_id] for result in results])
    else:
        for line in lines:
            print(line)
    known = {order_id: code_of(result) for order_id, result in refused.items()} | dict(codes or {})
    kinds = {known.get(result.order_id, exit_codes.DONE) for result in results}
    return kinds.pop() if len(kinds) == 1 else exit_codes.PARTLY_DONE


def code_of(result: BulkResult) -> int:
    """Return the exit code of the error that refused an order."""
    return exit_codes.code_of(by_name(result.error))
