"""Runs a command of bmtui, or only its statements or calls, for their CPU cost; started by `bench_operations.py`.

    operation_floor.py command OUT WORD…    run `bmtui WORD…`; write its CPU seconds and its statements into OUT
    operation_floor.py statements OUT URL   run OUT's statements, and nothing else, on the database at URL
    operation_floor.py calls OUT URL TOKEN  make the calls in OUT, and nothing else, by bare httpx

The last two print the CPU seconds that it took, and how many statements or calls failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BEGIN, READ, COMMIT, ROLLBACK = "begin", "read", "commit", "rollback"
_ENDS = (COMMIT, ROLLBACK)


@dataclass
class Recorded:
    """Recorded work of a command. A statement is its text and its values, or a word of a transaction and None."""

    seconds: float = 0.0
    wall: float = 0.0
    code: int = 0
    statements: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def commits(self) -> int:
        return sum(sql == COMMIT for sql, _ in self.statements)

    @property
    def queries(self) -> int:
        return sum(values is not None for _, values in self.statements)


def cpu_s() -> float:
    """Return the CPU seconds of this process and of the processes that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run_command(words: list[str]) -> Recorded:
    """Run a command in this process, as the script `bmtui` does."""
    from bmtui.cli import main

    recorded = Recorded()
    began = time.perf_counter()
    main._skip_driver_of_postgresql(words)
    _watch_store(recorded)
    recorded.code = main.main(words)
    recorded.wall = time.perf_counter() - began
    recorded.seconds = cpu_s()
    return recorded


def _profiled(file: str, *words: str) -> Recorded:
    import cProfile
    import threading

    # The two threads of the store do half of the work.
    # Of the CPU, as the figures: what waits for the channel or the disk costs nothing.
    whole = [cProfile.Profile(time.thread_time)]
    run = threading.Thread.run

    def run_profiled(self: threading.Thread) -> None:
        own = cProfile.Profile(time.thread_time)
        whole.append(own)
        own.runcall(run, self)

    threading.Thread.run = run_profiled  # type: ignore[method-assign]
    recorded: Recorded = whole[0].runcall(run_command, list(words))
    import pstats

    stats = pstats.Stats(whole[0])
    for own in whole[1:]:
        with contextlib.suppress(TypeError):  # one that never ran
            stats.add(own)
    stats.dump_stats(file.partition("=")[2])
    return recorded


def _watch_store(recorded: Recorded) -> None:
    # Only now: main() decides which drivers peewee may import.
    from bmtui.store import connection

    dialect = connection.dialect

    def watched(url: str) -> Any:
        database = dialect(url)
        _watch(database, recorded)
        return database

    connection.dialect = watched


def _watch(database: Any, recorded: Recorded) -> None:
    statements = recorded.statements
    execute, begin = database.execute_sql, database.begin

    def execute_sql(sql: str, params: Any = None) -> Any:
        word = sql.split(None, 1)[0].lower() if sql else ""
        if word not in (BEGIN, *_ENDS):
            statements.append((sql, tuple(params or ())))
        return execute(sql, params)

    def begun(*args: Any, **kwargs: Any) -> Any:
        found = begin(*args, **kwargs)
        reads = {"DEFERRED", "read"} & {*args, *kwargs.values()}
        statements.append((READ if reads else BEGIN, None))
        return found

    def ended(word: str, function: Any) -> Any:
        def end(*args: Any) -> Any:
            statements.append((word, None))
            return function(*args)

        return end

    database.execute_sql, database.begin = execute_sql, begun
    database.commit, database.rollback = ended(COMMIT, database.commit), ended(ROLLBACK, database.rollback)


def bare_statements(recorded: Recorded, url: str) -> tuple[float, int]:
    """Run the statements alone; return their CPU seconds, and how many failed."""
    execute, words = _sqlite(url) if url.startswith("sqlite:///") else _postgres(url)
    failed = 0
    inside = False
    began = cpu_s()
    for sql, values in recorded.statements:
        try:
            if values is not None:
                execute(sql, values)
            elif sql in _ENDS:
                # Who read beside a write began and ended a transaction of its own.
                if inside:
                    execute(sql, ())
                inside = False
            elif not inside:
                execute(words[sql], ())
                inside = True
        except Exception:  # noqa: BLE001 - a statement that cannot be run again is told
            failed += 1
    return cpu_s() - began, failed


def _sqlite(url: str) -> tuple[Any, dict[str, str]]:
    import peewee

    from bmtui.store import sqlite
    from bmtui.text import folded

    driver: Any = peewee.sqlite3  # type: ignore[attr-defined]
    connection = driver.connect(url.removeprefix(sqlite.PREFIX), isolation_level=None)
    connection.create_function("search_fold", 1, folded, deterministic=True)
    for name, value in sqlite._PRAGMAS:
        connection.execute(f"PRAGMA {name} = {value}")

    def execute(sql: str, values: tuple[Any, ...]) -> None:
        connection.execute(sql, values).fetchall()

    return execute, {BEGIN: "BEGIN IMMEDIATE", READ: "BEGIN"}


def _postgres(url: str) -> tuple[Any, dict[str, str]]:
    import psycopg

    from bmtui.store import postgres

    connection = psycopg.connect(url, autocommit=True)
    connection.execute(postgres._SESSION)

    def execute(sql: str, values: tuple[Any, ...]) -> None:
        cursor = connection.execute(sql, values or None)
        if cursor.description is not None:
            cursor.fetchall()

    return execute, {BEGIN: postgres._BEGIN["write"], READ: postgres._BEGIN["read"]}


def bare_calls(calls: list[tuple[str, str, bytes]], url: str, token: str) -> tuple[float, int]:
    """Make the calls alone; return their CPU seconds, and how many were refused."""
    import httpx

    headers = {"Authorization": f"Basic {token}", "User-Agent": "BM-Bench-1;bench@shop.example"}

    async def all_of_them() -> tuple[float, int]:
        failed = 0
        async with httpx.AsyncClient(headers=headers, trust_env=False, base_url=url) as http:
            began = cpu_s()
            for method, path, body in calls:
                kind = {"Content-Type": "application/json"}
                answer = await http.request(method, path, content=body or None, headers=kind)
                failed += answer.status_code >= 400
            return cpu_s() - began, failed

    return asyncio.run(all_of_them())


def main(what: str, file: str, *words: str) -> int:
    path = Path(file)
    if what == "command":
        recorded = _profiled(*words) if words[0].startswith("--profile=") else run_command(list(words))
        path.write_bytes(pickle.dumps(recorded.__dict__))
        return recorded.code
    kept = pickle.loads(path.read_bytes())
    seconds, failed = bare_statements(Recorded(**kept), *words) if what == "statements" else bare_calls(kept, *words)
    print(seconds, failed)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
