"""Recent items that the screens remember from day to day: queries, opened orders, the packer's name."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from bmtui import plain_file

NAME = "screens.json"
MOST = 100


class Memory:
    """Lists of recent items, newest first, in the state folder; a file that cannot be read counts as empty.

    Both lists hold customers' names and order ids, so nobody else may read the file.
    """

    def __init__(self, state: Path, *, read_only: bool = False, uid: int | None = None) -> None:
        # Where several operators share a service account, each has a file of their own.
        self._path = state / (NAME if uid in (None, os.getuid()) else f"screens-{uid}.json")
        self._read_only = read_only
        found: Any = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(plain_file.read_text(self._path))
        values = found if isinstance(found, dict) else {}
        self.queries: list[str] = [text for text in _list(values, "queries") if isinstance(text, str)]
        self.orders: list[tuple[int, str]] = [
            (item[0], item[1])
            for item in _list(values, "orders")
            if isinstance(item, list) and len(item) == 2 and isinstance(item[0], int) and isinstance(item[1], str)
        ]
        self.columns = tuple(name for name in _list(values, "columns") if isinstance(name, str))
        self.tutored = bool(values.get("tutored"))
        packer = values.get("packer")
        self.packer = packer if isinstance(packer, str) else ""
        """Name of the last packer at this account's scan station."""
        self.drafts: dict[str, tuple[str, str]] = {}
        """Drafts to customers that were not sent, as text and files; kept in memory only."""
        self.hinted: set[str] = set()
        """Keys that changed with this release and were pointed out already; kept in memory only."""

    def asked(self, query: str) -> None:
        """Remember a query whose result was used."""
        query = query.strip()
        if query:
            self.queries = [query, *(old for old in self.queries if old != query)][:MOST]
            self.keep()

    def opened(self, order_id: int, company: str) -> None:
        """Remember an order that was opened."""
        self.orders = [(order_id, company), *(old for old in self.orders if old != (order_id, company))][:MOST]
        self.keep()

    def packs(self, name: str) -> None:
        """Remember the name of the packer."""
        self.packer = name
        self.keep()

    def keep(self) -> None:
        """Write the file with mode 0600; a failure is ignored, because it must not stop the operator."""
        if self._read_only:
            return
        values = {
            "queries": self.queries,
            "orders": self.orders,
            "columns": self.columns,
            "tutored": self.tutored,
            "packer": self.packer,
        }
        text = json.dumps(values, ensure_ascii=False)
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._path.with_suffix(f".{os.getpid()}")
            with open(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            temporary.replace(self._path)


def _list(values: dict[str, Any], name: str) -> list[Any]:
    found = values.get(name)
    return found if isinstance(found, list) else []
