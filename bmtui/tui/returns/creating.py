"""Creation of RMAs: from an order, from a folder, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.returns import request_read
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.parameters import CREATE, DESCRIPTION, PIECES, REASON, REASON_OF_LINE
from bmtui.desk.returns.views import ReturnView
from bmtui.errors import RuleRefused
from bmtui.text import how_many
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.form import Form, field
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.returns.screen import ReturnActs, ReturnsScreen, open_return
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.form import LONGEST_LABEL
from bmtui.tui.widgets.text import cut

if TYPE_CHECKING:
    from bmtui.tui.order_screen import OrderActs


async def of_order(screen: OrderActs, why: str = "") -> None:
    """Open the order's RMA, list several, or create one.

    `why` is the reason why the operator is here and not at the action that they asked for.
    """
    desk, order = screen.desk_and_order()
    rows = await desk.read(returns.of_order, order.order_id)
    if len(rows) == 1:
        await open_return(screen, rows[0].rma_id)
    elif rows:
        await screen.desk_app.show(ReturnsScreen(f"order:{order.order_id}"))
    else:
        await create(screen, desk, order.order_id, why=why)
        return
    if why:
        screen.desk_app.top.say(why, "warn")


async def create_another(screen: ReturnActs) -> None:
    """Create one more RMA of the same order."""
    desk, rma = screen.desk_and_rma()
    await create(screen, desk, rma.order_id)


async def create(screen: DeskScreen, desk: Desk, order_id: int, folder_id: int | None = None, *, why: str = "") -> None:
    """Ask which items come back, create the RMA, and show it."""
    options = await desk.read(returns.options, order_id, folder_id)
    if options.why_not:
        await screen.desk_app.ask(Notice(f"RMA · order {order_id}", (options.why_not,)))
        return

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        request = request_read.read(Answers.typed(CREATE, answers), options.folder_id)
        if not request.items:
            raise RuleRefused("No line has a quantity: nothing would come back.", "Enter one.")
        return await desk.write(returns.create, order_id, request, options.version)

    reasons = [("", "choose one"), *((name, name) for name in options.reasons)]
    each = [("", "as for all"), *reasons[1:]]
    fields = [field(REASON, options.reason, reasons)]
    for line in options.lines:
        if not line.why_not:
            # An after-sales folder is about one line: only that one is proposed.
            meant = str(line.left) if options.line_id in (None, line.line_id) else ""
            named = f"{cut(line.sku, LONGEST_LABEL - len(f' of {line.left}') - 1)} of {line.left}"
            fields.append(field(PIECES, meant, label=named, line=line.line_id))
            fields.append(field(REASON_OF_LINE, "", each, label=f"  {REASON_OF_LINE.label}", line=line.line_id))
    fields.append(field(DESCRIPTION, options.description))
    about = [(why, "warn")] if why else []
    refunded = await desk.read(returns.refunded, order_id)
    about += [(f"Refunded already: {refunded}.", "warn")] if refunded else []
    about += [(line.why_not, "dim") for line in options.lines if line.why_not]
    folder = f" · folder {folder_id}" if folder_id else ""
    heading = f"Create RMA · order {order_id}{folder}"
    about.append(("Nothing is sent to Back Market. An empty quantity leaves the line out.", ""))
    view = await screen.desk_app.ask(Form(heading, fields, attempt, about=about, verb="Create"))
    if view is not None:
        await screen.desk_app.check_changes()
        await open_return(screen, view.row.rma_id)
        screen.desk_app.top.say(f"RMA {view.row.rma_id} is created. Nothing was sent.", "good")


async def import_file(screen: DeskScreen) -> None:
    """Import RMAs from a CSV file, after a preview."""
    from bmtui.desk.returns import csv_import as return_import

    app = screen.desk_app
    columns = f"Path of a CSV file with the columns {', '.join(return_import.COLUMNS)}."
    path = await app.ask(AskText("Import RMAs", about=columns, empty="No path."))
    if path is None:
        return
    seen = await app.desk.read(return_import.preview, path)
    if seen.errors:
        parts = [
            f"Nothing can be stored: {len(seen.errors):,} of {how_many(seen.rows, 'row is', 'rows are')} wrong.",
            *seen.notes,
            *map(str, seen.errors[:8]),
        ]
        more = len(seen.errors) - 8
        await app.ask(Notice("Import RMAs", (*parts, f"… and {more:,} more." if more > 0 else "")))
        return
    lines = [*((note, "dim") for note in seen.notes)]
    lines += [(plan.sentence.removesuffix(" Nothing is sent to Back Market."), "") for plan in seen.plans[:30]]
    more = len(seen.plans) - 30
    lines += [(f"… and {more:,} more.", "dim")] if more > 0 else []
    heading = f"Import {how_many(len(seen.plans), 'RMA')} from {how_many(seen.rows, 'row')}"
    if await app.ask(Confirm(heading, lines, f"Save {how_many(len(seen.plans), 'RMA')}")):
        made = await app.desk.write(return_import.save, seen)
        await app.check_changes()
        screen.say(f"{how_many(len(made), 'RMA is', 'RMAs are')} created.", "good")
