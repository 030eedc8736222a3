"""Views that the desk hands to screens and commands: frozen values, never rows.

Times are aware and in UTC; amounts are `Money`; statuses are the stored words of `bmtui.words`. Text that came from the
channel is already plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


def address_lines(address: Mapping[str, str]) -> tuple[str, ...]:
    """Return an address as it is written on a parcel, one text for each line."""

    def joined(*names: str) -> str:
        return " ".join(address[name] for name in names if address.get(name))

    lines = (
        joined("first_name", "last_name"),
        joined("company"),
        joined("street"),
        joined("street2"),
        joined("postal_code", "city", "state"),
        joined("country"),
    )
    return tuple(filter(None, lines))


@dataclass(frozen=True, slots=True)
class CompanyView:
    """Settings of a company (order-desk §2). `token_source` says where the token is, never what it is."""

    name: str
    platform: str
    url: str
    enabled: bool
    integration: str
    user_agent_company: str
    contact: str
    market: str
    time_zone: str
    token_source: str
    allow_order_download: bool
    allow_fulfillment_upload: bool
    enable_imei_update: bool
    download_interval_min: int
    look_back_days: int
    care_interval_min: int
    answer_within_h: int
    undo_windows: str
    ship_cutoff: str
    soon_hours: int
    automatic_acceptance: bool
    acceptance_rule: str
    upload_not_before: str
    upload_wait_hours: int
    upload_skip_saturday: bool
    upload_skip_sunday: bool
    carriers: str
    identifier_policy: str
    erased_buyers: str
    note_cancelled: str
    note_on_hold: str
    note_problem_order: str
    note_void: str
    version: int
    orders: int

    @property
    def is_practice(self) -> bool:
        """True when the channel is on this machine: a sandbox."""
        return "//127.0.0.1" in self.url or "//localhost" in self.url or "//[::1]" in self.url


@dataclass(frozen=True, slots=True)
class JobView:
    """Job as the panel and the commands show it (order-desk §6). `about` is `{"order_id": …}` or empty.

    `scheduled_at` is the earliest start of a submitted job.
    """

    job_id: int
    type: str
    status: str
    priority: str
    company: str
    submitted_at: datetime
    submitted_by: str
    scheduled_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    phase: str
    total: int | None
    processed: int
    succeeded: int
    failed: int
    error: str
    error_kind: str
    attempts: int
    parameters: Mapping[str, Any]
    about: Mapping[str, Any]
    output: Mapping[str, Any]
    parent_id: int | None
    cancel_requested: bool
    held_until: datetime | None
    """End of the pause that the channel asked of all jobs of this platform."""
    held_because: str
    waits_since: datetime | None
    """Begin of the wait for Back Market, which cannot be reached."""

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "partial_success", "cancelled")


@dataclass(frozen=True, slots=True)
class JobLogView:
    at: datetime
    is_error: bool
    message: str
