"""Backup and restore of an installation: the store and its documents, never a token."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bmtui.channel import uploads
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import distrust
from bmtui.desk.operations.distrust import Doubts
from bmtui.desk.outbox import effects
from bmtui.errors import StoreError
from bmtui.settings import Settings
from bmtui.store import backup, backup_documents, models
from bmtui.store.connection import dialect
from bmtui.store.models import Effect, ReturnDocument
from bmtui.store.sqlite import PREFIX, Sqlite
from bmtui.text import how_many
from bmtui.words import EFFECT_LIVE


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written.

    Attributes:
        missing: documents that the store names and the backup lacks: gone, or changed since they were stored.
        elsewhere: files outside the installation that a message still waits to send; they are not in the backup.
    """

    contents: backup.Contents
    missing: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """Result of a restore.

    Attributes:
        aside: the replaced store's new place; None if there was none, and on PostgreSQL.
        doubts: facts of the backup that are uncertain, as they may have changed since.
    """

    contents: backup.Contents
    aside: Path | None
    doubts: Doubts


def write(desk: Desk, file: Path) -> BackedUp:
    """Write the store and its documents into a new file; others can go on working meanwhile.

    Raises:
        ConfigError: the file exists already, or cannot be written. StoreError: the copy is damaged.
    """
    data = desk.settings.data
    elsewhere: list[str] = []

    def documents() -> dict[str, str]:
        found = {row.file: row.sha256 for row in ReturnDocument.select()}
        for path, digest in _waiting():
            below = path.relative_to(data).as_posix() if path.is_relative_to(data) else ""
            if backup_documents.belongs(below):
                found[below] = digest
            else:
                elsewhere.append(str(path))
        return found

    made = backup.write(desk.store.database, file, data, documents)
    if not desk.read_only:
        with desk.store.transaction():
            audit.record(desk, "store.backed_up", f"A backup of {how_many(made.contents.orders, 'order')} was written.")
    return BackedUp(made.contents, made.missing, tuple(sorted(set(elsewhere))))


def _waiting() -> Iterator[tuple[Path, str]]:
    """Yield path and hash of each file that a planned write will send."""
    for effect in Effect.select().where(Effect.state.in_(EFFECT_LIVE)):
        for file in uploads.files_of(effects.write_of(effect)):
            yield Path(file.path), file.sha256


def must_be_allowed(settings: Settings) -> None:
    """Refuse unless this account may replace the present store.

    A store that cannot be opened holds no rights: it may be replaced, as that is the purpose of backups. On PostgreSQL
    nothing is replaced.

    Raises:
        RuleRefused: only an admin may.
    """
    if isinstance(dialect(settings.store_url), Sqlite):
        must_be_admin(settings)


def must_be_admin(settings: Settings) -> None:
    """Refuse unless this account is an admin; without a store, or if it cannot be opened, everybody may.

    Raises:
        RuleRefused: the account is no admin.
    """
    if not dialect(settings.store_url).exists():
        return
    with contextlib.suppress(StoreError), opened(settings) as desk:
        permissions.must_be_admin(desk)


def restore(settings: Settings, file: Path) -> Restored:
    """Put a backup in the store's place and pause all sending: the backup's unsent writes may have been sent since.

    Facts that may have changed since the backup become uncertain (`distrust`), before anybody can open the store.

    Raises:
        RuleRefused: somebody has the store open, only an admin may, or a database on PostgreSQL is not empty.
        ConfigError: the file cannot be read. StoreTooNew, StoreError: the backup is of a newer release, or damaged.
        Nothing was changed then.
    """
    contents = backup.verify(file)
    must_be_allowed(settings)
    made_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    doubts: list[Doubts] = []

    def prepare(copy: Path) -> None:
        with opened(replace(settings, store_url=f"{PREFIX}{copy}")) as desk:
            doubts.append(distrust.doubt(desk, made_at))

    aside = backup.restore(dialect(settings.store_url), file, settings.data, prepare)
    return Restored(contents, aside, doubts[0])


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Desk]:
    """Open a desk for a `with` block; afterwards the models are bound to the previous store again."""
    before = models.database.obj
    desk = open_desk(settings)
    try:
        yield desk
    finally:
        desk.store.close()
        models.database.initialize(before)
