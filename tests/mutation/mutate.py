"""Plants one small fault after another in the code that moves money, devices and personal data, and says which of them
no test notices: ``python tests/mutation/mutate.py refunds queue --sample 60``.

``--since main --seconds 90`` plants them only in lines that changed since a commit, until the time is over.

It works on a copy, on SQLite. All tests of a subject run once, to learn which of them reach a line; then each fault is
met by those alone, the quickest first. ``--keep FOLDER`` keeps what was learnt for the next run. Faults are chosen at
random when ``--sample`` or ``--minutes`` bounds them. The share found and the survivors go to stdout. A survivor is a
rule without a test, or means the same as before: then it goes into `equivalent_faults.py`, with the reason.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import kept_reach
from equivalent_faults import EQUIVALENT
from forked_tests import ROOT, Laboratory, Reach, TestServer
from planted_faults import Mutant, mutants

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "refunds": (
        "bmtui/desk/refunds/ledger.py bmtui/desk/refunds/plan.py bmtui/desk/refunds/issue.py "
        "bmtui/desk/refunds/approvals.py",
        "tests/desk/refunds tests/workers/outbox tests/desk/operations/test_desk_restore_distrust.py",
    ),
    "outbox": ("bmtui/desk/outbox", "tests/desk/outbox tests/workers/outbox tests/desk/refunds tests/desk/shipping"),
    "shipping": ("bmtui/desk/shipping", "tests/desk/shipping"),
    "returns": ("bmtui/desk/returns", "tests/desk/returns tests/workers/after_sales/test_workers_after_sales.py"),
    "privacy": (
        "bmtui/desk/core/personal_data.py bmtui/desk/operations/privacy.py",
        "tests/desk/operations/test_desk_privacy.py tests/desk/operations/test_desk_privacy_every_column.py "
        "tests/desk/operations/test_desk_privacy_written_down.py tests/desk/operations/test_desk_privacy_old_audit.py "
        "tests/desk/operations/test_desk_privacy_of_others.py",
    ),
    "queue": (
        "bmtui/queue",
        "tests/queue tests/desk/jobs tests/desk/outbox/test_desk_clock_steps.py tests/desk/events/test_desk_events.py "
        "tests/workers/test_workers_turns.py tests/workers/test_workers_by_the_clock.py "
        "tests/workers/outbox/test_workers_outage.py",
    ),
    "verify_effects": (
        "bmtui/workers/outbox/verify_effects.py bmtui/workers/outbox/send_effects.py",
        "tests/workers/outbox tests/workers/invoicing tests/workers/after_sales",
    ),
    "invoicing": (
        "bmtui/desk/invoicing/contents.py bmtui/desk/invoicing/issue.py bmtui/invoices/vat.py",
        "tests/desk/invoicing tests/desk/refunds/test_desk_credit_notes.py "
        "tests/desk/refunds/test_desk_refund_rules.py tests/invoices/test_invoices_vat.py",
    ),
    "values": ("bmtui/values", "tests/values"),
    "search": (
        "bmtui/store/conditions.py",
        "tests/store/test_store_query.py tests/store/test_store_query_kept_here.py tests/store/test_store_search.py "
        "tests/desk/tags/test_desk_tags.py tests/desk/shipping/test_desk_withdrawn_device.py",
    ),
    "accounts": ("bmtui/desk/accounts", "tests/desk/accounts"),
    "sync": ("bmtui/desk/sync", "tests/desk/sync tests/workers/sync"),
    "after_sales": ("bmtui/desk/after_sales", "tests/desk/after_sales tests/workers/after_sales"),
    "cancellation": (
        "bmtui/desk/cancellation bmtui/desk/acceptance",
        "tests/desk/cancellation tests/desk/acceptance tests/desk/sync/test_desk_buyers_cancellations.py "
        "tests/desk/operations/test_desk_grants_cancellations.py tests/workers/outbox/test_workers_booked.py",
    ),
    "notifications": (
        "bmtui/desk/notifications bmtui/desk/events",
        "tests/desk/notifications tests/desk/events tests/workers/notifications",
    ),
    "rules": ("bmtui/desk/rules", "tests/desk/rules tests/store/test_store_acceptance_rules.py"),
    "moving_in": ("bmtui/desk/moving_in", "tests/desk/moving_in"),
    "overview": ("bmtui/desk/overview", "tests/desk/overview"),
}
"""Subjects: the modules that are mutated, and the tests that must notice it."""


def files_of(subject: str) -> list[str]:
    """Return the files of a subject, as paths below the project's root."""
    found: list[str] = []
    for name in SUBJECTS[subject][0].split():
        path = ROOT / name
        found += sorted(str(file.relative_to(ROOT)) for file in path.rglob("*.py")) if path.is_dir() else [name]
    return found


