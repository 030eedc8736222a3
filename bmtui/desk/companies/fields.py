"""Settings of a company: their names, kinds and checks, and how a text is read as a value (order-desk §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bmtui.channel.platforms import PLATFORMS
from bmtui.desk.companies import acceptance_rule, identifier_policy, policies, undo_windows
from bmtui.desk.core.parameter import Kind, Parameter, named
from bmtui.errors import BmtuiError, ConfigError, NotRead, ValueRefused
from bmtui.values import whole_number

FIELDS = (
    Parameter(
        "enabled", "Back Market enabled", Kind.TOGGLE, help="Off: nothing is downloaded from or sent to the channel."
    ),
    Parameter(
        "integration",
        "Integration",
        Kind.CHOICE,
        "Only one of the two may be on: both double orders.",
        ("api", "legacy"),
    ),
    Parameter("allow_order_download", "Allow Order Download", Kind.TOGGLE, help="Off: no order import runs."),
    Parameter(
        "allow_fulfillment_upload",
        "Allow Fulfillment Upload",
        Kind.TOGGLE,
        help="Off: shipments are recorded and wait.",
    ),
    Parameter(
        "enable_imei_update", "Enable IMEI# Update On Orders", Kind.TOGGLE, help="Off: no IMEI or serial number leaves."
    ),
    Parameter("download_interval_min", "Automatic download, minutes", Kind.NUMBER, help="0: only by hand."),
    Parameter(
        "look_back_days",
        "Look-back, days",
        Kind.NUMBER,
        help="Days that a first and a nightly sync read.",
    ),
    Parameter("care_interval_min", "After-sales download, minutes", Kind.NUMBER, help="0: only by hand."),
    Parameter(
        "answer_within_h",
        "Answer within, business hours",
        Kind.NUMBER,
        help="Your target for answers to customers; what is older is late.",
    ),
    Parameter(
        "undo_windows",
        "Undo windows, seconds",
        Kind.TEXT,
        help="How long what the screens send waits, so that it can be withdrawn: refund=10 ship=10 ...",
    ),
    Parameter(
        "ship_cutoff", "Cut-off of a day", Kind.TEXT, help="Your target: paid before it, an order counts for that day."
    ),
    Parameter(
        "soon_hours", "Soon, hours", Kind.NUMBER, help="Your target: an order is to ship soon when so little is left."
    ),
    Parameter(
        "automatic_acceptance",
        "Automatic acceptance",
        Kind.TOGGLE,
        help="On: what the rule takes is accepted by itself.",
    ),
    Parameter(
        "acceptance_rule",
        "Acceptance rule",
        Kind.TEXT,
        help="Such as: market:fr-fr,de-de value:<=800 sku:PHN* stock:in. r tries it on stored orders.",
    ),
    Parameter(
        "upload_not_before", "Upload not before", Kind.TEXT, help="No tracking leaves before this time of a day: 18:00."
    ),
    Parameter("upload_wait_hours", "Upload after, hours", Kind.NUMBER, help="Tracking rests so long before it leaves."),
    Parameter("upload_skip_saturday", "No upload on Saturday", Kind.TOGGLE, help="Tracking rests until the next day."),
    Parameter("upload_skip_sunday", "No upload on Sunday", Kind.TOGGLE, help="Tracking rests until the next day."),
    Parameter(
        "carriers",
        "Carriers of methods",
        Kind.TEXT,
        help="What the channel's shipping methods mean here: Colissimo Expert=Colissimo; DHL Paket=DHL.",
    ),
    Parameter(
        "identifier_policy",
        "IMEI or serial number",
        Kind.TEXT,
        help="Which number a product leaves with, by SKU: PHN*=imei; LAP*=serial; ACC*=none; TAB*=ask. "
        "n tries it on stored lines.",
    ),
    Parameter(
        "erased_buyers",
        "Erased buyers",
        Kind.CHOICE,
        "Whom Back Market erased: keep what is held here until retention removes it, or erase with the next download.",
        ("keep", "erase"),
    ),
    Parameter("note_cancelled", "Note when cancelled", Kind.TEXT, help="May name {order} and {date}."),
    Parameter("note_on_hold", "Note when put on hold", Kind.TEXT, help="What such a note begins with."),
    Parameter("note_problem_order", "Note of a problem", Kind.TEXT, help="What such a note begins with."),
    Parameter("note_void", "Note when void", Kind.TEXT, help="What such a note begins with."),
    Parameter(
        "platform", "Platform", Kind.CHOICE, "A platform is a seller account with its own token.", tuple(PLATFORMS)
    ),
    Parameter("url", "Base URL", Kind.TEXT, help="Where the platform answers; https, or http on this machine."),
    Parameter(
        "token", "Authentication token", Kind.SECRET, help="As the Back Office shows it; never shown again here."
    ),
    Parameter(
        "user_agent_company", "User-agent company name", Kind.TEXT, help="Says who calls; Back Market demands it."
    ),
    Parameter("contact", "Contact mail", Kind.TEXT, help="Goes with the user agent."),
    Parameter("market", "Market language", Kind.TEXT, help="In which language Back Market answers, such as fr-fr."),
    Parameter("time_zone", "Time zone", Kind.ZONE, help="Whose days and clocks are shown, such as Europe/Paris."),
)
BY_KEY = {field.name: field for field in FIELDS}
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
"""Headings on the screen, by the first setting under each."""


_NAME = Parameter("name", "Name", Kind.TEXT, "how the desk calls it", required=True, option="NAME",
    hint="such as Shop: how the desk calls it", longest=100)  # fmt: skip
TOKEN = Parameter("token", "Token", Kind.SECRET, "as the Back Office shows it", hint="paste it here", longest=4000)
SHADOW = Parameter("shadow", "In shadow", Kind.TOGGLE, "read and compare only: another system works on it still",
    default="false")  # fmt: skip
ADD = (
    _NAME,
    replace(BY_KEY["platform"], help="", required=True, shape="|".join(PLATFORMS)),
    replace(BY_KEY["contact"], label="Your mail", help="goes with the user agent", required=True, shape="MAIL",
        hint="goes with each call, so that Back Market can reach you"),
    replace(BY_KEY["url"], label="Other address", help="base URL, when it is not the platform's production service",
        hint="only for another service than the platform's own"),
    SHADOW,
)  # fmt: skip
"""Values that a new company needs, without the token, which must not stand on a command line."""
HISTORY = Parameter("history", "History", Kind.CHOICE, "erase: forget its buyers, too; invoices stay",
    ("keep", "erase"), "keep", shape="{keep,erase}")  # fmt: skip


def parsed(key: str, text: str) -> Any:
    """Return the value that `text` means as the setting `key`.

    Raises:
        ConfigError: there is no such setting, or it cannot have that value; with the setting as its field.
    """
    setting = named(BY_KEY, key, others=", token_env, token_source")
    try:
        return _value(setting, text)
    except BmtuiError as error:
        error.field = key
        raise


def _value(setting: Parameter, text: str) -> Any:
    key, value = setting.name, setting.cleaned(text)
    if setting.kind is Kind.TOGGLE:
        return value == "true"
    if setting.kind is Kind.NUMBER:
        most = _MOST.get(key, 99_999)
        try:
            return whole_number.read(value, field=key, low=0, high=most)
        except NotRead as error:
            raise ConfigError(f"'{text[:40]}' is not a whole number ({setting.label}).", error.advice) from error
        except ValueRefused as error:
            said = f"'{text[:40]}' is not a whole number from 0 to {most} ({setting.label})."
            raise ConfigError(said, error.advice) from error
    setting.check_length(value, _MOST.get(key, 300))
    if setting.kind is Kind.ZONE:
        return str(setting.read(value))
    check = _CHECKS.get(key)
    if check:
        check(value)
    return value.rstrip("/").lower() if key == "url" else value


def _check_contact(value: str) -> None:
    if not re.fullmatch(r"[^@\s;]+@[^@\s;]+\.[^@\s;]+", value):
        raise ConfigError(f"'{value}' is not a mail address.", "Write it like orders@shop.example.")


_CHECKS: Mapping[str, Callable[[str], object]] = {
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
"""Highest number, or longest text, of a setting."""
