"""Companies: adding them, and changing and checking their settings (order-desk §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bmtui.channel.connection import Connection
from bmtui.channel.platforms import PLATFORMS
from bmtui.desk.companies import acceptance_settings, channel_access, credentials, sending_pauses, undo_windows
from bmtui.desk.companies.fields import BY_KEY, FIELDS, parsed
from bmtui.desk.companies.views import COLUMNS, value_of
from bmtui.desk.companies.views import listing as listing
from bmtui.desk.companies.views import show as show
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import CompanyView
from bmtui.errors import ConfigError, EditConflict, RuleRefused
from bmtui.store.models import Company
from bmtui.text import plain

_ZONES = {"eu": "Europe/Paris", "na": "America/New_York", "ap": "Asia/Tokyo"}


@dataclass(frozen=True, slots=True)
class Difference:
    """Setting that would change, with its old and new text."""

    key: str
    label: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        return f"{self.label}: {self.before or '(empty)'} → {self.after or '(empty)'}"


_TOKENS = ("token", "token_env", "token_source")


def defaults(platform: str) -> dict[str, str]:
    """Return the settings of a new company that are not given; a platform has its own market and time zone."""
    chosen = PLATFORMS[platform]
    return {
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
        "identifier_policy": "",
        "erased_buyers": "keep",
        "undo_windows": " ".join(f"{kind}={seconds}" for kind, seconds in undo_windows.DEFAULT_S.items()),
        "platform": platform,
        "url": chosen.production_url,
        "market": chosen.markets[0],
        "time_zone": _ZONES[platform],
    }


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
    """Add a company; a setting that `settings` (keys of `FIELDS`) lacks gets the platform's default.

    With a `token_source` (`credentials.source`) instead of a token, the token will be looked for there.

    Raises:
        ConfigError: a value that cannot be used. RuleRefused: the name is taken, or the other integration is on.
    """
    desk.must_write()
    name = plain(name).strip()
    if not name or len(name) > 100:
        raise ConfigError("A company needs a name of 1 to 100 characters.", field="name")
    if platform not in PLATFORMS:
        raise ConfigError(
            f"There is no platform '{platform}'.", f"Platforms: {', '.join(PLATFORMS)}.", field="platform"
        )
    permissions.must_be_admin(desk)
    if sum(map(bool, (token, token_env, token_source))) != 1:
        raise ConfigError(
            "A company needs exactly one token.", "Give --token-file F, --token-env VAR or --token-credential NAME."
        )
    given = defaults(platform) | {"user_agent_company": name, "contact": contact} | settings
    values = {key: parsed(key, value) for key, value in given.items()}
    source = _token_source(token_env, token_source) or credentials.IN_FILE
    _check_connection(values, token or "checked-when-used")
    with desk.store.transaction():
        if Company.select().where(Company.name == name).exists():
            raise RuleRefused(
                f"There is a company '{name}' already.",
                "Choose another name, or change it with 'company set'.",
                field="name",
            )
        _check_exclusive(values["enabled"], values["integration"], None)
        account = _new_account(desk, values["url"], token or _readable(desk, 0, source), 0)
        now = desk.now()
        row = Company.create(
            name=name, token_source=source, account=account, created_at=now, updated_at=now, **_as_columns(values)
        )
        acceptance_settings.keep(desk, row, values)
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
        if row.removed_at is not None:
            raise RuleRefused(
                f"{row.name} was removed on {row.removed_at:%Y-%m-%d}; only its history is here.",
                "Add the account again under another name: 'bmtui company add'.",
            )
        before = {field.name: value_of(row, field.name) for field in FIELDS if field.kind != "secret"}
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
        if token or elsewhere or "url" in differing:
            columns["account"] = _new_account(desk, values["url"], token or _readable(desk, row.id, source), row.id)
        Company.update(
            version=Company.version + 1, updated_at=desk.now(), token_source=source, **_as_columns(columns)
        ).where(Company.id == row.id).execute()
        acceptance_settings.keep(desk, row, differing)
        labels = ", ".join(BY_KEY[key].label for key in differing)
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
            sending_pauses.token_works(desk, row)
        if any(differing.get(toggle) for toggle in ("allow_fulfillment_upload", "enable_imei_update")):
            # Effects that waited for it leave at once.
            sending_pauses.wake()
    if elsewhere not in ("", credentials.IN_FILE) and not desk.store.database.in_transaction():
        # Only after the commit: a rolled back change must not cost the token.
        credentials.forget(desk.settings, row.id)
    return show(desk, row.name)


def differences(desk: Desk, name: str | None, changes: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return the settings that `change` would change, with old and new values; change nothing. A token is never shown.

    Raises:
        NotFound. ConfigError: as `change`.
    """
    token, elsewhere = _new_token(changes)
    parsed = _parsed_all(changes)
    row = desk.company_row(name)
    found = [
        Difference(field.name, field.label, shown(before), shown(parsed[field.name]))
        for field in FIELDS
        if field.name in parsed and (before := value_of(row, field.name)) != parsed[field.name]
    ]
    if token or elsewhere not in ("", row.token_source):
        found.append(Difference("token", BY_KEY["token"].label, row.token_source, elsewhere or "a new one, kept here"))
    return tuple(found)


