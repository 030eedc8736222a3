"""Bad input: a clear sentence with what to do, the documented exit code, and nothing half-written."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from command_line import CommandLine

from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer


def test_a_wrong_token_names_the_token_and_what_to_do(bmtui: CommandLine, marketplace: SandboxServer) -> None:
    bmtui.add_company(marketplace.url, "wrong")
    tested = bmtui("company", "test", "Shop")
    assert tested.code == 5
    assert "token" in tested.err
    downloaded = bmtui("orders", "download", "--since", "2000-01-01", "--wait")
    assert downloaded.code == 5
    assert "token" in downloaded.err
    assert "wrong" not in downloaded.err + downloaded.out + tested.err
    assert bmtui.ok("orders", "search", "--json").json == []


def test_unreachable_host_is_reported_in_a_sentence(bmtui: CommandLine) -> None:
    with socket.socket() as taken:
        # Bound but not listening: nobody answers there, and nobody else can begin to.
        taken.bind(("127.0.0.1", 0))
        bmtui.add_company(f"http://127.0.0.1:{taken.getsockname()[1]}", "token")
        ran = bmtui("company", "test")
        assert ran.code == 5
        assert "not reachable" in ran.err or "reach" in ran.err
        waited = bmtui("orders", "download", "--since", "30d", "--wait", "--json")
        assert waited.code == 5
        assert waited.json["status"] == "failed"


def test_html_answer_of_the_channel_is_reported_in_a_sentence(
    shop_bmtui: CommandLine, marketplace: SandboxServer
) -> None:

    marketplace.faults.rules = [Rule("html-200", path="/ws/")]
    ran = shop_bmtui("orders", "download", "--since", "2000-01-01", "--wait")
    assert ran.code == 5
    assert "web page" in ran.err
    # asyncio's development mode tells on a slow machine how long a step took.
    assert "<" not in "".join(line for line in ran.err.splitlines() if not line.startswith("Executing <"))
    assert shop_bmtui.ok("orders", "search", "--json").json == []


@pytest.mark.parametrize("date", ["tomorrow", "2026-02-30", "2999-01-01", "", "01.11.2026"])
def test_malformed_date_is_bad_usage(shop_bmtui: CommandLine, date: str) -> None:
    ran = shop_bmtui("orders", "download", "--since", date, "--wait")
    assert ran.code == 2
    assert "Start Date" in ran.err
    assert shop_bmtui.ok("jobs", "list", "--json").json == []


def test_unknown_things_are_not_found(shop_bmtui: CommandLine) -> None:
    for words in (
        ("orders", "show", "80112233"),
        ("orders", "cancel", "80112233", "--status", "cancelled", "--yes"),
        ("orders", "refund", "80112233", "--yes"),
        ("jobs", "show", "99"),
        ("jobs", "logs", "99"),
        ("jobs", "cancel", "99", "--yes"),
        ("company", "show", "Nobody"),
        ("company", "set", "Nobody", "enabled=false"),
        ("outbox", "withdraw", "99"),
    ):
        ran = shop_bmtui(*words)
        assert ran.code == 4, (words, ran)
        assert "There is no" in ran.err


def test_wrong_choice_lists_the_values_as_they_are_typed(bmtui: CommandLine) -> None:
    for words in (("priority", "1", "soon"), ("list", "--status", "soon"), ("list", "--type", "soon")):
        ran = bmtui("jobs", *words)
        assert ran.code == 2, ran
        assert "invalid choice: 'soon' (choose from '" in ran.err
        assert "<" not in ran.err


def test_evidence_in_a_missing_folder_names_the_folder(stocked_bmtui: CommandLine) -> None:
    order_id = str(stocked_bmtui("orders", "search", "--limit", "1", "--json").json[0]["order_id"])
    ran = stocked_bmtui("orders", "evidence", order_id, "/nowhere/at/all.pdf")
    assert (ran.code, ran.err.partition(":")[0]) == (2, "Not possible as given"), ran


def test_amount_above_the_refundable_one_or_with_too_many_decimals_is_refused(stocked_bmtui: CommandLine) -> None:
    rows = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json
    order = rows[0]["order_id"]
    before = stocked_bmtui.ok("orders", "show", str(order), "--json").json
    above = stocked_bmtui("orders", "refund", str(order), "--amount", "99999", "--yes")
    assert above.code == 3
    assert before["refundable"] in above.err
    for amount, code in (
        *((amount, 3) for amount in ("0", "-5", "1.2345", "9" * 20, "5 EUR", "€5")),
        *((amount, 2) for amount in ("abc", "1,2,3", "1.234", "1e3", "")),
    ):
        assert stocked_bmtui("orders", "refund", str(order), f"--amount={amount}", "--yes").code == code, amount
    yen = stocked_bmtui.ok("orders", "search", "currency:JPY channel:shipped payment:charged", "--json").json[0]
    assert stocked_bmtui("orders", "refund", str(yen["order_id"]), "--amount", "10.5", "--yes").code == 3
    for words in (("--line", "1"), ("--date", "2999-01-01"), ("--date", "2000-01-01")):
        assert stocked_bmtui("orders", "refund", str(order), *words, "--yes").code == 3, words
    for words in (
        ("--operation", "gift"),
        ("--method", "barter"),
        ("--reason", "99"),
        ("--date", "soon"),
        ("--line", "x"),
    ):
        assert stocked_bmtui("orders", "refund", str(order), *words, "--yes").code == 2, words
    assert stocked_bmtui.ok("orders", "show", str(order), "--json").json == before


def test_a_shipped_order_cannot_be_cancelled(stocked_bmtui: CommandLine) -> None:
    shipped = stocked_bmtui.ok("orders", "search", "shipping:fully", "--json").json[0]
    ran = stocked_bmtui("orders", "cancel", str(shipped["order_id"]), "--status", "cancelled", "--yes")
    assert ran.code == 3
    assert "unshipped" in ran.err
    assert stocked_bmtui.ok("orders", "show", str(shipped["order_id"]), "--json").json["status"] == shipped["status"]


def test_sending_command_without_a_terminal_needs_yes(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]
    ran = stocked_bmtui("orders", "refund", str(order["order_id"]), "--wait")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert marketplace.marketplace.effects == []


def test_legacy_and_api_at_once_are_refused(
    shop_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    shop_bmtui.add_company(marketplace.url.replace("127.0.0.1", "localhost"), marketplace.token, name="Other")
    refused = shop_bmtui("company", "set", "Other", "integration=legacy")
    assert refused.code == 3
    assert "Legacy" in refused.err
    assert shop_bmtui.ok("company", "show", "Other", "--json").json["integration"] == "api"
    shop_bmtui.ok("company", "set", "Shop", "enabled=false")
    shop_bmtui.ok("company", "set", "Other", "integration=legacy")
    assert shop_bmtui("company", "set", "Shop", "enabled=true").code == 3


def test_downloads_that_are_switched_off_do_not_run(shop_bmtui: CommandLine) -> None:
    shop_bmtui.ok("orders", "download", "--since", "2000-01-01")
    shop_bmtui.ok("company", "set", "Shop", "allow_order_download=false")
    refused = shop_bmtui("orders", "download", "--since", "2000-01-01", "--wait")
    assert refused.code == 3
    assert "Allow Order Download" in refused.err
    # The one that was queued before does not run either, and says why.
    shop_bmtui.ok("worker", "--once")
    job = shop_bmtui.ok("jobs", "show", "1", "--json").json
    assert job["status"] == "failed"
    assert "Allow Order Download" in job["error"]
    assert shop_bmtui.ok("orders", "search", "--json").json == []


def test_invalid_settings_are_refused_with_a_sentence(shop_bmtui: CommandLine) -> None:
    before = shop_bmtui.ok("company", "show", "Shop", "--json").json
    bad = "colour=red enabled=maybe url=http://example.com url=ftp://x contact=nobody time_zone=Mars token=a x market=x"
    for change in bad.split():
        ran = shop_bmtui("company", "set", "Shop", "enabled=false", change)
        assert ran.code == 2, (change, ran)
    assert shop_bmtui.ok("company", "show", "Shop", "--json").json == before


def test_unreadable_query_is_bad_usage(stocked_bmtui: CommandLine) -> None:
    for query in ("colour:red", "status:happy", 'name:"open', "created:someday", "total:much", "id:x", "sku:"):
        ran = stocked_bmtui("orders", "search", query)
        assert ran.code == 2, query
        assert "query" in ran.err


def test_broken_configuration_file_is_reported_with_a_sentence(bmtui: CommandLine) -> None:
    bmtui.home.mkdir()
    for text in ("store = ", "[[[", 'colour = "red"', "store = 3", 'store = "mysql://x"'):
        (bmtui.home / "bmtui.toml").write_text(text)
        ran = bmtui("orders", "search")
        assert ran.code == 2, text
        assert "bmtui.toml" in ran.err


def test_a_damaged_or_foreign_database_is_not_touched(bmtui: CommandLine) -> None:
    bmtui.home.mkdir()
    store = bmtui.home / "bmtui.sqlite"
    store.write_bytes(b"This is not a database. " * 400)
    before = store.read_bytes()
    ran = bmtui("orders", "search")
    assert ran.code == 1
    assert "damaged" in ran.err
    assert store.read_bytes() == before


def test_desk_without_a_terminal_is_refused(bmtui: CommandLine) -> None:
    ran = bmtui()
    assert ran.code == 2
    assert "terminal" in ran.err
    assert "bmtui orders search" in ran.err
    assert bmtui("demo").code == 2


def test_unknown_commands_and_options_are_bad_usage(bmtui: CommandLine) -> None:
    for words in (
        ("fly",),
        ("orders",),
        ("orders", "show"),
        ("orders", "show", "abc"),
        ("orders", "search", "--limit", "0"),
    ):
        assert bmtui(*words).code == 2


def test_why_a_file_cannot_be_read_is_said_in_words(shop_bmtui: CommandLine, tmp_path: Path) -> None:
    missing, folder = str(tmp_path / "nowhere"), str(tmp_path)
    for arguments in (
        ("company", "add", "New", "--platform", "eu", "--contact", "a@b.example", "--token-file", missing),
        ("company", "import", missing),
        ("returns", "import", missing),
        ("care", "answer", "1", "--text-file", missing),
    ):
        ran = shop_bmtui(*arguments)
        assert ran.code == 2, ran.err
        assert "there is no such file" in ran.err
        assert "Error" not in ran.err
    assert "it is a folder, not a file" in shop_bmtui("company", "import", folder).err


def test_rate_that_is_no_number_is_bad_usage(bmtui: CommandLine) -> None:
    for name in ("demo", "sandbox"):
        ran = bmtui(name, "--live", "often")
        assert ran.code == 2
        assert "'often' is not a number" in ran.err
