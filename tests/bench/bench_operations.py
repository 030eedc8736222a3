"""CPU cost of whole operations, by order: the real command with its worker, beside the least that it could be.

    python tests/bench/bench_operations.py [--orders 60] [--stores sqlite,postgres] [--only accept,refund]

Each operation is one command on `--orders` orders (create and reconcile on `--history` more), in a process of its own,
with `--wait` where it sends, against a practice marketplace with the limit of the real one. Beside it, in the same run:
the same statements as bare SQL on a copy of the same database, in the same transactions; and the same calls by bare
httpx, one after another, to a twin of the marketplace. What is left is Python of ours: building statements, rules,
forms, printing. The start of the command is in its figure, and told apart as `bmtui info` has it; drawing an invoice is
work that no floor has.

    ms        of CPU an order; servers of databases and marketplaces not counted
    floor     statements and calls together; share: of ours
    wall      seconds from the start to the end of the command; least: its calls at 19.5 a second

With `--profiles FOLDER` each command runs under cProfile, which makes the figures useless and leaves FOLDER/NAME.prof.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import csv
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres_server
from helpers import add_company, ups_number
from invoice_shop import SELLER
from operation_floor import Recorded

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.orders import rows as orders
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox import server as sandbox_server
from bmtui.sandbox.gateway import Edge
from bmtui.sandbox.server import SandboxServer

FLOOR = Path(__file__).with_name("operation_floor.py")
STORES = ("sqlite", "postgres")
OPERATIONS = ("create", "accept", "ship", "refund", "invoice", "reconcile")
CALLS_A_SECOND = 19.5
START = ("info", "--json")


@dataclass(frozen=True)
class Row:
    """Measured costs of an operation on a store; times in seconds, for all orders together."""

    store: str
    operation: str
    orders: int
    ours: float
    sql: float
    http: float
    queries: int
    commits: int
    calls: int
    wall: float
    failed: int


class _Noting(Edge):
    """Transport that records each call, so that bare httpx can repeat it."""

    calls: list[tuple[str, str, bytes]]

    async def _serve(self, scope: Any, request: Any, receive: Any, send: Any) -> None:
        path = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        self.calls.append((scope["method"], path, bytes(request["body"])))
        await super()._serve(scope, request, receive, send)


class Bench:
    """Installation, its marketplace, and a second marketplace with the same content for bare httpx."""

    def __init__(self, folder: Path, store: str, url: str, args: argparse.Namespace) -> None:
        self.folder, self.store, self.url = folder, store, url
        self.count, self.history, self.profiles = args.orders, args.history, args.profiles
        self.home = folder / "home"
        self.home.mkdir()
        if store != "sqlite":
            (self.home / "bmtui.toml").write_text(f'store = "{url}"\n', encoding="utf-8")
        self.rows: list[Row] = []
        self._calls: list[tuple[str, str, bytes]] = []
        # The clock of both: what a link is signed for must be the same.
        self._noting = type("Noting", (_Noting,), {"calls": self._calls})

    def run(self, only: Sequence[str]) -> list[Row]:
        with contextlib.ExitStack() as stack:
            with patch.object(sandbox_server, "Edge", self._noting):
                server = stack.enter_context(SandboxServer(SandboxOptions(orders=self.history)))
            self._twin = stack.enter_context(SandboxServer(SandboxOptions(orders=self.history, rate_limit=10**9)))
            self._set_up(server)
            ids = server.marketplace.add_orders(self.count)
            assert self._twin.marketplace.add_orders(self.count) == ids
            words = [str(order_id) for order_id in ids]
            self._measure("create", self.count + self.history, "orders", "download", "--since", "2000-01-01", "--wait")
            self._measure("accept", self.count, "orders", "accept", *words, "--yes", "--wait")
            shipped = ("orders", "import-shipments", str(self._parcels(ids)), "--yes", "--wait", "--accept-doubt")
            self._measure("ship", self.count, *shipped)
            if "invoice" in only:
                self._measure("invoice", self.count, "invoices", "make", *words)
            if "refund" in only:
                self._measure("refund", self.count, "orders", "refund-many", *words, "--yes", "--wait")
            if "reconcile" in only:
                self._measure("reconcile", self.count + self.history, "reconcile", "--since", "2000-01-01")
            self._measure("start", 1, *START)
        return [row for row in self.rows if row.operation in (*only, "start")]

    def _set_up(self, server: SandboxServer) -> None:
        desk = open_desk(settings.load(str(self.home), environ={}))
        add_company(desk, url=server.url, token=server.token, identifier_policy="*=none")
        invoice_settings.change(desk, None, "", SELLER)
        desk.store.close()

    def _parcels(self, ids: Sequence[int]) -> Path:
        """Write the shipments file that ships every order, with the tracking number of Back Market's label if any."""
        desk = open_desk(settings.load(str(self.home), environ={}))
        path = self.folder / "parcels.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["order", "tracking", "carrier"])
            for order_id in ids:
                label = orders.order_row(desk, order_id).tracking_number
                writer.writerow([order_id, label or ups_number(order_id), "" if label else "UPS"])
        desk.store.close()
        return path

    def _measure(self, operation: str, count: int, *words: str) -> None:
        kept, calls = self.folder / "recorded", self.folder / "calls"
        with self._copy() as copy:
            self._calls.clear()
            with_profile = (f"--profile={self.profiles / f'{self.store}-{operation}.prof'}",) if self.profiles else ()
            done = self._python("command", kept, *with_profile, *words)
            recorded = Recorded(**pickle.loads(kept.read_bytes()))
            assert recorded.code in (0, 6), done
            calls.write_bytes(pickle.dumps(list(self._calls)))
            sql, no_sql = self._python("statements", kept, copy).split()
        http, no_http = self._python("calls", calls, self._twin.url, self._twin.token).split()
        row = Row(self.store, operation, count, recorded.seconds, float(sql), float(http), recorded.queries,
                  recorded.commits, len(self._calls), recorded.wall, int(no_sql) + int(no_http))  # fmt: skip
        self.rows.append(row)

    def _python(self, what: str, file: Path, *words: str) -> str:
        # As installed: what is imported was compiled before.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "BMTUI_HOME": str(self.home)}
        command = [sys.executable, str(FLOOR), what, str(file), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert what == "command" or done.returncode == 0, done.stderr
        return done.stdout if what != "command" else f"{words}: {done.returncode} {done.stderr[-2000:]}"

    @contextlib.contextmanager
    def _copy(self) -> Iterator[str]:
        """Copy the database, which nobody may have open meanwhile; yield the URL of the copy."""
        if self.store == "sqlite":
            file = self.folder / "copy.sqlite"
            # The last to close has put the log into the file.
            shutil.copyfile(self.home / "bmtui.sqlite", file)
            yield f"sqlite:///{file}"
            for path in self.folder.glob("copy.sqlite*"):
                path.unlink()
            return
        name = urlsplit(self.url).path.removeprefix("/")
        postgres_server._administer(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
        yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}_copy"))
        postgres_server._drop(f"{name}_copy")


def compile_package() -> None:
    import bmtui

    compileall.compile_dir(Path(bmtui.__file__).parent, quiet=2)


def bench(store: str, args: argparse.Namespace) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bmtui-bench-") as name:
        folder = Path(name)
        if store == "sqlite":
            return Bench(folder, store, f"sqlite:///{folder / 'home' / 'bmtui.sqlite'}", args).run(args.only)
        with postgres_server.database() as url:
            return Bench(folder, store, url, args).run(args.only)


def table(rows: Sequence[Row]) -> Iterable[str]:
    yield (
        f"{'store':8} {'operation':9} {'ms':>7} {'start':>6} {'sql':>6} {'http':>6} {'share':>6} {'queries':>8} "
        f"{'commits':>8} {'calls':>6} {'wall':>6} {'least':>6}"
    )
    starts = {row.store: row.ours for row in rows if row.operation == "start"}
    for row in rows:
        each = 1000 / row.orders
        start = starts[row.store] * each if row.operation != "start" else 0.0
        failed = f"  {row.failed} could not be repeated" if row.failed else ""
        yield (
            f"{row.store:8} {row.operation:9} {row.ours * each:7.1f} {start:6.1f} {row.sql * each:6.2f} "
            f"{row.http * each:6.2f} {(row.sql + row.http) / row.ours:6.2f} {row.queries / row.orders:8.1f} "
            f"{row.commits / row.orders:8.1f} {row.calls / row.orders:6.2f} {row.wall:6.1f} "
            f"{row.calls / CALLS_A_SECOND:6.1f}{failed}"
        )


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=60)
    parser.add_argument("--history", type=int, default=500, help="orders that are downloaded and compared, besides")
    parser.add_argument("--stores", type=_listed, default=list(STORES))
    parser.add_argument("--only", type=_listed, default=list(OPERATIONS), help="accept,refund …; those before run too")
    parser.add_argument("--profiles", type=Path, metavar="FOLDER", help="profile each command")
    args = parser.parse_args()
    compile_package()
    own_server = "postgres" in args.stores and postgres_server.FOLDER not in os.environ
    if own_server:
        postgres_server.begin_run()
    try:
        rows = [row for store in args.stores for row in bench(store, args)]
        postgres_server.forget_template()
    finally:
        if own_server:
            postgres_server.end_run()
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
