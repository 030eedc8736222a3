"""Opening of the desk: it opens the store and registers the followers of effects and of retries.

A follower updates what an effect belongs to: a refund's state and money, for example. The outbox is below all
subjects, so it learns here which function to call. Kinds without a follower change nothing else in the store: their
result on the channel comes back by reading it.
Each handler imports its subject when it is called: most commands neither send nor retry, and start faster without.
"""

from __future__ import annotations

from collections.abc import Mapping

from bmtui.desk.core import acting
from bmtui.desk.core.context import Desk, Follower, RetryHandler
from bmtui.errors import StoreError
from bmtui.settings import Settings
from bmtui.store import open_store
from bmtui.store.folding import Progress
from bmtui.store.models import Effect, Job
from bmtui.text import how_many
from bmtui.words import EffectKind, EffectState, JobType


def open_desk(
    settings: Settings,
    *,
    read_only: bool = False,
    company: str | None = None,
    progress: Progress = lambda done, total: None,
) -> Desk:
    """Open the store and return the desk of the acting account; `progress` as in `open_store`.

    Raises:
        StoreError: the database cannot be opened. NotFound: no such company.
    """
    _must_not_be_damaged(settings)
    store = open_store(settings.store_url, progress)
    try:
        uid = acting.uid_of(store.database)
        desk = Desk(settings, store, acting.actor(uid), read_only, uid=uid, followers=FOLLOWERS, on_retry=ON_RETRY)
        return desk.of_company(company)
    except BaseException:
        store.close()
        raise


def _must_not_be_damaged(settings: Settings) -> None:
    """Check for a lost store. Raises StoreError where tokens of companies lie beside an empty or missing store."""
    store = settings.sqlite_file
    if store is None or (store.is_file() and store.stat().st_size):
        return
    # Imported here: only a new installation and a damaged one need it.
    from bmtui.desk.companies import credentials

    if tokens := credentials.kept(settings):
        what = "is empty" if store.exists() else "is not there"
        raise StoreError(
            f"The store {store} {what}, but tokens of {how_many(tokens, 'company', 'companies')} are in "
            f"{settings.credentials}: the store was "
            "lost. Nothing was created.",
            "Restore a backup: 'bmtui restore FILE'. If it is elsewhere, set store = in bmtui.toml. To begin again, "
            "move the tokens away.",
        )


def _refund(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    from bmtui.desk.refunds import follow_effects

    follow_effects.follow_refund(desk, effect, state, error)


def _shipment(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    from bmtui.desk.shipping import follow_effects

    follow_effects.follow_shipment(desk, effect, state, error)


def _units(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    from bmtui.desk.shipping import follow_effects

    follow_effects.follow_units(desk, effect, state, error)


def _invoice(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    from bmtui.desk.invoicing import upload_state

    upload_state.follow_effect(desk, effect, state, error)


def _order_creation(desk: Desk, job: Job) -> None:
    from bmtui.desk.sync import quarantine

    quarantine.retry_with(job)


FOLLOWERS: Mapping[str, Follower] = {
    EffectKind.REFUND: _refund,
    EffectKind.CANCEL_ON_CHANNEL: _refund,
    EffectKind.SHIP: _shipment,
    EffectKind.IDENTIFIERS: _units,
    EffectKind.INVOICE: _invoice,
}
ON_RETRY: Mapping[str, RetryHandler] = {JobType.ORDER_CREATION: _order_creation}
