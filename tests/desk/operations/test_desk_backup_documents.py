"""Documents in a backup: they come back with the store, and nothing else comes with them."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import elsewhere, order_of, raw_line, raw_order, take_in

from bmtui.channel import uploads
from bmtui.channel.requests import WriteRequest
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import backups
from bmtui.desk.outbox import effects
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.errors import NotFound, RuleRefused, StoreError
from bmtui.store.models import Effect
from bmtui.words import EffectKind


@pytest.fixture
def with_document(offline: Desk, tmp_path: Path) -> tuple[Desk, int, int]:
    """Desk with an RMA that has a photograph, and the numbers of the RMA and of the photograph."""
    take_in(offline, raw_order(5001, [raw_line(1)]))
    rma = returns.create(offline, 5001, ReturnRequest((), "Defective")).row.rma_id
    photograph = tmp_path / "box.png"
    photograph.write_bytes(b"\x89PNG\r\n\x1a\nbox")
    (document,) = return_actions.attach(offline, rma, str(photograph)).documents
    return offline, rma, document.document_id


def test_documents_come_back_with_the_store(
    with_document: tuple[Desk, int, int], new_store: str, tmp_path: Path
) -> None:
    desk, rma, document = with_document
    file = tmp_path / "backup"
    made = backups.write(desk, file)
    assert (made.contents.documents, made.missing, made.elsewhere) == (1, (), ())
    desk.store.close()
    found = elsewhere(desk.settings, new_store, tmp_path / "other")
    backups.restore(found, file)
    again = open_desk(found)
    assert return_actions.read_document(again, rma, document)[1].endswith(b"box")
    (stored,) = (path for path in (found.data / "returns").rglob("*") if path.is_file())
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert "backup_documents" not in again.store.database.get_tables()
    again.store.close()


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"forged")])
def test_missing_or_changed_document_is_reported_and_does_not_stop_the_backup(
    with_document: tuple[Desk, int, int], tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    desk, rma, document = with_document
    (stored,) = (path for path in (desk.settings.data / "returns").rglob("*") if path.is_file())
    harm(stored)
    made = backups.write(desk, tmp_path / "backup")
    assert made.contents.documents == 0
    assert made.missing == (stored.relative_to(desk.settings.data).as_posix(),)
    with pytest.raises((NotFound, RuleRefused)):
        return_actions.read_document(desk, rma, document)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE backup_documents SET content = x'00'", "is not what was stored"),
        ("UPDATE backup_documents SET path = '../../x'", "where none belongs"),
        ("UPDATE backup_documents SET path = 'returns/../../x'", "where none belongs"),
        ("UPDATE backup_documents SET path = 'bmtui.toml'", "where none belongs"),
        ("UPDATE backup_documents SET path = 'credentials/1.token'", "where none belongs"),
        ("UPDATE backup_documents SET path = '/etc/cron.d/x'", "where none belongs"),
        ("UPDATE backup_documents SET content = 'a text'", "where none belongs"),
    ],
)
def test_backup_with_an_unexpected_document_is_refused(
    with_document: tuple[Desk, int, int], tmp_path: Path, statement: str, said: str
) -> None:
    desk, _, _ = with_document
    file = tmp_path / "backup"
    backups.write(desk, file)
    made = sqlite3.connect(file)
    made.execute(statement)
    made.commit()
    made.close()
    desk.store.close()
    with pytest.raises(StoreError, match=said):
        backups.restore(desk.settings, file)


@pytest.mark.sqlite_only
def test_backup_follows_no_symbolic_link_of_a_document(with_document: tuple[Desk, int, int], tmp_path: Path) -> None:
    desk, _, _ = with_document
    file = tmp_path / "backup"
    backups.write(desk, file)
    desk.store.close()
    found = elsewhere(desk.settings, f"sqlite:///{tmp_path}/other/new.sqlite", tmp_path / "other")
    found.data.mkdir()
    (tmp_path / "out").mkdir()
    (found.data / "returns").symlink_to(tmp_path / "out")
    with pytest.raises(StoreError, match="a link leads elsewhere"):
        backups.restore(found, file)
    assert list((tmp_path / "out").iterdir()) == []
    assert [path.name for path in found.data.iterdir()] == ["returns"]


@pytest.mark.sqlite_only
def test_failed_restore_removes_its_documents_again(with_document: tuple[Desk, int, int], tmp_path: Path) -> None:
    desk, _, _ = with_document
    file = tmp_path / "backup"
    backups.write(desk, file)
    for path in (desk.settings.data / "returns").rglob("*"):
        path.unlink() if path.is_file() else None
    with pytest.raises(RuleRefused, match="has the store open"):
        backups.restore(desk.settings, file)
    assert not [path for path in (desk.settings.data / "returns").rglob("*") if path.is_file()]


def test_backup_contains_documents_that_wait_to_be_sent(offline: Desk, tmp_path: Path) -> None:
    """Plan an invoice, which lies below the data folder, and a message, whose attachment may lie anywhere."""
    take_in(offline, raw_order(5001, [raw_line(1)]))
    invoice = offline.settings.data / "documents" / "invoices" / "1.pdf"
    invoice.parent.mkdir(parents=True)
    invoice.write_bytes(b"%PDF-1.7")
    photograph = tmp_path / "photograph.jpg"
    photograph.write_bytes(b"\xff\xd8\xff")
    effect = _plan(offline, uploads.invoice(5001, uploads.choose(invoice)))
    _plan(offline, uploads.care_message(7, "Look", [uploads.choose(photograph)]))
    made = backups.write(offline, tmp_path / "backup")
    assert made.contents.documents == 1
    assert made.elsewhere == (str(photograph),)
    Effect.update(state="confirmed").where(Effect.id == effect.id).execute()
    assert backups.write(offline, tmp_path / "later").contents.documents == 0


def _plan(desk: Desk, write: WriteRequest) -> Effect:
    order, kind = order_of(5001), EffectKind.INVOICE
    with desk.store.transaction():
        job_id = effects.open_job(desk, kind, order.company, order)
        return effects.plan(
            desk, kind, order.company, order, write, target=write.path, about="", expected={}, job_id=job_id
        )
