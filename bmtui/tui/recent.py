"""What the screens remember for a person from one day to the next: queries, opened orders, who packs."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

NAME = "screens.json"
MOST = 100


class Memory:
    """Lists of what was last used, the newest first, in the state folder; a file that cannot be read is an empty one.

    Both lists hold customers' names and order ids, so nobody else may read the file.
    """

    def __init__(self, state: Path, *, read_only: bool = False, uid: int | None = None) -> None:
        # Where many work through one account of a service, each has a file of their own.
        self._path = state / (NAME if uid in (None, os.getuid()) else f"screens-{uid}.json")
        self._read_only = read_only
        found: Any = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._path.read_text(encoding="utf-8"))
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
        """Who packed last at this account's scan station."""
        self.drafts: dict[str, tuple[str, str]] = {}
        """Text and files of what was written to customers and not sent; never written down."""
        self.hinted: set[str] = set()
        """Keys of the release before that were told to be others now; never written down."""

    def asked(self, query: str) -> None:
        """This query was asked, and its answer used."""
        query = query.strip()
        if query:
            self.queries = [query, *(old for old in self.queries if old != query)][:MOST]
            self.keep()

    def opened(self, order_id: int, company: str) -> None:
        """This order was opened."""
        self.orders = [(order_id, company), *(old for old in self.orders if old != (order_id, company))][:MOST]
        self.keep()

    def packs(self, name: str) -> None:
        """This person packs now."""
        self.packer = name
        self.keep()

    def keep(self) -> None:
        """Write it down; that it cannot be is no reason to stop anybody."""
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
