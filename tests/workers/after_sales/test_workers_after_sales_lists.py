"""Lists of after-sales folders: which are asked for, and when everything that they name has been dealt with."""

from __future__ import annotations

from typing import Any

import pytest
from care_case import download
from helpers import raw_folder

from bmtui.channel.client import BackMarket, FoldersPage
from bmtui.desk.core.context import Desk
from bmtui.store.models import CareFolder, CareMark
from bmtui.workers.after_sales import download_folders

# Which lists are read is none of the database's.
pytestmark = [pytest.mark.usefixtures("no_rest"), pytest.mark.sqlite_only]

AT = "2026-11-20T12:00:00+00:00"


def raw(folder_id: int) -> dict[str, Any]:
    return raw_folder(folder_id, 1, 10, "PHN", "Hi", date_creation=AT, date_modification=AT)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int | None]]:
    """Lists that are asked for: whether of changes, and of which state; each page has another folder, without end."""
    seen: list[tuple[bool, int | None]] = []

    async def folders(self: BackMarket, *, page: int, modified_since: object, state: int | None) -> FoldersPage:
        seen.append((modified_since is not None, state))
        return FoldersPage(page, (raw(page + (100 if state == 0 else 0)),), last=False)

    async def folder(self: BackMarket, folder_id: int) -> dict[str, Any]:
        return raw(folder_id)

    monkeypatch.setattr(BackMarket, "folders", folders)
    monkeypatch.setattr(BackMarket, "folder", folder)
    monkeypatch.setattr(download_folders, "MOST_PAGES", 2)
    return seen


def test_list_without_an_end_moves_no_mark_and_keeps_what_came(
    shop: Desk, asked: list[tuple[bool, int | None]]
) -> None:
    view = download(shop)
    assert (view.status, view.error) == ("partial_success", "The list did not end after 2 pages.")
    assert {row.folder_id for row in CareFolder.select()} == {1, 2, 101, 102}
    mark = CareMark.get()
    assert (mark.modified_until, mark.swept_at) == (None, None)
    # So the open folders are listed again.
    asked.clear()
    assert download(shop).output["read"] == 0
    assert asked == [(True, None)] * 2 + [(False, 0)] * 2


def test_open_folders_are_listed_whatever_their_dates_by_the_first_of_two_downloads(
    shop: Desk, asked: list[tuple[bool, int | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = BackMarket.folders

    async def ends(self: BackMarket, **more: Any) -> FoldersPage:
        return FoldersPage(1, (await many(self, **more)).results, last=True)

    monkeypatch.setattr(BackMarket, "folders", ends)
    lists = []
    for _ in range(2):
        asked.clear()
        assert download(shop).status == "completed"
        lists.append(list(asked))
    assert lists == [[(True, None), (False, 0)], [(True, None)]]
    mark = CareMark.get()
    assert (mark.modified_until is None, mark.swept_at is None) == (False, False)
