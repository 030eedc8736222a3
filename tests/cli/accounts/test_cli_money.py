"""`bmtui money`: statements, costs, tax, OSS and figures by commands, with their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer

HEAD = "invoice_key,value_date,sku,order_id,designation,amount,currency"


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_statement_is_imported_once_and_its_file_comes_back(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    text, _ = marketplace.marketplace.statement()
    path = written(tmp_path, "s.csv", text)
    seen = stocked_bmtui.ok("money", "import", path, "--dry-run", "--json").json
    assert (seen["added"], seen["known"]) == (seen["rows"], 0)
    done = stocked_bmtui.ok("money", "import", path, "--yes", "--json").json
    assert (done["added"], done["unexplained"]) == (seen["rows"], [])
    assert stocked_bmtui.ok("money", "import", path, "--json").json["file_id"] is None
    sums = stocked_bmtui.ok("money", "statements", "--json").json
    assert {row["kind"] for row in sums} == {"sale", "shipping", "commission", "refund"}
    assert stocked_bmtui.ok("money", "statements", "--unexplained", "--json").json == []
    (file,) = stocked_bmtui.ok("money", "statements", "--files", "--json").json
    again = tmp_path / "again.csv"
    stocked_bmtui.ok("money", "statements", "--save", str(file["file_id"]), "--to", str(again))
    assert again.read_text(encoding="utf-8") == text
    order = stocked_bmtui.ok("orders", "search", "fee:>0 channel:shipped", "--json", "--limit", "1").json[0]
    assert order["fees"]["charged"] == order["fees"]["expected"]


def test_statements_unexplained_or_wrong_have_their_own_exit_codes(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    odd = written(tmp_path, "odd.csv", f"{HEAD}\nBM-1,2026-11-05,PHN,7,sale,1.00,EUR\n")
    assert stocked_bmtui("money", "import", odd, "--yes").code == 6
    assert stocked_bmtui("money", "statements", "--unexplained").code == 6
    wrong = written(tmp_path, "wrong.csv", f"{HEAD}\nBM-1,2026-11-05,PHN,7,sale,1.000,EUR\n")
    refused = stocked_bmtui("money", "import", wrong, "--yes")
    assert (refused.code, "Row 2" in refused.err) == (3, True)
    doubtful = written(tmp_path, "more.csv", f"{HEAD},colour\nBM-2,2026-11-05,PHN,7,sale,1.00,EUR,red\n")
    assert stocked_bmtui("money", "import", doubtful, "--yes").code == 3
    assert stocked_bmtui("money", "import", doubtful, "--yes", "--accept-doubt").code == 6


def test_costs_are_imported_after_a_preview(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    missing = stocked_bmtui("money", "costs", "--missing", "--json")
    assert missing.code == 6
    sku = missing.json[0]["sku"]
    path = written(tmp_path, "costs.csv", f"sku,cost,currency,date\n{sku},10.00,EUR,2020-01-01\n")
    assert stocked_bmtui.ok("money", "costs", path, "--yes", "--json").json == {
        "file": "costs.csv", "stored": 1, "known": 0,
    }  # fmt: skip
    assert [row["cost"] for row in stocked_bmtui.ok("money", "costs", "--json").json] == ["10.00"]
    unsold = written(tmp_path, "unsold.csv", "sku,cost,currency\nNOPE,10.00,EUR\n")
    assert stocked_bmtui("money", "costs", unsold, "--yes").code == 3
    assert stocked_bmtui("money", "costs", unsold, "--yes", "--stock").code == 0


def test_tax_oss_and_figures_print_their_json(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    stocked_bmtui.ok("invoices", "settings", "seller_country=FR")
    tax = stocked_bmtui.ok("money", "tax", "2026-11", "--json", "--pdf", str(tmp_path / "tax.pdf")).json
    assert {"groups", "proofs", "differences", "margin", "advice"} <= set(tax)
    assert (tmp_path / "tax.pdf").read_bytes().startswith(b"%PDF")
    for proof in tax["proofs"]:
        assert proof["orders"] == sum(one["currency"] == proof["currency"] for one in tax["differences"])
    (rates := tmp_path / "rates.csv").write_text("Date,USD\n2026-12-31,1.05\n")
    ran = stocked_bmtui.ok("money", "oss", "2026-Q4", "--rates", str(rates), "--json")
    assert "1 row with the columns date, USD." in ran.err
    assert (ran.json["groups"], ran.json["tax"], ran.json["currency"]) == ([], "0.00", "EUR")
    found = stocked_bmtui.ok("money", "figures", "--from", "90d", "--json").json
    assert found["totals"][0]["orders"] > 0
    assert {"days", "weeks", "months", "markets", "carriers", "skus", "speed", "return_clock"} <= set(found)
    assert "orders" in stocked_bmtui.ok("money", "figures", "--by", "market", "--csv").out.splitlines()[0]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("money", "tax", "November"), 2),
        (("money", "oss", "2026-11"), 2),
        (("money", "figures", "--from", "2026-11-02", "--to", "2026-11-01"), 3),
        (("money", "settings", "margin_method=none"), 2),
        (("money", "statements", "--save", "99", "--to", "x"), 4),
    ],
)
def test_money_command_with_impossible_values_is_refused(
    stocked_bmtui: CommandLine, command: tuple[str, ...], code: int
) -> None:
    assert stocked_bmtui(*command).code == code
