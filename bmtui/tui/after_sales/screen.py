"""Screens of the after-sales inbox, and of one folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk.after_sales import folder_words, folders
from bmtui.desk.after_sales.folders import FolderView
from bmtui.desk.after_sales.rows import FolderRow
from bmtui.desk.core.context import Desk
from bmtui.errors import NotFound
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.after_sales.document import document, waits
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column


class FolderActs(DeskScreen):
    """Screen with a folder to act on."""

    @property
    def folder(self) -> FolderRow | None:
        """Folder that is open, or under the cursor."""
        raise NotImplementedError

    def context(self) -> Context:
        context = super().context()
        return context if self.folder is None else context.knowing(self.folder)

    def desk_and_folder(self) -> tuple[Desk, FolderRow]:
        """Return the desk of the folder's company, and the folder to act on."""
        folder = self.folder
        if folder is None:  # it has gone since the key was pressed
            raise NotFound("This folder no longer exists.")
        return replace(self.desk_app.desk, company=folder.company), folder


class FoldersScreen(FolderActs, ListScreen[FolderRow]):
    """Screen of the inbox: folders that wait for an answer first, the oldest in business hours on top."""

    PLACE = "folders"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "After-sales inbox, open folders"
    FILTER_HELP = f"Such as show:late market:fr-fr. {folders.HELP}"
    EMPTY = (("No open folder here. ", ""), ("D", "key"), (" downloads the messages of customers.", ""))

    @property
    def folder(self) -> FolderRow | None:
        return self.current

    def columns(self) -> Sequence[Column[FolderRow]]:
        return (
            Column("waits", "Waits", 10, waits, right=True, meaning=_clock, clock=True),
            Column("id", "Folder", 10, lambda row: str(row.folder_id)),
            Column("market", "Market", 6, lambda row: row.market, rank=2),
            Column("order", "Order", 10, lambda row: str(row.order_id or ""), rank=1),
            Column("issue", "Issue", 14, lambda row: row.error or folder_words.issue_in_words(row.issue), grows=True),
            Column("rma", "RMA", 5, lambda row: ",".join(map(str, row.rma_ids)), rank=3),
            Column("name", "Customer", 10, lambda row: row.customer, grows=True),
            Column("sku", "SKU", 14, lambda row: row.sku, grows=True, rank=4),
        )

    def meaning_of(self, row: FolderRow) -> Meaning:
        return _meaning(row)

    def key_of(self, row: FolderRow) -> object:
        return (row.company, row.folder_id)

    async def find(self, query: str, limit: int) -> Sequence[FolderRow]:
        return await self.desk_app.desk.read(folders.listing, query, limit=limit)

    async def do_open(self) -> None:
        desk, folder = self.desk_and_folder()
        await open_folder(self, desk, folder.folder_id)


class FolderScreen(FolderActs):
    """Screen of one folder, kept up to date.

    Args:
        view: the folder as it was read; it is read again whenever the store changes.
    """

    PLACE = "folder"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, view: FolderView) -> None:
        super().__init__()
        self.view = view

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        yield Reader(id="folder")

    @property
    def folder(self) -> FolderRow | None:
        return self.view.row

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        row = self.view.row
        self.view = await replace(self.desk_app.desk, company=row.company).read(folders.show, row.folder_id)
        self._show()

    def minute_passed(self) -> None:
        self.reload()

    def on_reader_resized(self) -> None:
        self._show()

    def _show(self) -> None:
        row, app = self.view.row, self.desk_app
        reader = self.part(Reader)
        reader.show(document(self.view, app.zone(row.company), app.minute, reader.size.width))
        self.part("#title", Line).show(
            (f"Folder {row.folder_id}", "bold"),
            (f" · {row.customer} · {folder_words.issue_in_words(row.issue)}", ""),
            (" · LATE" if row.late else "", "bad"),
        )


def _clock(row: FolderRow) -> Meaning | None:
    return Meaning.LATE if row.late else None


def _meaning(row: FolderRow) -> Meaning:
    if row.error or row.late:
        return Meaning.LATE
    if row.answering:
        return Meaning.GOING
    return Meaning.NOTHING if row.age is None else Meaning.SOON


async def open_folder(screen: DeskScreen, desk: Desk, folder_id: int) -> None:
    """Show a folder on its own screen. Raise NotFound if it is not stored."""
    await screen.desk_app.show(FolderScreen(await desk.read(folders.show, folder_id)))


async def folders_of_order(screen: DeskScreen, desk: Desk, company: str, order_id: int) -> None:
    """Show the folder of an order, or a list of several."""
    rows = await desk.read(folders.of_order, company, order_id)
    if not rows:
        screen.say(f"Order {order_id} has no after-sales folder here. E, then D downloads them.", "warn")
    elif len(rows) == 1:
        await open_folder(screen, desk, rows[0].folder_id)
    else:
        await screen.desk_app.show(FoldersScreen(f"order:{order_id} state:all"))
