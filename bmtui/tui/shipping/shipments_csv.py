"""Shipments from a file, on the screens: the path, a preview of every row, Save, and the results."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from bmtui.desk.shipping import shipments_csv
from bmtui.desk.shipping.shipments_csv import FileRow, ResultFile, RowResult, ShipmentFile
from bmtui.text import how_many
from bmtui.tui.bulk import SAY_S
from bmtui.tui.dialogs.note import doubts_accepted
from bmtui.tui.dialogs.path import AskPath
from bmtui.tui.dialogs.results import Result, Results
from bmtui.tui.screen import DeskScreen
from bmtui.tui.shipping.shipments_csv_dialog import ShipmentPreview

LABEL = "Shipments from a file"
CHECKED = 25
"""Rows that are checked in one read, so that other reads have their turn between."""


async def do_import(screen: DeskScreen) -> None:
    """Ask for the file, show its rows, and ship the good ones."""
    app = screen.desk_app
    chosen: list[tuple[ShipmentFile, Path]] = []

    async def preview(modal: AskPath, text: str) -> bool:
        file = await _checked(modal, text)
        place = await asyncio.to_thread(shipments_csv.result_path, file.path, app.desk.settings.data)
        if not await app.ask(ShipmentPreview(file, str(place))):
            return False
        if file.doubts and not await doubts_accepted(app, file.doubts):
            return False
        chosen.append((file, place))
        return True

    about = f"A CSV or TSV file. Its first line names columns: {', '.join(shipments_csv.COLUMNS)}."
    await app.ask(AskPath(LABEL, about, preview))
    for file, place in chosen:
        results = await _shipped(screen, file, place)
        await app.check_changes()
        note = f"Each row with its result is in {place}."
        await app.ask(Results(LABEL, [_result(one) for one in results], note=note))
        done = sum(one.result != "refused" for one in results)
        screen.say(
            f"{done:,} of {how_many(len(results), 'row is', 'rows are')} shipped here. Each is in {place.name}.", "good"
        )


async def _checked(modal: AskPath, text: str) -> ShipmentFile:
    """Return the file with every row checked; the dialog shows the progress."""
    file = await asyncio.to_thread(shipments_csv.read, text)
    rows: list[FileRow] = []
    for begin in range(0, len(file.rows), CHECKED):
        rows += await modal.desk_app.desk.read(shipments_csv.check, file.rows[begin : begin + CHECKED])
        modal.tell(f"{len(rows):,} of {how_many(len(file.rows), 'row is', 'rows are')} checked …")
    return replace(file, rows=tuple(rows))


async def _shipped(screen: DeskScreen, file: ShipmentFile, place: Path) -> list[RowResult]:
    """Ship row by row; each is in the result file as soon as it was shipped."""
    app = screen.desk_app
    results: list[RowResult] = []
    said = time.monotonic()
    with await asyncio.to_thread(ResultFile, place, file.rows) as kept:
        for row in file.rows:
            accepted = bool(row.doubts)
            results.append(await app.desk.write(shipments_csv.ship_row, row, accept_doubts=accepted))
            kept.add(row, results[-1])
            if time.monotonic() - said > SAY_S:
                said = time.monotonic()
                screen.say(f"{LABEL}: {len(results):,} of {len(file.rows):,} …")
    screen.say("")
    return results


def _result(one: RowResult) -> Result:
    order = f" {one.order_id}" if one.order_id is not None else ""
    done = one.result != "refused"
    sentence = f"{one.result.capitalize()}. {one.detail}".strip() if done else one.detail
    return Result(f"{one.number}{order}", done, sentence)
