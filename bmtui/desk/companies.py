"""Companies and their settings (order-desk §2)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from peewee import fn

from bmtui.channel.connection import Connection
from bmtui.channel.platforms import PLATFORMS
from bmtui.desk import acceptance_rules, audit, credentials, pauses, permissions, policies, undo
from bmtui.desk.context import Desk
from bmtui.desk.views import CompanyView
from bmtui.errors import ConfigError, EditConflict, RuleRefused, Throttled
from bmtui.queue import limits
from bmtui.store.models import Company, Order
from bmtui.text import plain

_ZONES = {"eu": "Europe/Paris", "na": "America/New_York", "ap": "Asia/Tokyo"}
_LONGEST_WAIT_S = 3.0
_YES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: `key` is its name in commands and, but for the token, in `CompanyView`."""

    key: str
    label: str
    kind: Literal["toggle", "text", "choice", "number", "secret"]
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that would change."""

    key: str
    label: str
    before: str
    after: str


FIELDS = (
    Field("enabled", "Back Market enabled", "toggle", help="Off: nothing is downloaded from or sent to the channel."),
    Field(
        "integration", "Integration", "choice", ("api", "legacy"), "Only one of the two may be on: both double orders."
    ),
    Field("allow_order_download", "Allow Order Download", "toggle", help="Off: no order import runs."),
    Field(
        "allow_fulfillment_upload", "Allow Fulfillment Upload", "toggle", help="Off: shipments are recorded and wait."
    ),
    Field(
        "enable_imei_update", "Enable IMEI# Update On Orders", "toggle", help="Off: no IMEI or serial number leaves."
    ),
    Field("download_interval_min", "Automatic download, minutes", "number", help="0: only by hand."),
    Field(
        "look_back_days",
        "Look-back, days",
        "number",
        help="Days that a first and a nightly sync read.",
    ),
    Field("care_interval_min", "After-sales download, minutes", "number", help="0: only by hand."),
    Field(
        "answer_within_h",
        "Answer within, business hours",
        "number",
        help="Your target for answers to customers; what is older is late.",
    ),
    Field(
        "undo_windows",
        "Undo windows, seconds",
        "text",
        help="How long what the screens send waits, so that it can be withdrawn: refund=10 ship=10 ...",
    ),
    Field("ship_cutoff", "Cut-off of a day", "text", help="Your target: paid before it, an order counts for that day."),
    Field("soon_hours", "Soon, hours", "number", help="Your target: an order is to ship soon when so little is left."),
    Field(
        "automatic_acceptance", "Automatic acceptance", "toggle", help="On: what the rule takes is accepted by itself."
    ),
    Field(
        "acceptance_rule",
        "Acceptance rule",
        "text",
        help="Such as: market:fr-fr,de-de value:<=800 sku:PHN* stock:in. Try it: 'bmtui acceptance test'.",
    ),
    Field(
        "upload_not_before", "Upload not before", "text", help="No tracking leaves before this time of a day: 18:00."
    ),
    Field("upload_wait_hours", "Upload after, hours", "number", help="Tracking rests so long before it leaves."),
    Field("upload_skip_saturday", "No upload on Saturday", "toggle", help="Tracking rests until the next day."),
    Field("upload_skip_sunday", "No upload on Sunday", "toggle", help="Tracking rests until the next day."),
    Field(
        "carriers",
        "Carriers of methods",
        "text",
        help="What the channel's shipping methods mean here: Colissimo Expert=Colissimo; DHL Paket=DHL.",
    ),
    Field("note_cancelled", "Note when cancelled", "text", help="May name {order} and {date}."),
    Field("note_on_hold", "Note when put on hold", "text", help="What such a note begins with."),
    Field("note_problem_order", "Note of a problem", "text", help="What such a note begins with."),
    Field("note_void", "Note when void", "text", help="What such a note begins with."),
    Field("platform", "Platform", "choice", tuple(PLATFORMS), "A platform is a seller account with its own token."),
    Field("url", "Base URL", "text", help="Where the platform answers; https, or http on this machine."),
    Field("token", "Authentication token", "secret", help="As the Back Office shows it; never shown again here."),
    Field("user_agent_company", "User-agent company name", "text", help="Says who calls; Back Market demands it."),
    Field("contact", "Contact mail", "text", help="Goes with the user agent."),
    Field("market", "Market language", "text", help="In which language Back Market answers, such as fr-fr."),
    Field("time_zone", "Time zone", "text", help="Whose days and clocks are shown, such as Europe/Paris."),
)
_TOKENS = ("token", "token_env", "token_source")
_BY_KEY = {field.key: field for field in FIELDS}
_COLUMNS = {"url": "base_url", "contact": "contact_mail"}


def listing(desk: Desk, *, counted: bool = True) -> tuple[CompanyView, ...]:
    """All companies, by name; without the numbers of their orders where nobody asks: they cost a look at each order."""
    counts = {row.company_id: row.count for row in _counts()} if counted else {}
    return tuple(_view(row, counts.get(row.id, 0)) for row in Company.select().order_by(fn.LOWER(Company.name)))


def show(desk: Desk, name: str | None = None) -> CompanyView:
    """One company. Raises NotFound."""
    row = desk.company_row(name)
    return _view(row, Order.select().where(Order.company == row).count())


def add(
    desk: Desk,
    name: str,
    *,
    platform: str,
    contact: str,
    token: str = "",
    token_env: str = "",
    token_source: str = "",
    **settings: str,
) -> CompanyView:
    """Add a company; what `settings` (keys of `FIELDS`) does not say gets the platform's default.

    With a `token_source` (`credentials.source`) instead of a token, that is where the token will be looked for.

    Raises:
        ConfigError: a value that cannot be used. RuleRefused: the name is taken, or the other integration is on.
    """
    desk.must_write()
    name = plain(name).strip()
    if not name or len(name) > 100:
        raise ConfigError("A company needs a name of 1 to 100 characters.")
    if platform not in PLATFORMS:
        raise ConfigError(f"There is no platform '{platform}'.", f"Platforms: {', '.join(PLATFORMS)}.")
    permissions.must_be_admin(desk)
    if sum(map(bool, (token, token_env, token_source))) != 1:
        raise ConfigError(
            "A company needs exactly one token.", "Give --token-file F, --token-env VAR or --token-credential NAME."
        )
    chosen = PLATFORMS[platform]
    given = {
        "enabled": "true",
        "integration": "api",
        "allow_order_download": "true",
        "allow_fulfillment_upload": "true",
        "enable_imei_update": "true",
        "download_interval_min": "15",
        "look_back_days": "60",
        "care_interval_min": "15",
        "answer_within_h": "24",
        "ship_cutoff": "13:00",
        "soon_hours": "4",
        "automatic_acceptance": "false",
        "acceptance_rule": "",
        "upload_not_before": "",
        "upload_wait_hours": "0",
        "upload_skip_saturday": "false",
        "upload_skip_sunday": "false",
        "carriers": "",
        "undo_windows": " ".join(f"{kind}={seconds}" for kind, seconds in undo.DEFAULT_S.items()),
        "platform": platform,
        "url": chosen.production_url,
        "user_agent_company": name,
        "contact": contact,
        "market": chosen.markets[0],
        "time_zone": _ZONES[platform],
    } | settings
    values = {key: _parsed(key, value) for key, value in given.items()}
    source = _token_source(token_env, token_source) or credentials.IN_FILE
    _check_connection(values, token or "checked-when-used")
    with desk.store.transaction():
        if Company.select().where(Company.name == name).exists():
            raise RuleRefused(
                f"There is a company '{name}' already.", "Choose another name, or change it with 'company set'."
            )
        _check_exclusive(values["enabled"], values["integration"], None)
        now = desk.now()
        row = Company.create(name=name, token_source=source, created_at=now, updated_at=now, **_as_columns(values))
        if token:
            credentials.store(desk.settings, row.id, token)
        audit.record(
            desk,
            "company.added",
            f"Company {name} was added.",
            company_id=row.id,
            after=values | {"token_source": source},
        )
    return show(desk, name)


def change(desk: Desk, name: str | None, changes: Mapping[str, str], version: int | None = None) -> CompanyView:
    """Change settings; `changes` maps keys of `FIELDS` (and those of `_TOKENS`) to texts. All or nothing.

    Raises:
        ConfigError: an unknown key or a value that cannot be used. RuleRefused: the other integration is on.
        EditConflict: somebody saved since `version` was read.
    """
    desk.must_write()
    token, elsewhere = _new_token(changes)
    parsed = _parsed_all(changes)
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = desk.company_row(name)
        before = {field.key: _value(row, field.key) for field in FIELDS if field.kind != "secret"}
        differing = {key: value for key, value in parsed.items() if before[key] != value}
        source = row.token_source
        if elsewhere == source:
            elsewhere = ""
        if token or elsewhere:
            source = elsewhere or credentials.IN_FILE
            differing["token"] = "changed"  # noqa: S105 - the word, not a token
        if not differing:
            return show(desk, row.name)
        if version is not None and row.version != version:
            raise EditConflict(
                f"Somebody else saved {row.name}'s settings since you opened them; yours were not saved.",
                "Look at the new values, then make your change again.",
            )
        values = before | parsed
        _check_connection(values, token or "checked-when-used")
        _check_exclusive(values["enabled"], values["integration"], row.id)
        columns = {key: value for key, value in differing.items() if key != "token"}
        Company.update(
            version=Company.version + 1, updated_at=desk.now(), token_source=source, **_as_columns(columns)
        ).where(Company.id == row.id).execute()
        labels = ", ".join(_BY_KEY[key].label for key in differing)
        audit.record(
            desk,
            "company.changed",
            f"Settings of {row.name} changed: {labels}.",
            company_id=row.id,
            before={key: before.get(key, "(not shown)") for key in differing},
            after=differing,
        )
        if token:
            credentials.store(desk.settings, row.id, token)
        if token or elsewhere or "url" in differing:
            pauses.token_works(desk, row)
        if any(differing.get(toggle) for toggle in ("allow_fulfillment_upload", "enable_imei_update")):
            # What waited for it leaves at once.
            pauses.wake()
    if elsewhere not in ("", credentials.IN_FILE) and not desk.store.database.in_transaction():
        # Only after the commit: a rolled back change must not cost the token.
        credentials.forget(desk.settings, row.id)
    return show(desk, row.name)


def differences(desk: Desk, name: str | None, changes: Mapping[str, str]) -> tuple[Difference, ...]:
    """What `change` would change, field by field; nothing is changed. A token is never shown.

    Raises:
        NotFound. ConfigError: as `change`.
    """
    token, elsewhere = _new_token(changes)
    parsed = _parsed_all(changes)
    row = desk.company_row(name)
    found = [
        Difference(field.key, field.label, shown(before), shown(parsed[field.key]))
        for field in FIELDS
        if field.key in parsed and (before := _value(row, field.key)) != parsed[field.key]
    ]
    if token or elsewhere not in ("", row.token_source):
        found.append(Difference("token", _BY_KEY["token"].label, row.token_source, elsewhere or "a new one, kept here"))
    return tuple(found)


def checked(key: str, text: str) -> None:
    """Raises ConfigError when that is no setting of a company, or a text that cannot be its value."""
    if key == "token_source":
        credentials.source(text)
    elif key not in _TOKENS:
        _parsed(key, text)


def shown(value: Any) -> str:
    """A setting's value as it is written."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def connection(desk: Desk, row: Company) -> Connection:
    """How to call the company's channel.

    Raises:
        RuleRefused: the company is disabled, or uses the legacy integration. ConfigError: its token is missing.
    """
    if not row.enabled:
        raise RuleRefused(f"Back Market is not enabled for {row.name}.", "Enable it in the company's settings.")
    if row.integration != "api":
        raise RuleRefused(
            f"{row.name} uses the Legacy integration, which bmtui does not speak.",
            "Switch its integration to api, after the legacy one was turned off where it runs.",
        )
    return Connection(
        base_url=row.base_url,
        token=credentials.read(desk.settings, row.id, row.token_source),
        user_agent_company=row.user_agent_company,
        contact_mail=row.contact_mail,
        market=row.market,
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """What a test of the settings found; `clock_ahead_s` is this machine's clock less the channel's, None: unknown."""

    sentence: str
    clock_ahead_s: float | None


async def check(desk: Desk, name: str | None = None) -> str:
    """The sentence of `probe`. Raises as it does."""
    return (await probe(desk, name)).sentence


async def probe(desk: Desk, name: str | None = None) -> Probe:
    """Test settings: one cheap call, and what came of it.

    Raises:
        ChannelError, ConfigError, RuleRefused: with what to do.
    """
    # httpx costs start-up time; only those who call the channel pay for it.
    from bmtui.channel.client import BackMarket

    how = await desk.store.read(lambda: connection(desk, desk.company_row(name)))
    # A person's one call counts under the shared limit, too.
    wait_s = await desk.store.write(limits.reserve, desk.store, how.base_url, longest_s=_LONGEST_WAIT_S)
    if wait_s < 0:
        raise Throttled(f"Everybody stays away from {how.host} for {-wait_s:.0f} s.", "Try again then.")
    await asyncio.sleep(wait_s)
    async with BackMarket(how) as channel:
        visible = await channel.check()
        ahead_s = channel.clock_ahead_s
    if not desk.read_only:
        await desk.store.write(lambda: pauses.token_works(desk, desk.company_row(name)))
    sentence = f"{how.host} accepts the token and calls us {how.user_agent}; it lists {visible:,} orders."
    return Probe(sentence, ahead_s)


def _check_connection(values: Mapping[str, Any], token: str) -> None:
    Connection(
        base_url=values["url"],
        token=token,
        user_agent_company=values["user_agent_company"],
        contact_mail=values["contact"],
        market=values["market"],
    )


def _check_exclusive(enabled: bool, integration: str, company_id: int | None) -> None:
    """Legacy and API integration must not be on at once: each would import the same orders (order-desk §1, 4)."""
    if not enabled:
        return
    other = Company.get_or_none(
        Company.enabled & (Company.integration != integration) & (Company.id != (company_id or 0))
    )
    if other is not None:
        raise RuleRefused(
            f"{other.name} has the {_integration(other.integration)} integration on; with {_integration(integration)} "
            "on too, every order would come twice. Nothing was changed.",
            f"Disable {other.name} first: 'bmtui company set {other.name} enabled=false'.",
        )


def _integration(key: str) -> str:
    return {"api": "API", "legacy": "Legacy"}[key]


def _new_token(changes: Mapping[str, str]) -> tuple[str, str]:
    """The token to be kept here, or the source of one that is elsewhere; both '' when neither is to change."""
    given = [key for key in _TOKENS if changes.get(key)]
    if len(given) > 1:
        raise ConfigError(
            "A company has one token.", "Give --token-file F, --token-env VAR or --token-credential NAME: only one."
        )
    return changes.get("token", ""), _token_source(changes.get("token_env", ""), changes.get("token_source", ""))


def _token_source(token_env: str, token_source: str) -> str:
    return credentials.from_environment(token_env) if token_env else token_source and credentials.source(token_source)


def _parsed_all(changes: Mapping[str, str]) -> dict[str, Any]:
    return {key: _parsed(key, value) for key, value in changes.items() if key not in _TOKENS}


def _parsed(key: str, text: str) -> Any:
    field = _BY_KEY.get(key)
    if field is None:
        raise ConfigError(f"There is no setting '{key}'.", f"Settings: {', '.join(_BY_KEY)}, token_env, token_source.")
    value = plain(text).strip()
    if field.kind == "toggle":
        if value.lower() not in _YES:
            raise ConfigError(
                f"'{text}' is neither true nor false ({field.label}).", f"Write {key}=true or {key}=false."
            )
        return _YES[value.lower()]
    if field.kind == "choice" and value not in field.choices:
        raise ConfigError(f"'{text}' is no value of {field.label}.", f"Values: {', '.join(field.choices)}.")
    if field.kind == "number":
        if not re.fullmatch(r"[0-9]{1,5}", value):
            raise ConfigError(f"'{text[:40]}' is not a whole number ({field.label}).", "Write it like 15.")
        if int(value) > _MOST.get(key, 99_999):
            raise ConfigError(f"{value} is too much ({field.label}); {_MOST[key]} is the most.")
        return int(value)
    longest = _MOST.get(key, 300)
    if len(value) > longest:
        raise ConfigError(f"{field.label} has {len(value)} characters; {longest} is the most.")
    check = _CHECKS.get(key)
    if check:
        check(value)
    return value.rstrip("/").lower() if key == "url" else value


def _check_zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(f"There is no time zone '{value}'.", "Write it like Europe/Paris.") from error


def _check_contact(value: str) -> None:
    if not re.fullmatch(r"[^@\s;]+@[^@\s;]+\.[^@\s;]+", value):
        raise ConfigError(f"'{value}' is not a mail address.", "Write it like orders@shop.example.")


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "time_zone": _check_zone,
    "contact": _check_contact,
    "undo_windows": undo.windows,
    "ship_cutoff": lambda value: policies.time_of_day(value, "Cut-off of a day"),
    "upload_not_before": lambda value: value and policies.time_of_day(value, "Upload not before"),
    "acceptance_rule": acceptance_rules.parse,
    "carriers": policies.carriers,
}
_MOST = {"soon_hours": 168, "upload_wait_hours": 168, "carriers": 3_000, "acceptance_rule": 1_000}
"""The highest number, or the longest text, of a setting."""


def _as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_COLUMNS.get(key, key): value for key, value in values.items()}


def _value(row: Company, key: str) -> Any:
    return getattr(row, _COLUMNS.get(key, key))


def _counts() -> Any:
    return Order.select(Order.company, fn.COUNT(Order.id).alias("count")).group_by(Order.company)


def _view(row: Company, orders: int) -> CompanyView:
    values = {field.key: _value(row, field.key) for field in FIELDS if field.kind != "secret"}
    return CompanyView(name=row.name, token_source=row.token_source, version=row.version, orders=orders, **values)
