"""`moving-in`: a mapping, orders that are fetched, a result file, undoing, documents, and the way back."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def folder(stocked_bmtui: CommandLine) -> Path:
    return stocked_bmtui.home.parent


def an_order(bmtui: CommandLine, query: str) -> int:
    return int(bmtui.ok("orders", "search", query, "--json").json[0]["order_id"])


def test_a_file_with_foreign_headings_is_mapped_previewed_stored_and_taken_back(
    stocked_bmtui: CommandLine, folder: Path
) -> None:
    bmtui = stocked_bmtui
    order = an_order(bmtui, "channel:to_ship status:in_process")
    file, mapping, result = folder / "orders.csv", folder / "map.toml", folder / "result.csv"
    file.write_text(f"Channel Order ID,Notes Author,Order Notes,Bin\n{order},Ann,Calls again,A12\n")
    text = bmtui.ok("moving-in", "columns", str(file)).out
    mapping.write_text(text.replace("# note", "note").replace('# "field', '"field'))
    words = ("moving-in", "import", str(file), "--map-file", str(mapping))
    tried = bmtui.ok(*words, "--dry-run")
    assert "Nothing was stored." in tried.out
    assert "1 row with the columns order_id ('Channel Order ID')" in tried.err
    assert "is ignored: --map note='Order Notes'" in bmtui.ok("moving-in", "import", str(file), "--dry-run").out
    bmtui.ok(*words, "--dry-run", "--result", str(trial := folder / "tried.csv"))
    assert [row["result"] for row in csv.DictReader(trial.read_text().splitlines())] == ["would change"]
    assert bmtui(*words, "--result", str(result)).code == 2
    assert not result.exists()
    assert bmtui.ok(*words, "--yes", "--result", str(result), "--json").json["orders_changed"] == 1
    assert [row["result"] for row in csv.DictReader(result.read_text().splitlines())] == ["changed"]
    assert bmtui(*words, "--yes", "--result", str(result)).code == 3
    view = bmtui.ok("orders", "show", str(order), "--json").json
    assert ([note["author"] for note in view["notes"]], view["fields"]) == (["Ann"], {"bin": "A12"})
    assert "Ann, imported by" in bmtui.ok("orders", "show", str(order)).out
    (listed,) = bmtui.ok("moving-in", "imports", "--json").json
    assert (listed["file"], listed["orders"], listed["undone_at"]) == ("orders.csv", 1, None)
    assert bmtui("moving-in", "undo").code == 2
    assert "Nothing was changed." in bmtui.ok("moving-in", "undo", "--dry-run").out
    bmtui.ok("moving-in", "undo", str(listed["import_id"]), "--yes")
    view = bmtui.ok("orders", "show", str(order), "--json").json
    assert (view["notes"], view["fields"]) == ([], {})
    assert bmtui("moving-in", "undo", "--yes").code == 4


def test_orders_that_are_not_here_are_read_from_back_market_and_unknown_ones_named(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, folder: Path
) -> None:
    bmtui = stocked_bmtui
    (new,) = marketplace.marketplace.add_orders(1)
    file = folder / "orders.csv"
    file.write_text(f"order_id,tags\n{new},moved\n")
    assert f"order {new} is not in bmtui" in bmtui.ok("moving-in", "import", str(file), "--dry-run").out
    assert bmtui("moving-in", "import", str(file)).code == 2
    assert bmtui.ok("moving-in", "import", str(file), "--yes", "--json").json["orders_changed"] == 1
    assert bmtui.ok("orders", "show", str(new), "--json").json["tags"] == ["moved"]
    file.write_text(f"order_id,tags\n{new},more\n99,moved\n")
    gone = bmtui("moving-in", "import", str(file), "--yes")
    assert (gone.code, "Row 3: order 99 is not in bmtui." in gone.out) == (3, True)
    assert "Back Market has no such order for this company: correct the number" in gone.err
    assert bmtui.ok("orders", "show", str(new), "--json").json["tags"] == ["moved"]


def test_the_checklist_leaves_out_what_does_not_concern_a_seller(stocked_bmtui: CommandLine) -> None:
    keys = [step["key"] for step in stocked_bmtui("moving-in", "--json").json["steps"]]
    words = [word for key in keys for word in ("--without", key)]
    assert stocked_bmtui.ok("moving-in", *words).out.strip() == "All steps are done."
    assert stocked_bmtui("moving-in", "--without", "nothing").code == 2


def test_invoices_numbers_and_people_are_brought_in_and_everything_goes_out_again(
    stocked_bmtui: CommandLine, folder: Path
) -> None:
    bmtui = stocked_bmtui
    settings = (
        "seller_name=Shop SARL",
        "seller_address=1 place|69003 Lyon",
        "seller_country=FR",
        "vat_id=FR11123456782",
    )
    bmtui.ok("invoices", "settings", *settings)
    row = bmtui.ok("orders", "search", "market:fr-fr channel:shipped payment:charged shipping:fully_shipped", "--json")
    order = row.json[0]
    file = folder / "invoices.csv"
    file.write_text(f"order_id,number,issued,gross\n{order['order_id']},SC-1,2026-11-01,{order['total']}\n")
    words = ("moving-in", "invoices", str(file))
    assert "SC-1" in bmtui.ok(*words, "--dry-run").out
    assert bmtui(*words).code == 2
    assert bmtui.ok(*words, "--yes", "--json").json["recorded"] == 1
    assert bmtui.ok(*words, "--yes", "--json").json["recorded"] == 0
    assert bmtui.ok("invoices", "show", "SC-1", "--json").json["number"] == "SC-1"
    name = next(one["name"] for one in bmtui.ok("numbers", "list", "--json").json if "/FR/invoice" in one["name"])
    assert bmtui("numbers", "begin", name, "501").code == 2
    assert "00501" in bmtui.ok("numbers", "begin", name, "501", "--dry-run").out
    bmtui.ok("numbers", "begin", name, "501", "--yes", "--json")
    assert "begins with 1." in bmtui.ok("numbers", "begin", "all", "1", "--dry-run").out
    bmtui.ok("numbers", "begin", "all", "1", "--yes", "--json")
    steps = {step["key"]: step["done"] for step in bmtui("moving-in", "--json").json["steps"]}
    assert steps["series"]
    people = folder / "people.csv"
    people.write_text(f"account,role,limit\n{os.getuid()},admin,\n60001,operator,EUR=5\n60002,king,\n")
    wrong = bmtui("users", "import", str(people), "--yes")
    assert (wrong.code, "Row 4, column role" in wrong.out) == (3, True)
    people.write_text(people.read_text().replace("king", "viewer"))
    assert "Nothing was stored." in bmtui.ok("users", "import", str(people), "--dry-run").out
    bmtui.ok("users", "import", str(people), "--yes", "--json")
    assert {one["role"] for one in bmtui.ok("users", "list", "--json").json} == {"admin", "operator", "viewer"}
    out = folder / "out"
    files = bmtui.ok("moving-in", "export", str(out), "--json").json["files"]
    assert {Path(one["path"]).name for one in files} == {path.name for path in out.iterdir() if path.is_file()}
    again = bmtui.ok("moving-in", "import", str(out / "orders.csv"), "--dry-run", "--json").json
    assert (again["errors"], [row for row in again["rows"] if row["changes"]]) == ([], [])


def test_orders_that_cannot_be_read_because_back_market_is_away_are_not_called_unknown(
    stocked_bmtui: CommandLine, folder: Path
) -> None:
    bmtui = stocked_bmtui
    bmtui.ok("company", "set", "Shop", "url=http://127.0.0.1:9", "--json")
    file = folder / "orders.csv"
    file.write_text("order_id,tags\n99,moved\n")
    ran = bmtui("moving-in", "import", str(file), "--yes")
    assert ran.code == 5, ran
    assert "1 order could not be read from Back Market." in ran.err
    assert "no such order" not in ran.err


@pytest.mark.parametrize(
    ("part", "has", "lacks"),
    [
        ("import", "--source-company", "--pdf-folder"),
        ("invoices", "--pdf-folder", "--skip-others"),
        ("columns", "FILE", "--dry-run"),
        ("imports", "--json", "FILE"),
        ("undo", "--dry-run", "--map"),
        ("export", "a new folder", "--yes"),
    ],
)
def test_help_of_a_part_of_moving_in_is_about_that_part(bmtui: CommandLine, part: str, has: str, lacks: str) -> None:
    told = bmtui.ok("moving-in", part, "--help").out
    assert f"usage: bmtui moving-in {part}" in told
    assert (has in told, lacks in told, "--without" in told, "--home" in told) == (True, False, False, True)
    assert "--without" in bmtui.ok("moving-in", "--help").out
