"""`bmtui invoices` as a script uses it: JSON, exit codes, and no side effects."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from invoice_shop import SELLER
from pypdf import PdfReader

from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def counter(stocked_bmtui: CommandLine) -> CommandLine:
    """Installation with everything that invoices need."""
    stocked_bmtui.ok("invoices", "settings", *(f"{key}={value}" for key, value in SELLER.items()))
    return stocked_bmtui


def waiting(bmtui: CommandLine, market: str = "fr-fr") -> list[str]:
    rows = bmtui.ok("invoices", "list", "--waiting", "--json").json
    return [str(row["order_id"]) for row in rows if row["market"] == market and row["invoice"] is None]


def made_for(counter: CommandLine, order: str) -> dict[str, Any]:
    return dict(counter.ok("invoices", "make", order, "--json").json)


def test_an_invoice_is_made_once_and_shown(counter: CommandLine, tmp_path: Path) -> None:
    order = waiting(counter)[0]
    assert counter.ok("invoices", "make", order, "--dry-run", "--json").json["order_id"] == int(order)
    made = made_for(counter, order)
    number = made["number"]
    assert (made["order_id"], made["kind"], made["currency"]) == (int(order), "invoice", "EUR")
    again = counter("invoices", "make", order)
    assert (again.code, again.out) == (3, "")
    assert number in again.err
    shown = counter.ok("invoices", "show", order, "--json", "--pdf", str(tmp_path / "one.pdf")).json
    assert number in PdfReader(tmp_path / "one.pdf").pages[0].extract_text()
    assert any(number in line for line in shown["text"])
    assert counter.ok("orders", "show", order, "--json").json["invoices"][0]["number"] == number
    assert counter.ok("invoices", "list", "--json").json[0]["number"] == number
    saved = counter.ok("invoices", "save", number, "--to", str(tmp_path / "files"), "--json").json
    assert [Path(file).suffix for file in saved["files"]] == [".pdf"]
    assert counter.ok("invoices", "credit", order, "--json").json == {"order_id": int(order), "number": None}


def test_an_invoice_is_sent_only_with_yes_and_arrives_as_it_was_made(
    counter: CommandLine, marketplace: SandboxServer
) -> None:
    order = waiting(counter)[0]
    made = made_for(counter, order)
    refused = counter("invoices", "send", made["number"])
    assert refused.code == 2
    assert "--yes" in refused.err
    dry = counter.ok("invoices", "send", made["number"], "--dry-run", "--json").json
    assert f"/ws/orders/{order}/invoice" in dry["uploads"][0]["request"]
    assert int(order) not in marketplace.marketplace.invoices
    counter.ok("company", "set", "Shop", "undo_windows=invoice=0")
    counter.ok("invoices", "send", "--unsent", "--yes", "--wait", "--json")
    assert marketplace.marketplace.invoices[int(order)]["sha256"] == made["pdf_hash"]
    assert order not in waiting(counter)


def test_an_invoice_and_its_credit_note_are_exported_merged_and_verified(counter: CommandLine, tmp_path: Path) -> None:
    order = waiting(counter)[0]
    number = made_for(counter, order)["number"]
    counter.ok("orders", "refund", order, "--operation", "issue_refund", "--amount", "1.00", "--yes")
    note = counter.ok("invoices", "credit", order, "--json").json
    assert (note["corrects"], note["gross"]) == (number, "1.00")
    exported = counter.ok("invoices", "export", "this-month", "--to", str(tmp_path / "out"), "--json").json
    assert exported["documents"] == 2
    rows = list(csv.DictReader(StringIO(Path(exported["ledger"]).read_text())))
    assert {row["number"] for row in rows} >= {number, note["number"]}
    counter.ok("invoices", "merge", "--month", "this-month", "--to", str(tmp_path / "all.pdf"), "--json")
    assert len(PdfReader(tmp_path / "all.pdf").pages) == exported["documents"]
    assert counter.ok("invoices", "verify", "--json").json == {"documents": exported["documents"], "problems": []}


def test_making_many_invoices_names_those_that_failed(counter: CommandLine) -> None:
    every = counter.ok("invoices", "list", "--waiting", "--json").json
    dry = counter.ok("invoices", "make", *waiting(counter)[:2], "--dry-run", "--json").json
    assert len(dry) == len(waiting(counter)[:2])
    made = counter("invoices", "make", "--waiting", "--json")
    japan = [row for row in every if row["market"] == "ja-jp"]
    assert made.code == (6 if japan else 0)
    assert len(made.json) == len(every) - len(japan)
    assert made.err.count("registration number") == len(japan)
    numbers = [row["number"] for row in made.json]
    assert len(set(numbers)) == len(numbers)
    assert counter.ok("invoices", "verify", "--json").json["problems"] == []


BAD = {
    ("make",): 2,
    ("make", "404"): 4,
    ("make", "1", "2", "--buyer-vat-id", "FR1"): 2,
    ("show", "FR-1"): 4,
    ("list", "--month", "november"): 2,
    ("send",): 2,
    ("merge", "--to", "/tmp/x.pdf"): 2,
    ("settings", "colour"): 2,
    ("settings", "colour=red"): 2,
    ("settings", "footer=x", "--market", "xx-xx"): 2,
}


def test_bad_input_has_its_exit_code_and_a_sentence(shop_bmtui: CommandLine) -> None:
    for words, code in BAD.items():
        ran = shop_bmtui("invoices", *words)
        assert (words, ran.code, ran.out) == (words, code, "")
        assert len(ran.err.strip()) > 20


def test_settings_are_shown_and_set(shop_bmtui: CommandLine) -> None:
    shown = shop_bmtui.ok("invoices", "settings", "--json").json
    assert shown["settings"]["preference"] == {"value": "channel_specific", "origin": "default"}
    set_ = shop_bmtui.ok("invoices", "settings", "vat_mode=regular", "--market", "de-de", "--json").json
    assert set_["settings"]["vat_mode"] == {"value": "regular", "origin": "market"}
    assert shop_bmtui.ok("invoices", "settings", "--json").json["settings"]["vat_mode"]["origin"] == "default"
    assert "vat_rate" in shop_bmtui.ok("invoices", "settings", "--market", "de-de").out


def test_printing_goes_through_lp(counter: CommandLine, tmp_path: Path) -> None:
    order = waiting(counter)[0]
    number = counter.ok("invoices", "make", order, "--json").json["number"]
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "lp").write_text(f'#!/bin/sh\necho "$@" > {folder}/arguments\ncat > {folder}/out.pdf\n')
    (folder / "lp").chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    ran = counter("invoices", "print", number, "--printer", "Office", "--json", PATH=path)
    assert (ran.code, json.loads(ran.out)) == (0, {"documents": 1})
    assert (folder / "arguments").read_text() == "-d Office\n"
    assert (folder / "out.pdf").read_bytes().startswith(b"%PDF-")
    assert counter.ok("invoices", "show", number, "--json").json["printed"] == 1
    assert counter("invoices", "print", number, PATH=str(tmp_path)).code == 2
