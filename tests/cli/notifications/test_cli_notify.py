"""`bmtui notify`, as a script and an admin use it."""

from __future__ import annotations

from command_line import CommandLine
from receivers import hook


def test_ways_are_listed_tried_and_their_faults_named(shop_bmtui: CommandLine) -> None:
    bmtui = shop_bmtui
    assert bmtui.ok("notify", "list", "--json").json == []
    file = bmtui.home / "bmtui.toml"
    with hook() as receiver:
        text = file.read_text() if file.exists() else ""
        file.write_text(f'{text}\n[[notify]]\nname = "chat"\nwebhook = "{receiver.url}"\n')
        (row,) = bmtui.ok("notify", "list", "--json").json
        assert (row["name"], row["kind"], row["waiting"], row["dead"], row["problem"]) == ("chat", "webhook", 0, 0, "")
        dry = bmtui.ok("notify", "test", "chat", "--dry-run", "--json").json
        assert (dry["body"]["event"], receiver.got) == ("notify.test", [])
        assert bmtui.ok("notify", "test", "chat", "--json").json["sent"]
        assert receiver.taken[0].json["data"] == {"way": "chat"}
        assert bmtui("--read-only", "notify", "test", "chat").code == 3
        receiver.answers = [500]
        failed = bmtui("notify", "test", "chat")
        assert (failed.code, "answered 500" in failed.err) == (1, True)
    assert bmtui("notify", "test", "none").code == 4
    file.write_text(f'{file.read_text()}\n[[notify]]\nname = "bad"\nwebhook = "nowhere"\n')
    line = file.read_text().split("\n").index('webhook = "nowhere"') + 1
    listed = bmtui("notify", "list")
    assert (listed.code, f"bmtui.toml, line {line}: That is not a URL" in listed.out) == (1, True)
    assert f"line {line}: That is not a URL" in bmtui("doctor").out
    assert f"line {line}: That is not a URL" in bmtui.ok("worker", "--once").err
    assert bmtui("notify", "test", "bad").code == 2
    assert "good" not in bmtui.ok("orders", "search").out


def test_events_and_dead_letters_are_listed(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    rows = bmtui.ok("notify", "events", "--name", "order.created", "--json").json
    assert len(rows) == len(bmtui.ok("orders", "search", "--json").json)
    assert set(rows[0]) == {"id", "event", "at", "company", "order_id", "actor", "data"}
    after = bmtui.ok("notify", "events", "--after", str(rows[-1]["id"]), "--limit", "3", "--json").json
    assert [row["id"] for row in after] == sorted(row["id"] for row in after)
    assert bmtui("notify", "events", "--name", "order.eaten").code == 2
    assert "order.created" in bmtui.ok("notify", "events", "--order", str(rows[0]["order_id"])).out
    assert bmtui.ok("notify", "dead", "--json").json == []
    assert bmtui("notify", "dead", "5", "--retry").code == 4
    assert bmtui("notify", "dead", "5", "--retry", "--drop").code == 2
