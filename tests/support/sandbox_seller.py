"""A raw client of a running sandbox."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from bmtui.sandbox.server import SandboxServer

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
USER_AGENT = "BM-Example-Desk;mail@example.com"


class Seller:
    """Raw client of a running sandbox; on purpose not the client of the desk."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.market = server.marketplace
        headers = {"Authorization": f"Basic {server.token}", "User-Agent": USER_AGENT}
        # Without certificates, which take 25 ms to read: the sandbox has none.
        self.http = httpx.Client(base_url=server.url, headers=headers, trust_env=False, verify=False)

    def list(self, **params: Any) -> httpx.Response:
        return self.http.get("/ws/orders", params={name.replace("__", "-"): value for name, value in params.items()})

    def update(self, order: dict[str, Any], new_state: int, **more: Any) -> httpx.Response:
        body = {"order_id": order["order_id"], "new_state": new_state, **more}
        return self.http.post(f"/ws/orders/{order['order_id']}", json=body)

    def faults(self, *rules: dict[str, Any]) -> None:
        self.http.post("/_sandbox/faults", json=list(rules)).raise_for_status()

    def effects(self) -> Any:
        return self.http.get("/_sandbox/effects").json()

    def new_order(self) -> dict[str, Any]:
        (order_id,) = self.http.post("/_sandbox/orders", json={"count": 1}).json()
        return self.market.order(order_id)


Open = Callable[..., Seller]
