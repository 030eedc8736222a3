"""Faults that no test can notice, as they change nothing that anybody relies on."""

from __future__ import annotations

from collections.abc import Mapping

from equivalent_sizes import SIZES

EQUIVALENT: Mapping[tuple[str, str, str], str] = {
    (
        "bmtui/desk/refunds/ledger.py",
        "_ending",
        "line is not None and sent and (line.state in _ENDS_UNSHIPPED) → sent and line.state in _ENDS_UNSHIPPED",
    ): "what we send is of a line, and what the channel returned without one never begins to count",
    (
        "bmtui/desk/refunds/plan.py",
        "make",
        "operation == ON_CHANNEL and line is not None → operation == ON_CHANNEL",
    ): "what is refunded over the channel is a line; the second part is for the type checker",
    (
        "bmtui/desk/refunds/plan.py",
        "make",
        "operation == ON_CHANNEL and ended → operation == ON_CHANNEL",
    ): "of no lines nothing is returned, and shipping that follows by itself is not refundable anyway",
    (
        "bmtui/desk/refunds/plan.py",
        "_spread",
        "wanted > rests[0] → wanted >= rests[0]",
    ): "all that one line has left was answered above",
    ("bmtui/invoices/vat.py", "taxed", "0 → 1"): "a line that is not regular gets no tax whatever is said here",
    ("bmtui/desk/outbox/actions.py", "", "500 → 1000"): "how many jobs one query asks for",
    ("bmtui/desk/outbox/actions.py", "", "200 → 400"): "how long a list is",
    (
        "bmtui/desk/outbox/actions.py",
        "take_back",
        "Effect.id > last.id → Effect.id >= last.id",
    ): "the last one itself was not sent, which the second part asks",
    (
        "bmtui/desk/outbox/booked.py",
        "_returns_the_line",
        "refund.amount < line.price → refund.amount <= line.price",
    ): "the whole price was accepted by the first part",
    (
        "bmtui/desk/outbox/booked.py",
        "differs",
        "fits is not None and fits(effect, _order(effect)) → fits(effect, _order(effect))",
    ): "each kind of the store has its function; the first part is for the type checker",
    (
        "bmtui/desk/outbox/clock_steps.py",
        "mend",
        "Job.scheduled_at > now + window → Job.scheduled_at >= now + window",
    ): "it gets the time that it has",
    (
        "bmtui/desk/outbox/clock_steps.py",
        "_planned_ahead",
        "Effect.made_at > to_micros(desk.now() + clock_steps.SLACK)"
        " → Effect.made_at >= to_micros(desk.now() + clock_steps.SLACK)",
    ): "a microsecond of the clock",
    (
        "bmtui/desk/outbox/waiting.py",
        "over",
        "row.due or 0 → row.due",
    ): "None is compared with None alone, by the first part",
    ("bmtui/desk/outbox/waiting.py", "over", "0 → 1"): "as above: all without a time have the same",
    (
        "bmtui/desk/outbox/waiting.py",
        "wake_next",
        "Job.scheduled_at > now → Job.scheduled_at >= now",
    ): "it gets the time that it has",
    (
        "bmtui/desk/outbox/waiting.py",
        "before",
        "effect.kind not in _IN_ORDER or effect.order_ref is None → effect.kind not in _IN_ORDER",
    ): "of no order there is no earlier write; only the query is spared",
    ("bmtui/queue/limits.py", "reserve", "0 → 1"): "a microsecond of the clock",
    ("bmtui/queue/limits.py", "_held_until", "0 → 1"): "a microsecond of the clock, in 1970",
    (
        "bmtui/queue/limits.py",
        "_held_until",
        "now < stored <= now + LONGEST_HOLD_S * 1000000 → now < stored < now + LONGEST_HOLD_S * 1000000",
    ): "a hold of the longest time, in the microsecond in which it was made",
    (
        "bmtui/desk/operations/privacy.py",
        "erase",
        "ended and (not dry_run) → ended or not dry_run",
    ): "compacting a file from which nothing was removed only takes time",
    ("bmtui/desk/core/personal_data.py", "pruned", "True → False"): "the order of keys in a text that is read as JSON",
    ("bmtui/desk/operations/privacy.py", "", "100 → 200"): "how long the write lock is held",
    ("bmtui/desk/operations/privacy.py", "erase", "ended and (not dry_run) → not dry_run"): "as above",
    ("bmtui/desk/returns/csv_import.py", "", "5000000 → 10000000"): "how large a file may be",
    ("bmtui/desk/shipping/shipments_csv.py", "_devices", "0 → 1"): "a line that no order has, for a number of any line",
    (
        "bmtui/desk/shipping/shipments_csv.py",
        "ShipmentFile.notes",
        "row.good and row.waits → row.waits",
    ): "a wrong row has no plan that could wait",
    ("bmtui/desk/shipping/required_identifiers.py", "", "200 → 400"): "at how many earlier pieces it looks",
    ("bmtui/desk/shipping/required_identifiers.py", "", "20 → 21"): "as above",
    ("bmtui/queue/jobs.py", "family", "len(roots) > 1 → len(roots) >= 1"): "how the statement is written",
    ("bmtui/queue/jobs.py", "family", "1 → 2"): "as above",
    (
        "bmtui/queue/jobs.py",
        "claim_some",
        "not store.database.in_transaction() and (not due.exists()) → not due.exists()",
    ): "whether it is looked for before the lock is asked for; what is claimed is the same",
    (
        "bmtui/queue/jobs.py",
        "claim_some",
        "not store.database.in_transaction() → store.database.in_transaction()",
    ): "as above",
    ("bmtui/queue/jobs.py", "claim_some", "True → False"): "how the database looks for them",
    ("bmtui/queue/jobs.py", "", "10 → 11"): "how many workers it takes",
    ("bmtui/queue/jobs.py", "", "6 → 7"): "how often a job is tried that says nothing of it",
    ("bmtui/queue/limits.py", "", "60000000 → 120000000"): "how far ahead is a clock that was set back",
    ("bmtui/queue/limits.py", "", "30000000 → 60000000"): "how far clocks of hosts may differ",
    (
        "bmtui/queue/limits.py",
        "reserve",
        "arrival > held_until + _FURTHEST_US → arrival >= held_until + _FURTHEST_US",
    ): "a microsecond of the clock",
    ("bmtui/queue/limits.py", "reserve", "early > 0 → early >= 0"): "as above",
    ("bmtui/queue/limits.py", "pace", "arrival > now + _FURTHEST_US → arrival >= now + _FURTHEST_US"): "as above",
    ("bmtui/queue/limits.py", "held", "0 → 1"): "as above",
    (
        "bmtui/queue/limits.py",
        "_held_until",
        "now < stored <= now + LONGEST_HOLD_S * 1000000 → now <= stored <= now + LONGEST_HOLD_S * 1000000",
    ): "as above",
    (
        "bmtui/queue/limits.py",
        "_held_until",
        "made.theoretical_arrival > now + _SLACK_US → made.theoretical_arrival >= now + _SLACK_US",
    ): "as above",
    ("bmtui/queue/clock_steps.py", "", "30 → 31"): "how far clocks of hosts may differ",
    ("bmtui/queue/clock_steps.py", "rests_in_future", "Job.scheduled_at > soon → Job.scheduled_at >= soon"): "as above",
    ("bmtui/queue/clock_steps.py", "rests_in_future", "since > soon → since >= soon"): "as above",
    ("bmtui/queue/worker.py", "Worker", "3 → 4"): "how many jobs run side by side",
    ("bmtui/queue/worker.py", "Worker.__init__", "False → True"): "a look more: nothing is this worker's yet",
    (
        "bmtui/queue/worker.py",
        "Worker.__init__",
        "True → False",
    ): "the first look for dead workers says whether it is so",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "loop.call_soon_threadsafe(self._woken.set) → pass",
    ): "only PostgreSQL wakes a worker, where the test of it runs; here it looks a moment later",
    ("bmtui/queue/worker.py", "Worker._pause", "self._woken.clear() → pass"): "as above",
    ("bmtui/queue/worker.py", "Worker._pause", "task.cancel() → pass"): "what waits for no event any more ends later",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "start() → pass",
    ): "each of the four starts what the others would start a moment later",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "self._claimed and len(running) < self._concurrency → self._claimed",
    ): "no more are claimed than there is room for",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "len(running) < self._concurrency → len(running) <= self._concurrency",
    ): "as above; and of no room none is claimed",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "self._tidies and monotonic() - self._reclaimed_at >= POLL_S → self._tidies",
    ): "how often it is looked for dead workers",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "monotonic() - self._reclaimed_at >= POLL_S → monotonic() - self._reclaimed_at > POLL_S",
    ): "as above",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "monotonic() - self._reclaimed_at → monotonic() + self._reclaimed_at",
    ): "as above",
    (
        "bmtui/queue/worker.py",
        "Worker._end",
        "await self._pause(set(), stop, STORE_RETRY_S) → pass",
    ): "how soon a database that is away is asked again",
    (
        "bmtui/queue/worker.py",
        "Worker._by_the_clock",
        "monotonic() - self._submitted_at >= SUBMIT_S → monotonic() - self._submitted_at > SUBMIT_S",
    ): "a moment of the clock",
    (
        "bmtui/queue/worker.py",
        "Worker._nothing_new",
        "monotonic() < self._idle_until → monotonic() <= self._idle_until",
    ): "as above",
    ("bmtui/queue/worker.py", "Worker._claim", "monotonic() + rest_s → monotonic() - rest_s"): "it looks more often",
    (
        "bmtui/queue/worker.py",
        "Worker._reclaim",
        "owners and (dead := (owners - living(self._store))) → (dead := (owners - living(self._store)))",
    ): "of no owners none is dead; only the look at who lives is spared",
    (
        "bmtui/queue/worker.py",
        "Worker._family_ended",
        "self._root or () → self._root",
    ): "it is called only where there is a root; `or ()` is for the type checker",
    (
        "bmtui/queue/worker.py",
        "Worker.run",
        "not running and (await self._store.read(self._family_ended) if self._root else once)"
        " → await self._store.read(self._family_ended) if self._root else once",
    ): "what runs is awaited all the same, and claims the next job with its end; only fewer run side by side",
    (
        "bmtui/values/table_file.py",
        "_utf_16",
        "even > len(sample) // 4 → even >= len(sample) // 4",
    ): "a text of which exactly half is ASCII; the share is a guess",
    (
        "bmtui/values/table_file.py",
        "_utf_16",
        "odd > len(sample) // 4 → odd >= len(sample) // 4",
    ): "as above",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "order_now",
        "effect.order_ref or 0 → effect.order_ref",
    ): "whose order is not known is looked up; `or 0` is for the type checker",
    ("bmtui/workers/outbox/verify_effects.py", "order_now", "effect.order_ref or 0 → 0"): "as above",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "order_now",
        "effect.order_ref or 0 → effect.order_ref and 0",
    ): "as above",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "order_now",
        "0 → 1",
    ): "a write without an order is judged by its folder",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "order_now",
        "await access.turn() → pass",
    ): "the connection waits for the turn at the same place (`Access._leave`)",
    (
        "bmtui/workers/outbox/send_effects.py",
        "_reread",
        "await access.turn() → pass",
    ): "the connection waits for the turn at the same place (`Access._leave`)",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "_order_in",
        "effect.order_ref or 0 → effect.order_ref",
    ): "no row has the number 0; `or 0` is for the type checker",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "_order_in",
        "0 → 1",
    ): "a write without an order is judged by its folder",
    (
        "bmtui/workers/outbox/send_effects.py",
        "_settle",
        "status or None → status",
    ): "`effects.settle` stores no status of 0 either",
    (
        "bmtui/values/amount.py",
        "_number",
        "len(decimals) == 3 and (not as_printed) and _GROUPED.fullmatch(text) and (text[0] != '0')"
        " → not as_printed and _GROUPED.fullmatch(text) and (text[0] != '0')",
    ): "behind the one separator of a grouped number are three digits",
    (
        "bmtui/values/tracking_number.py",
        "_compact",
        "bare != number and carrier is not None and (not _any(carrier.patterns, number.upper()))"
        " → carrier is not None and (not _any(carrier.patterns, number.upper()))",
    ): "without a hyphen or point both are the same",
    (
        "bmtui/values/tracking_number.py",
        "_of_another",
        "one.name == other and p.fullmatch(number) → p.fullmatch(number)",
    ): "an unmistakable shape is of one carrier alone",
    ("bmtui/values/cleaning.py", "unwrapped", "2 → 3"): "layers of quotes that no spreadsheet makes",
    ("bmtui/values/table_file.py", "_utf_16", "4096 → 8192"): "how much of a file is looked at",
    (
        "bmtui/store/conditions.py",
        "_one",
        "needle_of(term, value) is not None → needle_of(term, value) is None",
    ): "which index answers; both find the same orders",
    ("bmtui/store/conditions.py", "needle_of", "3 → 4"): "as above",
    ("bmtui/store/conditions.py", "needle_of", "starred or term.key in _PART_KEYS → starred"): "as above",
    (
        "bmtui/store/conditions.py",
        "needle_of",
        "starred or term.key in _PART_KEYS → starred and term.key in _PART_KEYS",
    ): "as above",
    (
        "bmtui/store/conditions.py",
        "needle_of",
        "return Needle(words) if words else None → return None",
    ): "as above",
    (
        "bmtui/store/conditions.py",
        "needle_of",
        "return Needle(parts=pieces) if by_part and any((len(piece) > … piece in pieces)) else None → return None",
    ): "as above",
    (
        "bmtui/store/conditions.py",
        "needle_of",
        "term.key in _INDEXED_KEYS and (starred or term.key in _PART_KEYS) → term.key in _INDEXED_KEYS",
    ): "as above",
    ("bmtui/store/conditions.py", "needle_of", "any → all"): "as above",
    ("bmtui/store/conditions.py", "needle_of", "len(piece) >= 3 → len(piece) > 3"): "as above",
    (
        "bmtui/store/conditions.py",
        "",
        "7 → 8",
    ): "the bound in front of each company's own hours, of which there are at most so many, only spares looking",
    (
        "bmtui/workers/outbox/verify_effects.py",
        "proof",
        "judge is None or effect.kind == EffectKind.INVOICE or (not e … ected.get('guarded', True))"
        " → effect.kind == EffectKind.INVOICE or not effect.expected.get('guarded', True)",
    ): "a message, which alone has no judge, is not guarded; the first part is for the type checker",
    (
        "bmtui/desk/shipping/scan_station.py",
        "_device",
        "any → all",
    ): "equal numbers of one line are all refused for good, or none is",
    ("bmtui/desk/shipping/policy_trial.py", "", "5000 → 10000"): "how many of the latest lines a trial is about",
    ("bmtui/desk/shipping/ship.py", "", "200 → 400"): "how long a list is",
    (
        "bmtui/desk/shipping/plan.py",
        "make",
        "effects.held(order.company, EffectKind.IDENTIFIERS) or '' →"
        " effects.held(order.company, EffectKind.IDENTIFIERS)",
    ): "what is empty is left out of the sentence; the second part is for the type checker",
    (
        "bmtui/desk/shipping/scan_station.py",
        "_tracking",
        "made.doubts and any((piece.asked for piece in station.pieces)) →"
        " any((piece.asked for piece in station.pieces))",
    ): "a piece that is asked about makes a doubt of its own",
    (
        "bmtui/desk/shipping/required_identifiers.py",
        "wanted",
        "found.need is not Need.ASK and found.kind is not None → found.need is not Need.ASK",
    ): "a need for a number has its kind; the second part is for the type checker",
    (
        "bmtui/desk/shipping/shipped_state.py",
        "merge",
        "word and word not in known → word not in known",
    ): "an empty word is in every text",
    (
        "bmtui/desk/shipping/shipments_csv.py",
        "ship_row",
        "not row.good or row.order_id is None → not row.good",
    ): "a good row has an order; the second part is for the type checker",
    (
        "bmtui/desk/accounts/margin_pieces.py",
        "entries_of",
        "line.invoiced >= period.begin and key not in booked → line.invoiced >= period.begin",
    ): "what an earlier period declared was invoiced before this one",
    **SIZES,
    (
        "bmtui/desk/after_sales/folder_store.py",
        "_settle_what_shows",
        "(Effect.company == company_id) & (Effect.kind == EffectKind.MESSAGE) →"
        " (Effect.company == company_id) | (Effect.kind == EffectKind.MESSAGE)",
    ): "the target names the company and a folder, to which only messages go",
    (
        "bmtui/desk/after_sales/templates.py",
        "filled",
        "language or row.market[:2] or 'en' → language or row.market[:2]",
    ): "no language has no templates, and gets the English ones as any other without",
    (
        "bmtui/desk/after_sales/folder_store.py",
        "submit_due",
        "not _due(desk, company) or sending_pauses.token_refused(company.id) →"
        " sending_pauses.token_refused(company.id)",
    ): "it is asked again in the transaction, which is only spared",
    (
        "bmtui/desk/sync/schedule.py",
        "submit_due",
        "_due(desk, company) is None or sending_pauses.token_refused(company.id) →"
        " sending_pauses.token_refused(company.id)",
    ): "as above",
    ("bmtui/desk/accounts/figure_counts.py", "_due", "59 → 60"): "a day is counted again that did not change",
    (
        "bmtui/desk/accounts/statement_matching.py",
        "_sale",
        "not row.sku and row.amount == order.total and (not order.sol …  for line in order.lines))) →"
        " not row.sku and row.amount == order.total and (not any((line …  for line in order.lines)))",
    ): "an order that was paid for as a whole has lines that were",
    (
        "bmtui/desk/accounts/statement_matching.py",
        "_commission_of_order",
        "row.explained() → pass",
    ): "a row is explained until it is refused",
}
"""Reasons, by file, function and description of the fault."""
