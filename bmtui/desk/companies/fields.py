"""The settings of a company: what each is called, what it takes, and how a text is read as one (order-desk §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bmtui.channel.platforms import PLATFORMS
from bmtui.desk.companies import acceptance_rule, identifier_policy, policies, undo_windows
from bmtui.desk.core.field import Setting, named
from bmtui.errors import ConfigError, NotRead, ValueRefused
from bmtui.values import whole_number
from bmtui.values.date import read_zone

FIELDS = (
    Setting("enabled", "Back Market enabled", "toggle", help="Off: nothing is downloaded from or sent to the channel."),
    Setting(
        "integration", "Integration", "choice", "Only one of the two may be on: both double orders.", ("api", "legacy")
    ),
    Setting("allow_order_download", "Allow Order Download", "toggle", help="Off: no order import runs."),
    Setting(
        "allow_fulfillment_upload", "Allow Fulfillment Upload", "toggle", help="Off: shipments are recorded and wait."
    ),
    Setting(
        "enable_imei_update", "Enable IMEI# Update On Orders", "toggle", help="Off: no IMEI or serial number leaves."
    ),
    Setting("download_interval_min", "Automatic download, minutes", "number", help="0: only by hand."),
    Setting(
        "look_back_days",
        "Look-back, days",
        "number",
        help="Days that a first and a nightly sync read.",
    ),
    Setting("care_interval_min", "After-sales download, minutes", "number", help="0: only by hand."),
    Setting(
        "answer_within_h",
        "Answer within, business hours",
        "number",
        help="Your target for answers to customers; what is older is late.",
    ),
    Setting(
        "undo_windows",
        "Undo windows, seconds",
        "text",
        help="How long what the screens send waits, so that it can be withdrawn: refund=10 ship=10 ...",
    ),
    Setting(
        "ship_cutoff", "Cut-off of a day", "text", help="Your target: paid before it, an order counts for that day."
    ),
    Setting(
        "soon_hours", "Soon, hours", "number", help="Your target: an order is to ship soon when so little is left."
    ),
    Setting(
        "automatic_acceptance", "Automatic acceptance", "toggle", help="On: what the rule takes is accepted by itself."
    ),
    Setting(
        "acceptance_rule",
        "Acceptance rule",
        "text",
        help="Such as: market:fr-fr,de-de value:<=800 sku:PHN* stock:in. r tries it on stored orders.",
    ),
    Setting(
        "upload_not_before", "Upload not before", "text", help="No tracking leaves before this time of a day: 18:00."
    ),
    Setting("upload_wait_hours", "Upload after, hours", "number", help="Tracking rests so long before it leaves."),
    Setting("upload_skip_saturday", "No upload on Saturday", "toggle", help="Tracking rests until the next day."),
    Setting("upload_skip_sunday", "No upload on Sunday", "toggle", help="Tracking rests until the next day."),
    Setting(
        "carriers",
        "Carriers of methods",
        "text",
        help="What the channel's shipping methods mean here: Colissimo Expert=Colissimo; DHL Paket=DHL.",
    ),
    Setting(
        "identifier_policy",
        "IMEI or serial number",
        "text",
        help="What leaves with what, by SKU: PHN*=imei; LAP*=serial; ACC*=none; TAB*=ask. n tries it on stored lines.",
    ),
    Setting(
        "erased_buyers",
        "Erased buyers",
        "choice",
        "Whom Back Market erased: keep what is held here until retention removes it, or erase with the next download.",
        ("keep", "erase"),
    ),
    Setting("note_cancelled", "Note when cancelled", "text", help="May name {order} and {date}."),
    Setting("note_on_hold", "Note when put on hold", "text", help="What such a note begins with."),
    Setting("note_problem_order", "Note of a problem", "text", help="What such a note begins with."),
    Setting("note_void", "Note when void", "text", help="What such a note begins with."),
    Setting("platform", "Platform", "choice", "A platform is a seller account with its own token.", tuple(PLATFORMS)),
    Setting("url", "Base URL", "text", help="Where the platform answers; https, or http on this machine."),
    Setting("token", "Authentication token", "secret", help="As the Back Office shows it; never shown again here."),
    Setting("user_agent_company", "User-agent company name", "text", help="Says who calls; Back Market demands it."),
    Setting("contact", "Contact mail", "text", help="Goes with the user agent."),
    Setting("market", "Market language", "text", help="In which language Back Market answers, such as fr-fr."),
    Setting("time_zone", "Time zone", "text", help="Whose days and clocks are shown, such as Europe/Paris."),
)
BY_KEY = {field.key: field for field in FIELDS}
HEADINGS = {
    "enabled": "General Settings",
    "allow_order_download": "General Settings › Options",
    "download_interval_min": "Automatic Download",
    "answer_within_h": "Targets and Undo",
    "automatic_acceptance": "Acceptance",
    "upload_not_before": "Tracking Upload",
    "erased_buyers": "Privacy",
    "note_cancelled": "Notes",
    "platform": "Connection",
}
"""What stands above settings on the screen, by the first of each."""


def parsed(key: str, text: str) -> Any:
    """The value that `text` means as the setting `key`.

    Raises:
        ConfigError: there is no such setting, or it cannot have that value.
    """
    setting = named(BY_KEY, key, others=", token_env, token_source")
    value = setting.cleaned(text)
    if setting.kind == "toggle":
        return value == "true"
    if setting.kind == "number":
        most = _MOST.get(key, 99_999)
        try:
            return whole_number.read(value, field=key, low=0, high=most)
        except NotRead as error:
            raise ConfigError(f"'{text[:40]}' is not a whole number ({setting.label}).", error.advice) from error
        except ValueRefused as error:
            said = f"'{text[:40]}' is not a whole number from 0 to {most} ({setting.label})."
            raise ConfigError(said, error.advice) from error
    setting.check_length(value, _MOST.get(key, 300))
    check = _CHECKS.get(key)
    if check:
        check(value)
    return value.rstrip("/").lower() if key == "url" else value


def _check_contact(value: str) -> None:
    if not re.fullmatch(r"[^@\s;]+@[^@\s;]+\.[^@\s;]+", value):
        raise ConfigError(f"'{value}' is not a mail address.", "Write it like orders@shop.example.")


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "time_zone": lambda value: read_zone(value),
    "contact": _check_contact,
    "undo_windows": undo_windows.windows,
    "ship_cutoff": lambda value: policies.time_of_day(value, "Cut-off of a day"),
    "upload_not_before": lambda value: value and policies.time_of_day(value, "Upload not before"),
    "acceptance_rule": acceptance_rule.parse,
    "carriers": policies.carriers,
    "identifier_policy": identifier_policy.parse,
}
_MOST = {
    "soon_hours": 168,
    "upload_wait_hours": 168,
    "carriers": 3_000,
    "acceptance_rule": 1_000,
    "identifier_policy": identifier_policy.MOST,
}
"""The highest number, or the longest text, of a setting."""