def checked(key: str, text: str) -> None:
    """Check a setting's key and text. Raises ConfigError: no setting of a company, or no value that it can have."""
    if key == "token_source":
        credentials.source(text)
    elif key not in _TOKENS:
        parsed(key, text)


def shown(value: Any) -> str:
    """Return the text of a setting's value, ``true`` or ``false`` for a bool."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _new_account(desk: Desk, url: str, token: str, own_id: int) -> str:
    """Return the digest of an account that no other company has; '' where its token cannot be read here.

    Raises:
        RuleRefused: another company has it.
    """
    if not token:
        return ""
    account = credentials.account(url, token)
    for row in Company.select().where((Company.id != own_id) & Company.removed_at.is_null()):
        other = _readable(desk, row.id, row.token_source)
        if account == (credentials.account(row.base_url, other) if other else row.account):
            raise channel_access.same_account(row.name)
    return account


def _readable(desk: Desk, company_id: int, source: str) -> str:
    """Return a company's token, '' where this process cannot read it."""
    try:
        return (
            ""
            if source == credentials.IN_FILE and not company_id
            else credentials.read(desk.settings, company_id, source)
        )
    except ConfigError:
        return ""


def _check_connection(values: Mapping[str, Any], token: str) -> None:
    Connection(
        base_url=values["url"],
        token=token,
        user_agent_company=values["user_agent_company"],
        contact_mail=values["contact"],
        market=values["market"],
    )


def _check_exclusive(enabled: bool, integration: str, company_id: int | None) -> None:
    """Check that legacy and API integration are not both on: each would import all orders (order-desk §1, item 4)."""
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
    """Return the new token to store here and the new source of a token elsewhere; both '' when neither is to change."""
    given = [key for key in _TOKENS if changes.get(key)]
    if len(given) > 1:
        raise ConfigError(
            "A company has one token.", "Give --token-file F, --token-env VAR or --token-credential NAME: only one."
        )
    return changes.get("token", ""), _token_source(changes.get("token_env", ""), changes.get("token_source", ""))


def _token_source(token_env: str, token_source: str) -> str:
    return credentials.from_environment(token_env) if token_env else token_source and credentials.source(token_source)


def _parsed_all(changes: Mapping[str, str]) -> dict[str, Any]:
    return {key: parsed(key, value) for key, value in changes.items() if key not in _TOKENS}


def _as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the company's columns of these settings, without the acceptance rule, which is a row of the rules."""
    return {COLUMNS.get(key, key): value for key, value in values.items() if key not in acceptance_settings.KEYS}
