"""Faults in sizes and bounds that nobody relies on: how long a list is, how often a job is tried, a time that stays."""

from __future__ import annotations

from collections.abc import Mapping

SIZES: Mapping[tuple[str, str, str], str] = {
    ("bmtui/desk/sync/download.py", "", "6 → 7"): "how often a job is tried that says nothing of it",
    ("bmtui/desk/sync/download.py", "", "3 → 4"): "as above",
    ("bmtui/desk/sync/schedule.py", "", "6 → 7"): "as above",
    ("bmtui/desk/sync/schedule.py", "submit_due", "6 → 7"): "as above",
    ("bmtui/desk/sync/reconcile.py", "start", "3 → 4"): "as above",
    ("bmtui/desk/after_sales/folder_store.py", "", "6 → 7"): "as above",
    ("bmtui/desk/after_sales/folder_store.py", "submit_due", "6 → 7"): "as above",
    ("bmtui/desk/sync/reconcile.py", "", "1000 → 2000"): "how long a list is",
    ("bmtui/desk/sync/quarantine.py", "", "1000 → 2000"): "as above",
    ("bmtui/desk/sync/erased_buyers.py", "", "100 → 200"): "how long the write lock is held",
    ("bmtui/desk/sync/ingest.py", "", "100 → 200"): "as above",
    ("bmtui/desk/accounts/fee_backfill.py", "", "200 → 400"): "as above",
    ("bmtui/desk/accounts/costs.py", "", "1000 → 2000"): "how long a list is",
    ("bmtui/desk/accounts/statements.py", "", "1000 → 2000"): "as above",
    ("bmtui/desk/accounts/statement_matching.py", "", "400 → 800"): "how many orders one query asks for",
    ("bmtui/desk/accounts/statement_import.py", "", "400 → 800"): "as above",
    ("bmtui/desk/accounts/documents.py", "", "500 → 1000"): "as above",
    ("bmtui/desk/accounts/vat_return.py", "_whole", "400 → 800"): "as above",
    (
        "bmtui/desk/after_sales/folder_store.py",
        "move",
        "until > mark.modified_until → until >= mark.modified_until",
    ): "it gets the time that it has",
    (
        "bmtui/desk/sync/schedule.py",
        "move",
        "until > mark.modified_until → until >= mark.modified_until",
    ): "as above",
}
"""Reasons, by file, function and description of the fault."""
