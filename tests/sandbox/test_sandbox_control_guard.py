"""Guard of the testers' routes: web pages in a browser on this machine cannot use them."""

from __future__ import annotations

import httpx
import pytest

from bmtui.sandbox.server import SandboxServer


def test_page_of_another_site_cannot_post_to_the_routes_for_testers(marketplace: SandboxServer) -> None:
    url = f"{marketplace.url}/_sandbox/orders"
    before = len(httpx.get(url).json())
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        refused = httpx.post(url, json={"count": 1}, headers={"Origin": origin})
        assert refused.status_code == 403
    assert len(httpx.get(url).json()) == before
    own = httpx.post(url, json={"count": 1}, headers={"Origin": marketplace.url})
    assert own.is_success
    assert len(httpx.get(url).json()) == before + 1


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "localhost.evil.example"])
def test_foreign_host_name_on_the_routes_for_testers_is_refused(marketplace: SandboxServer, host: str) -> None:
    assert httpx.get(f"{marketplace.url}/_sandbox/orders", headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "[::1]", "[::1]:80"])
def test_host_names_of_this_machine_are_served(marketplace: SandboxServer, host: str) -> None:
    assert httpx.get(f"{marketplace.url}/_sandbox/live", headers={"Host": host}).status_code == 200
