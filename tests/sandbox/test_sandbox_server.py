"""Starting and stopping, in a thread and alone, and the options."""

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bmtui.sandbox import FAULTS, QUIRKS, SandboxOptions, quirks
from bmtui.sandbox.dates import Clock, parse
from bmtui.sandbox.marketplace import Marketplace
from bmtui.sandbox.server import SandboxServer


def test_sandbox_server_listens_between_start_and_stop() -> None:
    server = SandboxServer(SandboxOptions(orders=1, token="opaque=="))
    server.start()
    assert server.running
    assert server.token == "opaque=="
    assert httpx.get(server.url + "/_sandbox/effects", trust_env=False).json() == []
    server.stop()
    server.stop()
    assert not server.running
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r".+"):
        SandboxServer(SandboxOptions(orders=0, port=taken.getsockname()[1])).start()


def test_the_token_follows_from_the_seed() -> None:
    assert SandboxOptions(seed=1).secret == SandboxOptions(seed=1).secret != SandboxOptions(seed=2).secret


def test_many_callers_at_once_accept_each_line_once() -> None:
    with SandboxServer(SandboxOptions(orders=0, rate_limit=10_000)) as server:
        (order_id,) = server.marketplace.add_orders(1)
        sku = server.marketplace.order(order_id)["orderlines"][0]["listing"]
        headers = {"Authorization": f"Basic {server.token}", "User-Agent": "BM-a-b;c@example.com"}
        body = {"order_id": order_id, "new_state": 2, "sku": sku}
        statuses: list[int] = []

        def accept() -> None:
            answer = httpx.post(f"{server.url}/ws/orders/{order_id}", json=body, headers=headers, trust_env=False)
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=accept) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, *[400] * 7]
        assert len(server.marketplace.effects) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_sandbox_process_prints_its_address_and_ends_silently_at_a_signal(number: signal.Signals) -> None:
    script = (
        "from bmtui.sandbox.server import serve, SandboxOptions\n"
        "serve(SandboxOptions(orders=5), lambda url, token: print(url, token, flush=True))"
    )
    alone = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with alone:
        assert alone.stdout is not None
        url, token = alone.stdout.readline().split()
        headers = {"Authorization": f"Basic {token}", "User-Agent": "BM-a-b;c@example.com"}
        assert httpx.get(f"{url}/ws/orders", headers=headers, trust_env=False).status_code == 200
        os.kill(alone.pid, number)
        assert alone.communicate() == ("", "")
    assert alone.returncode == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1}, {"port": 70_000}, {"orders": -1}, {"orders": 10**9}, {"host": ""}, {"token": ""},
        {"token": "a\nb"},
        {"quirks": {"no": "x"}}, {"quirks": {"offsets": "x"}}, {"faults": ["no"]}, {"faults": ["drop:2"]},
        {"limits": {"no": 1}}, {"limits": {"refund-per-day": -1}}, {"live": -1}, {"live": 10**6},
        {"live": float("nan")},
        {"now": datetime(2026, 1, 1)}, {"rate_limit": 0}, {"rate_window_s": 0}, {"rate_window_s": float("nan")},  # noqa: DTZ001
    ],
)  # fmt: skip
def test_invalid_sandbox_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        SandboxOptions(**wrong)


def test_each_quirk_and_fault_has_a_line_of_help() -> None:
    assert all(text and "\n" not in text for text in FAULTS.values())
    for quirk in QUIRKS.values():
        assert quirk.help
        assert quirk.default in quirk.values
        assert len(quirk.values) >= 2


def test_every_quirk_is_read_by_the_sandbox() -> None:
    modules = [path.read_text(encoding="utf-8") for path in Path(quirks.__file__).parent.rglob("*.py")]
    assert [name for name in QUIRKS if not any(f'quirks["{name}"]' in text for text in modules)] == []


def test_sandbox_clocks_stand_still_or_run() -> None:
    start = datetime(2026, 9, 14, 10, tzinfo=UTC)
    still = Clock(start)
    assert [still.now(), still.now()] == [start, start]
    assert (still.tick() - start).total_seconds() == 1
    passed = iter([5.0, 7.5, 9.0])
    running = Clock(elapsed=lambda: next(passed))
    assert (running.now() - running.tick()).total_seconds() == -1.5


@pytest.mark.parametrize("text", ["2026-09-14T10:00:00Z", "2026-09-14 10:00:00", "2026-09-14T12:00:00.000+02:00"])
def test_dates_are_read_in_their_forms(text: str) -> None:
    assert parse(text) == datetime(2026, 9, 14, 10, tzinfo=UTC)


def test_modification_dates_never_stand_still_with_a_running_clock() -> None:
    place = Marketplace(orders=0)
    seen = set()
    for order_id in place.add_orders(5):
        order = place.order(order_id)
        seen.add(order["date_modification"])
        body = {"order_id": order_id, "new_state": 2, "sku": order["orderlines"][0]["listing"]}
        seen.add(place.update(order_id, body)["date_modification"])
    assert len(seen) >= 6
