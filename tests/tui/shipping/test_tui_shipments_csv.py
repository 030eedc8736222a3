"""Shipments from a file by keys: the path, the preview of every row, Save, the results."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Driver, driving
from helpers import ups_number
from terminal import Terminal

from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.store.models import Company, Order, Shipment
from bmtui.tui import paths
from bmtui.tui.widgets.form import Entry, Paragraph

GOOD = "356938035643809"


def parcels(folder: Path, rows: int = 3) -> tuple[Path, list[int]]:
    """Write a shipments file with a wrong row, then `rows` right ones; return its path and the orders of these."""
    # What leaves with what is not the question here.
    Company.update(identifier_policy="*=none").execute()
    query = Order.select().where((Order.channel_status == "to_ship") & ~Order.is_backship & (Order.carrier != ""))
    ids = [order.order_id for order in query.limit(rows)]
    path = folder / "parcels.csv"
    lines = [
        "order,tracking,carrier,Weight",
        "99,1Z0,UPS,1",
        *(f"{number},{ups_number(number)},UPS,1" for number in ids),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path, ids


async def open_file(person: Driver, path: Path) -> None:
    await person.press("P")
    await person.at("AskPath")
    person.app.screen.query_one(Entry).value = str(path)
    await person.press("enter")


async def test_shipments_file_sends_nothing_before_save_and_reports_every_row(office: Desk, tmp_path: Path) -> None:
    path, ids = parcels(tmp_path)
    async with driving(office) as person:
        await open_file(person, path)
        await person.at("ShipmentPreview")
        seen = person.seen()
        assert "parcels.csv: 3 of 4 rows will be sent" in seen
        assert "wrong order: There is no order 99" in seen
        assert "Columns that are not used: Weight." in seen
        assert f"Ship order {ids[0]}" in seen
        # Enter is the safe answer: it leads back to the path.
        await person.press("enter")
        await person.at("AskPath")
        assert not Shipment.select().exists()
        await person.press("enter")
        await person.at("ShipmentPreview")
        await person.press("Y")
        await person.at("Results")
        assert "3 done, 1 not" in person.seen()
        assert [overview.show(office, one).row.shipping_status for one in ids] == ["fully_shipped"] * 3
        written = list(csv.DictReader((tmp_path / "parcels.result.csv").read_text(encoding="utf-8").splitlines()))
        assert [row["result"] for row in written] == ["refused", "shipped", "shipped", "shipped"]
        await person.press("enter")
        await person.says("parcels.result.csv")


async def test_rows_in_doubt_wait_for_a_typed_yes(office: Desk, tmp_path: Path) -> None:
    path, ids = parcels(tmp_path, 1)
    path.write_text(f"order,tracking,carrier\n{ids[0]},ABC1,UPS\n", encoding="utf-8")
    async with driving(office) as person:
        await open_file(person, path)
        await person.at("ShipmentPreview")
        await person.press("Y")
        await person.at("AskText")
        assert "ABC1 does not look like a tracking number of UPS" in person.seen()
        await person.press("Y", "enter")
        await person.until(lambda: "Type yes, or leave" in person.seen())
        assert not Shipment.select().exists()
        await person.press("ctrl+u", *"yes", "enter")
        await person.at("Results")
        assert Shipment.get().tracking_number == "ABC1"


@pytest.fixture
def tsv(tmp_path: Path) -> Iterator[Path]:
    """File of sixty wrong rows; at the end of the test there must be no result file."""
    path = tmp_path / "parcels.tsv"
    path.write_text("order\ttracking\n" + "".join(f"{number}\tABC\n" for number in range(1, 61)), encoding="utf-8")
    yield path
    assert not list(tmp_path.glob("*.result*"))


async def test_shipments_preview_without_a_valid_row_cannot_be_saved_and_can_be_scrolled(
    office: Desk, tsv: Path
) -> None:
    async with driving(office) as person:
        await open_file(person, tsv)
        await person.at("ShipmentPreview")
        assert "0 of 60 rows will be sent" in person.seen()
        assert " more" in person.seen()
        await person.press("G")
        await person.until(lambda: "There is no order 60" in person.seen())
        await person.press("Y")
        await person.until(lambda: "No row can be sent" in person.seen())
        await person.press("escape")
        await person.at("AskPath")


async def test_unreadable_shipments_file_is_reported_in_the_path_dialog(office: Desk, tmp_path: Path) -> None:
    async with driving(office) as person:
        await open_file(person, tmp_path / "none.csv")
        problem = person.app.screen.query_one("#problem", Paragraph)
        await person.until(lambda: "cannot be read" in problem.text)
        person.app.screen.query_one(Entry).value = ""
        await person.press("enter")
        await person.until(lambda: "no path yet" in problem.text)


async def test_tab_completes_the_path(office: Desk, tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    for name in ("parcels-1.csv", "parcels-2.csv"):
        (tmp_path / "day" / name).touch()
    async with driving(office) as person:
        await person.press("P")
        await person.at("AskPath")
        entry = person.app.screen.query_one(Entry)
        entry.value = f"{tmp_path}/da"
        for wanted in (f"{tmp_path}/day/", f"{tmp_path}/day/parcels-"):
            await person.press("tab")
            await person.until(lambda wanted=wanted: entry.value == wanted)  # type: ignore[misc]
        await person.press("tab")
        await person.until(lambda: "parcels-1.csv  parcels-2.csv" in person.seen())


@pytest.mark.parametrize(("text", "path"), [("~", "~/"), ("/no/such/folder", "/no/such/folder"), ("", "")])
def test_path_that_cannot_be_completed_stays(
    text: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.completed(text) == (path, ())


def test_shipments_file_by_keys_works_on_a_real_terminal(office: Desk, home: Path, tmp_path: Path) -> None:
    path, _ = parcels(tmp_path, 2)
    office.store.close()
    with Terminal([sys.executable, "-m", "bmtui", "--home", str(home)]) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press("P")
        terminal.wait_for("Tab Complete")
        terminal.type(str(path))
        terminal.press("enter")
        terminal.wait_for("2 of 3 rows will be sent", "Y Save: ship 2 orders")
        # What was typed ahead is not heard by a dialog that sends.
        terminal.press_until("Y", lambda: "2 done, 1 not" in terminal.text)
        terminal.press_until("enter", lambda: "2 of 3 rows are shipped here" in terminal.text)
        terminal.wait_for("parcels.result.csv", "Enter Open")
    assert len((tmp_path / "parcels.result.csv").read_text().splitlines()) == 4