def faults_of(subject: str) -> Iterator[Mutant]:
    """Yield the faults that can be planted in the files of a subject."""
    for file in files_of(subject):
        yield from mutants(file, (ROOT / file).read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"one of {', '.join(SUBJECTS)}; without, all")
    parser.add_argument("--sample", type=int, metavar="N", help="at most so many faults of a subject, chosen at random")
    parser.add_argument("--minutes", type=float, metavar="M", help="begin no fault after so many minutes of a subject")
    parser.add_argument("--since", metavar="COMMIT", help="only in lines that changed since this commit")
    parser.add_argument("--seconds", type=float, metavar="S", help="begin no fault after so many seconds of all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep there what tests reach, for the next run")
    parser.add_argument("--list", action="store_true", help="only say how many faults there are")
    parser.add_argument("--unreached", action="store_true", help="only name the statements that no test reaches")
    args = parser.parse_args()
    if unknown := set(args.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    touched = changed_since(args.since) if args.since else None
    until = time.monotonic() + args.seconds if args.seconds is not None else None
    chosen: dict[str, list[Mutant]] = {}
    for subject in args.subjects or SUBJECTS:
        every = [
            mutant
            for mutant in faults_of(subject)
            if mutant.key not in EQUIVALENT and (touched is None or mutant.line in touched.get(mutant.file, ()))
        ]
        if args.list and (every or touched is None):
            print(f"{subject}: {len(every):,} faults in {len(files_of(subject))} modules")
        elif every:
            chosen[subject] = random.Random(args.seed).sample(every, min(args.sample or len(every), len(every)))
    survived = planted = 0
    with tempfile.TemporaryDirectory(prefix="bmtui-mutation-") as folder:
        laboratory = Laboratory(Path(folder), args.keep)
        for place, (subject, faults) in enumerate(chosen.items()):
            if args.unreached:
                tell_unreached(laboratory, subject, faults)
                continue
            ends = [time.monotonic() + 60 * args.minutes] if args.minutes is not None else []
            if until is not None:
                # What one subject leaves over is shared by those after it.
                ends.append(time.monotonic() + (until - time.monotonic()) / (len(chosen) - place))
            found, tried = try_faults(laboratory, subject, faults, min(ends) if ends else None)
            survived, planted = survived + tried - found, planted + tried
    if planted:
        print(f"ALL: {planted - survived} of {planted} faults found, {100 * (planted - survived) / planted:.1f} %")
    elif not args.list and not args.unreached:
        print("No fault was planted: no line of these modules changed, or the time was over.")
    return int(survived > 0)


def tell_unreached(laboratory: Laboratory, subject: str, faults: Sequence[Mutant]) -> None:
    """Print a fault of each statement that no test of the subject reaches: all faults there survive."""
    with closing(server_of(laboratory, subject, faults)) as server:
        reach = reach_of(laboratory, subject, server, None)
    unreached = {
        (mutant.file, mutant.place.first): mutant
        for mutant in faults
        if reach is not None and not reach.at_import(mutant) and not reach.contexts(mutant)
    }
    for mutant in unreached.values():
        print(f"  unreached: {told(mutant)}")
    print(f"{subject}: {len(unreached)} statements are reached by no test", flush=True)


def server_of(laboratory: Laboratory, subject: str, faults: Sequence[Mutant]) -> TestServer:
    """Return the server of the subject's tests."""
    keep = laboratory.keep
    known = kept_reach.read(keep / f"{subject}.json", laboratory.root) if keep else None
    return TestServer(laboratory, SUBJECTS[subject][1].split(), files_of(subject), faults, known)


def reach_of(laboratory: Laboratory, subject: str, server: TestServer, left_s: float | None) -> Reach | None:
    """Return what each test of the subject reaches, None without the time for it; ends the program when one fails."""
    reach = server.reach(left_s)
    if reach.failed if reach is not None else left_s is None:
        print(laboratory.log.read_text(encoding="utf-8", errors="replace")[-3000:])
        raise SystemExit(f"{subject}: its tests fail without any fault.")
    if reach is not None and laboratory.keep:
        kept_reach.write(laboratory.keep / f"{subject}.json", laboratory.root, reach)
    return reach


def told(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.line}: {mutant.place.name}: {mutant.what}"


def try_faults(laboratory: Laboratory, subject: str, faults: Sequence[Mutant], until: float | None) -> tuple[int, int]:
    """Plant the faults of a subject; return how many the tests noticed, and how many were planted."""
    found = tried = endless = 0
    with closing(server_of(laboratory, subject, faults)) as server:
        # A fault needs time, too: tests for which this is not enough are run for each fault.
        reach = reach_of(laboratory, subject, server, None if until is None else 0.6 * (until - time.monotonic()))
        if reach is None:
            return 0, 0
        for mutant in faults:
            left_s = until - time.monotonic() if until is not None else float("inf")
            if left_s <= 0:
                break
            tests = reach.tests(mutant)
            limit_s = 60 + 4 * sum(reach.times(tests).values())
            passed = _passes(laboratory, server, reach, mutant, tests, min(limit_s, left_s)) if tests else True
            if passed is None and left_s < limit_s:
                # Cut short by the end of the time: nobody knows.
                break
            tried, found, endless = tried + 1, found + (not passed), endless + (passed is None)
            if passed:
                print(f"  survived: {told(mutant)}", flush=True)
    share = f"{100 * found / tried:.1f} %" if tried else "none planted"
    beyond = f"; {endless} by tests that did not end" if endless else ""
    print(f"{subject}: {found} of {tried} faults found, {share} ({len(faults):,} were chosen{beyond})", flush=True)
    return found, tried


def _passes(
    laboratory: Laboratory, server: TestServer, reach: Reach, mutant: Mutant, tests: Sequence[str], limit_s: float
) -> bool | None:
    """Return True when no test notices the fault, None when they did not end in time."""
    if reach.at_import(mutant):
        with laboratory.planted(mutant):
            return laboratory.passes(server.folders, tests, limit_s)
    return server.passes(mutant, reach.times(tests), limit_s)


def changed_since(commit: str) -> dict[str, set[int]]:
    """Return the line numbers that changed since a commit, by file below the project's root."""
    command = ["git", "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-prefix", commit, "--", "bmtui"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"There is no commit '{commit}' to compare with: {done.stderr.strip()}")
    return lines_of(done.stdout)


def lines_of(diff: str) -> dict[str, set[int]]:
    """Return the numbers of the new lines in a diff without context, by file."""
    found: dict[str, set[int]] = {}
    file = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ")
        elif hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found.setdefault(file, set()).update(range(first, first + count))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
