"""TCP line to a server that can be cut in two ways, and mended."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class BreakableLine:
    """TCP proxy to the port `to` of this machine, which can be cut.

    `refuse` rejects connections: no request leaves. `break_answers` accepts connections and breaks each of them after
    the request has gone through: the server acts, and the client gets no answer.
    """

    def __init__(self, to: int = 0) -> None:
        self.to = to
        self._broken = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deafen()
        self._hang_up()

    def refuse(self) -> None:
        """Reject new connections, and end the open ones."""
        self._deafen()
        self._hang_up()

    def break_answers(self) -> None:
        """Let requests through, but no answers back."""
        self._broken = True
        self._hang_up()

    def mend(self) -> None:
        """Pass all connections on again."""
        self._broken = False
        if self._listening.fileno() < 0:
            self._listening = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self._listen()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _deafen(self) -> None:
        # A bare close leaves a thread in accept() listening.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _hang_up(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                far = socket.create_connection(("127.0.0.1", self.to))
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._open |= {near, far}
                for one, other, answers in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._pass, args=(one, other, answers), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if answers and self._broken:
                    break
                other.sendall(data)
        with self._lock:
            self._open -= {one, other}
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            if answers:
                end.close()
