"""Steps of the after-sales actions: opening folders and their orders, and writing to customers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bmtui.channel.uploads import PROBLEM_TYPES
from bmtui.desk.after_sales import folder_store, folders, parameters, replies
from bmtui.desk.after_sales import templates as reply_templates
from bmtui.desk.after_sales.folders import FolderView
from bmtui.desk.after_sales.replies import CareWrite
from bmtui.desk.core.context import Desk
from bmtui.tui.after_sales.reply_dialog import Answer
from bmtui.tui.after_sales.screen import FolderActs, FoldersScreen, folders_of_order
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.form import Form, field
from bmtui.tui.screen import DeskScreen

if TYPE_CHECKING:
    from bmtui.tui.order_screen import OrderActs


async def listing(screen: DeskScreen) -> None:
    """Show the inbox."""
    await screen.desk_app.show(FoldersScreen())


async def of_order(screen: OrderActs) -> None:
    """Show the folders of the order, with the customer's messages."""
    desk, order = screen.desk_and_order()
    await folders_of_order(screen, desk, order.company, order.order_id)


async def download(screen: DeskScreen) -> None:
    """Queue a download of the folders of every company in view."""
    app = screen.desk_app
    shown = [view for view in app.companies if app.desk.company in (None, view.name) and view.enabled]
    ids = [str(await app.desk.write(folder_store.start, view.name)) for view in shown]
    screen.say(f"Job {', '.join(ids)} downloads what customers wrote." if ids else "Nothing is enabled.")


async def answer(screen: FolderActs) -> None:
    """Ask for a message to the customer, and queue it after a review."""
    desk, view = await _opened(screen)
    row = view.row
    templates = {
        one.name: await desk.read(reply_templates.filled, row, one.name)
        for one in await desk.read(reply_templates.offered, view.language)
    }

    async def attempt(kind: str, text: str, files: Sequence[str]) -> CareWrite:
        planned = await asyncio.to_thread(replies.answer, row.folder_id, text, files)
        await desk.read(replies.check, planned)
        return planned

    closed = " · closed: your message opens it again" if row.state == "closed" else ""
    heading = f"Answer · folder {row.folder_id} · {row.market}{closed}"
    about = f"message {row.company} {row.folder_id}"
    await _send(screen, desk, Answer(heading, _last(view), templates, attempt, _review(screen), about=about))


async def problem(screen: FolderActs) -> None:
    """Ask for a problem with the returned item, and queue the report after a review."""
    desk, view = await _opened(screen)
    row = view.row
    kinds = [(kind, PROBLEM_TYPES[kind]) for kind in view.problems]

    async def attempt(kind: str, text: str, files: Sequence[str]) -> CareWrite:
        planned = await asyncio.to_thread(replies.problem, row.folder_id, kind, text, files)
        await desk.read(replies.check, planned)
        return planned

    heading = f"Report a problem · folder {row.folder_id}"
    about = f"problem {row.company} {row.folder_id}"
    dialog = Answer(heading, _last(view), {}, attempt, _review(screen), about=about, problems=kinds)
    await _send(screen, desk, dialog)


async def transfer(screen: FolderActs) -> None:
    """Ask how the item went back to the customer, and queue the report after a review."""
    desk, view = await _opened(screen)
    row = view.row
    heading = f"Item transfer · folder {row.folder_id}"
    if view.transfer_why_not:
        advice = "Write a message with the tracking number instead."
        await screen.desk_app.ask(Notice(heading, (view.transfer_why_not, advice)))
        return

    async def attempt(answers: Mapping[str, str]) -> CareWrite:
        planned = replies.transfer(row.folder_id, **answers)
        await desk.read(replies.check, planned)
        return planned

    fields = [field(one, one.choices[0] if one.choices else None) for one in parameters.TRANSFER]
    await _send(screen, desk, Form(heading, fields, attempt, review=_review(screen), verb="Review"))


async def open_order(screen: FolderActs) -> None:
    """Open the order of the folder; download it if it is not stored."""
    _, row = screen.desk_and_folder()
    if row.order_id is not None:
        await screen.open_or_fetch(row.order_id, row.company)


async def open_rma(screen: FolderActs) -> None:
    """Open the folder's RMA, list several, or create one."""
    from bmtui.tui.returns import creating
    from bmtui.tui.returns.screen import ReturnsScreen, open_return

    desk, row = screen.desk_and_folder()
    if len(row.rma_ids) == 1:
        await open_return(screen, row.rma_ids[0])
    elif row.rma_ids:
        await screen.desk_app.show(ReturnsScreen(f"folder:{row.folder_id}"))
    elif row.order_id is not None and not row.order_here:
        await screen.open_or_fetch(row.order_id, row.company)
    elif row.order_id is not None and not screen.desk_app.desk.read_only:
        await creating.create(screen, desk, row.order_id, row.folder_id)
    else:
        screen.say(f"Folder {row.folder_id} has no RMA.", "warn")


async def _opened(screen: FolderActs) -> tuple[Desk, FolderView]:
    desk, row = screen.desk_and_folder()
    return desk, await desk.read(folders.show, row.folder_id)


def _review(screen: FolderActs) -> Callable[[CareWrite], Awaitable[bool | None]]:
    """Return a function that shows exactly what is sent, and asks for a Y."""

    async def asked(planned: CareWrite) -> bool | None:
        parts = [("Sent to Back Market, exactly:", ""), (f"{planned.write.method} {planned.write.path}", "")]
        parts += [(line, "") for line in planned.text.split("\n")] if planned.text else [(planned.sentence, "")]
        parts += [(f"file: {file.name}, {file.size:,} bytes", "") for file in planned.files]
        return await screen.desk_app.ask(Confirm(planned.about, parts, "Send to Back Market"))

    return asked


async def _send(screen: FolderActs, desk: Desk, dialog: Answer | Form[CareWrite]) -> None:
    """Queue the write from the dialog, which a Y confirmed."""
    planned = await screen.desk_app.ask(dialog)
    if planned is None:
        return
    sent = await desk.write(replies.send, planned)
    await screen.desk_app.check_changes()
    screen.say(f"{planned.about} is queued as job {sent.job_id}; J shows how it goes.", "good")


def _last(view: FolderView) -> str:
    return next((message.text for message in reversed(view.messages) if message.initiator == "Client"), "")
