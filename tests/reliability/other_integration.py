"""Other system on the same account, in a process of its own: it accepts and ships by the plain API, and logs that.

    python tests/reliability/other_integration.py URL TOKEN LOG --seed 1 [--accept 0.9] [--ship 0.9] [--most N]

It knows nothing of bmtui. Each line of LOG is a JSON object of what Back Market answered with 200: what, order_id.
"""

from __future__ import annotations

import argparse
import json
import random
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any


class Other:
    """Client of the other system: reads lists of orders, and writes new states of lines."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def orders(self, state: int) -> list[dict[str, Any]]:
        """Return all orders of a state, read page by page before anything is written."""
        found, page = [], f"{self._url}/ws/orders?state={state}&page-size=100"
        while page:
            answer = self._call("GET", page)
            found += answer["results"]
            page = answer.get("next") or ""
        return found

    def write(self, order_id: int, body: dict[str, Any]) -> bool:
        """Send a change of the order; return True when Back Market accepted it."""
        try:
            self._call("POST", f"{self._url}/ws/orders/{order_id}", body)
        except urllib.error.HTTPError:
            return False
        return True

    def _call(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {
            "Authorization": f"Basic {self._token}",
            "Content-Type": "application/json",
            "User-Agent": "BM-Other-1.0;other@shop.example",
        }
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else {}


def works(other: Other, draw: random.Random, accept: float, ship: float) -> Iterator[dict[str, Any]]:
    """Accept and ship a share of the waiting orders; yield a log entry for each."""
    for raw in other.orders(1):
        lines = [line for line in raw["orderlines"] if line["state"] == 1]
        if lines and draw.random() < accept:
            skus = dict.fromkeys(line["listing"] for line in lines)
            bodies = [{"order_id": raw["order_id"], "new_state": 2, "sku": sku} for sku in skus]
            if all([other.write(raw["order_id"], body) for body in bodies]):
                yield {"what": "accepted", "order_id": raw["order_id"]}
    for raw in other.orders(3):
        waits = [line for line in raw["orderlines"] if line["state"] == 2]
        if waits and not raw.get("is_backship") and draw.random() < ship:
            number = {"tracking_number": f"OTHER{raw['order_id']}", "shipper": "UPS"}
            if other.write(raw["order_id"], {"order_id": raw["order_id"], "new_state": 3, **number}):
                yield {"what": "shipped", "order_id": raw["order_id"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--accept", type=float, default=0.9)
    parser.add_argument("--ship", type=float, default=0.9)
    parser.add_argument("--most", type=int, default=0, help="stop after so many; 0: all")
    args = parser.parse_args()
    done = 0
    with open(args.log, "a", encoding="utf-8") as log:
        for what in works(Other(args.url, args.token), random.Random(args.seed), args.accept, args.ship):
            log.write(json.dumps(what) + "\n")
            log.flush()
            done += 1
            if done == args.most:
                return


if __name__ == "__main__":
    main()
