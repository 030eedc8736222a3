"""Pooler for PostgreSQL that releases its servers after each transaction, or after each session."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

_GREETING = b"R" + struct.pack("!ii", 8, 0)
_READY = b"Z" + struct.pack("!i", 5) + b"I"


class SmallPooler:
    """Pooler that speaks a small part of the protocol: it greets clients, and passes whole messages to its servers.

    Args:
        newest_first: take the server that was released last; else take each in turn.
    """

    def __init__(self, url: str, folder: Path, *, by_transactions: bool, newest_first: bool = True) -> None:
        parts = urlsplit(url)
        self._name = parts.path.removeprefix("/")
        self._server = parts.query.removeprefix("host=") + "/.s.PGSQL.5432"
        self._path = folder / ".s.PGSQL.5432"
        self._by_transactions = by_transactions
        self._newest_first = newest_first
        self._idle: deque[socket.socket] = deque()
        self._closed = False
        self._lock = threading.Lock()
        self.url = f"postgresql://postgres@/{self._name}?host={folder}&sslmode=disable&gssencmode=disable"

    def __enter__(self) -> SmallPooler:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self._path))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        # Clients may still be leaving: their servers come back from their own threads, and are closed there.
        with self._lock:
            self._closed = True
            for server in self._idle:
                server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server: socket.socket | None = None
        with contextlib.suppress(OSError, EOFError), client:
            _message(client, kind=False)
            # A process number that no server has, as poolers make up.
            key = b"K" + struct.pack("!iii", 12, 2_000_000_000, 1)
            told = _parameter("server_version", "16.0") + _parameter("client_encoding", "UTF8")
            client.sendall(_GREETING + told + key + _READY)
            while True:
                sent = _message(client)
                if sent[:1] == b"X":
                    break
                server = server or self._take()
                server.sendall(sent)
                if sent[:1] in (b"Q", b"S"):
                    state = self._answer(server, client)
                    if self._by_transactions and state == b"I":
                        self._give(server)
                        server = None
        if server is not None:
            self._give(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> bytes:
        while True:
            got = _message(server)
            client.sendall(got)
            if got[:1] == b"Z":
                return got[-1:]

    def _take(self) -> socket.socket:
        with self._lock:
            if self._idle:
                return self._idle.pop() if self._newest_first else self._idle.popleft()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        start = struct.pack("!i", 196608) + f"user\0postgres\0database\0{self._name}\0\0".encode()
        server.sendall(struct.pack("!i", len(start) + 4) + start)
        while _message(server)[:1] != b"Z":
            pass
        return server

    def _give(self, server: socket.socket) -> None:
        with self._lock:
            if self._closed:
                server.close()
            else:
                self._idle.append(server)


def _message(connection: socket.socket, *, kind: bool = True) -> bytes:
    head = _exactly(connection, 5 if kind else 4)
    return head + _exactly(connection, struct.unpack("!i", head[-4:])[0] - 4)


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = connection.recv(size - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _parameter(name: str, value: str) -> bytes:
    text = f"{name}\0{value}\0".encode()
    return b"S" + struct.pack("!i", len(text) + 4) + text
