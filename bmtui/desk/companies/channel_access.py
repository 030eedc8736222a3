"""Access to a company's channel: its connection, whether it can be used, and a test of the settings by one call."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from bmtui.channel.connection import Connection
from bmtui.desk.companies import credentials, sending_pauses, shadow
from bmtui.desk.companies.views import listing as listing
from bmtui.desk.companies.views import show as show
from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError, ConfigError, RuleRefused, StoreError, Throttled
from bmtui.queue import limits
from bmtui.store.models import Company
from bmtui.store.plain_sql import fetch
from bmtui.text import how_many

_LONGEST_WAIT_S = 3.0


def must_be_callable(desk: Desk, row: Company) -> None:
    """Check that a job can be queued that calls the channel of this company.

    A token that the service alone has cannot be seen here, and is taken to be there.

    Raises:
        RuleRefused, ConfigError: as `connection`.
    """
    _must_be_on(row)
    if not credentials.is_of_service(row.token_source):
        connection(desk, row)


def why_not_callable(desk: Desk, row: Company) -> str | None:
    """Return the reason why no job that calls this company's channel can be queued, or None: forms show it first."""
    try:
        must_be_callable(desk, row)
    except (RuleRefused, ConfigError) as error:
        return str(error)
    return None


def served_elsewhere(desk: Desk) -> frozenset[int]:
    """Return the ids of companies whose jobs this process leaves to the service, which alone has their tokens.

    All of them where the database lets only the service store the results of jobs.
    """
    # By SQL: asked before each job is claimed.
    rows = fetch("SELECT id, token_source FROM companies", ())
    may_work = desk.store.database.may_work()
    return frozenset(row_id for row_id, source in rows if not may_work or credentials.is_of_service(source))


def connection(desk: Desk, row: Company) -> Connection:
    """Return the connection to the company's channel: address, token and headers.

    Raises:
        RuleRefused: the company is disabled, uses the legacy integration, or shares an account with another company.
        ConfigError: its token is missing.
    """
    _must_be_on(row)
    token = credentials.read(desk.settings, row.id, row.token_source)
    others = fetch("SELECT name, account FROM companies WHERE id <> ? AND enabled AND account <> ''", (row.id,))
    # A digest takes a moment, which an installation with one company does not need.
    twin = next((name for name, account in others if account == credentials.account(row.base_url, token)), None)
    if twin is not None:
        raise same_account(twin)
    return Connection(
        base_url=row.base_url,
        token=token,
        user_agent_company=row.user_agent_company,
        contact_mail=row.contact_mail,
        market=row.market,
        may_write=not shadow.is_on(row.id),
    )


def _must_be_on(row: Company) -> None:
    if not row.enabled:
        raise RuleRefused(f"Back Market is not enabled for {row.name}.", "Enable it in the company's settings.")
    if row.integration != "api":
        raise RuleRefused(
            f"{row.name} uses the Legacy integration, which bmtui does not support.",
            "Switch its integration to api, after the legacy one was turned off where it runs.",
        )


@dataclass(frozen=True, slots=True)
class Probe:
    """Result of a test of the settings; `clock_ahead_s`: our clock less the channel's, in seconds, None if unknown."""

    sentence: str
    clock_ahead_s: float | None


async def check(desk: Desk, name: str | None = None) -> str:
    """Test settings; return the sentence of `probe`. Raises as it does."""
    return (await probe(desk, name)).sentence


async def probe(desk: Desk, name: str | None = None) -> Probe:
    """Test settings by one cheap call.

    Raises:
        ChannelError, ConfigError, RuleRefused: with what to do.
    """
    # httpx costs start-up time; only those who call the channel pay for it.
    from bmtui.channel.client import BackMarket

    how = await desk.store.read(lambda: connection(desk, desk.company_row(name)))
    # A person's one call counts under the shared limit, too.
    wait_s = await desk.store.write(limits.reserve, desk.store, how.base_url, longest_s=_LONGEST_WAIT_S)
    if wait_s < 0:
        raise Throttled(f"No request is sent to {how.host} for {-wait_s:.0f} s.", "Try again then.")
    await asyncio.sleep(wait_s)
    async with BackMarket(how) as channel:
        visible = await channel.check()
        ahead_s = channel.clock_ahead_s
    if not desk.read_only:
        await desk.store.write(_works, desk, name, how)
    sentence = (
        f"{how.host} accepts the token and the user agent {how.user_agent}; it lists {how_many(visible, 'order')}."
    )
    return Probe(sentence, ahead_s)


def _works(desk: Desk, name: str | None, how: Connection) -> None:
    """Note that the channel accepts the token: end the pause for a refused token, and store the account's digest."""
    row = desk.company_row(name)
    sending_pauses.token_works(desk, row)
    account = credentials.account(how.base_url, how.token)
    if row.account != account:
        # Where the database holds roles apart, an admin's test stores it.
        with contextlib.suppress(StoreError):
            Company.update(account=account).where(Company.id == row.id).execute()


async def try_refused_tokens(desk: Desk) -> None:
    """Test the settings of each company whose token was refused; an accepted token lets the waiting effects leave.

    Called at the start: the system or a person may have put a new token in place meanwhile.
    """
    for name in await desk.store.read(_refused_names):
        # The error is known already: the pause and 'company test' show it.
        with contextlib.suppress(BmtuiError):
            await probe(desk, name)


def _refused_names() -> list[str]:
    return [
        row.name
        for row in Company.select().where(Company.enabled)
        if sending_pauses.token_refused(row.id) and not credentials.is_of_service(row.token_source)
    ]


def same_account(name: str) -> RuleRefused:
    """Return the refusal of an account that another company has already."""
    return RuleRefused(
        f"{name} has this account already: the same address and the same token. Every order would be imported twice.",
        f"Use {name}, or remove it: 'bmtui company remove'.",
    )
