"""The practice marketplace as a real HTTP server: in a thread of this process, or alone for the command line."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bmtui.sandbox.app import Api
from bmtui.sandbox.dates import Clock
from bmtui.sandbox.faults import Faults, parse_rule
from bmtui.sandbox.gateway import ABORT, Edge, RateLimiter
from bmtui.sandbox.marketplace import Marketplace
from bmtui.sandbox.options import SandboxOptions
from bmtui.sandbox.simulation import Simulation, Ticker
from bmtui.sandbox.token_leak_checks import BUCKET, Leaks


class SandboxServer:
    """A practice marketplace that listens between `start` and `stop`, or inside a `with`; it can be started once.

    `marketplace`, `simulation`, `faults` and `leaks` may be used from any thread meanwhile: to look, to add orders, to
    set rules. A `marketplace` that was there before goes on, and the options about its orders mean nothing.
    """

    def __init__(self, options: SandboxOptions | None = None, marketplace: Marketplace | None = None) -> None:
        self.options = options or SandboxOptions()
        self.marketplace = marketplace or Marketplace(
            self.options.orders,
            self.options.seed,
            self.options.quirks,
            Clock(self.options.now),
            limits=self.options.limits,
            days=self.options.days,
        )
        self.faults = Faults(map(parse_rule, self.options.faults), self.options.seed)
        self.leaks = Leaks()
        self.simulation = Simulation(self.marketplace)
        self._ticker = Ticker(self.simulation.step, self.options.live)
        api = Api(self.marketplace, self.simulation, self.token, self.faults, self.leaks)
        limiter = RateLimiter(self.options.rate_limit, self.options.rate_window_s)
        config = uvicorn.Config(
            Edge(api.app(), self.faults, limiter, self.marketplace.quirks, self.leaks, self.marketplace.clock),
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """`http://HOST:PORT`, with the port that was taken."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self._port}"

    @property
    def token(self) -> str:
        """Token that goes behind `Basic` in the Authorization header."""
        return self.options.secret

    @property
    def running(self) -> bool:
        """True while the server serves requests."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Return once requests are answered. Raises OSError when the address cannot be had."""
        family = socket.AF_INET6 if ":" in self.options.host else socket.AF_INET
        listener = socket.create_server((self.options.host, self.options.port), family=family, backlog=128)
        self._port = listener.getsockname()[1]
        self.marketplace.base = self.url + BUCKET
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="sandbox", daemon=True)
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            raise RuntimeError("The practice marketplace did not start.")
        self._ticker.start()

    def stop(self) -> None:
        """Finish the requests that are under way, cut those that last over a second, and close. Harmless twice."""
        self._ticker.stop()
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(options: SandboxOptions, announce: Callable[[str, str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then return. `announce(url, token)` is called once requests are answered.

    For the main thread. Raises OSError when the address cannot be had.
    """
    leave = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        leave.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with SandboxServer(options) as server:
            announce(server.url, server.token)
            # A bare wait would not see Ctrl+C on Windows.
            while server.running and not leave.wait(0.5):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """Server of uvicorn that tells when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            # Also when starting failed: nobody may wait for ever.
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Protocol(H11Protocol):
    """A connection that the application can close without an answer: ASGI has no word for it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        # A head and a body are two writes: with Nagle's algorithm each answer would wait 40 ms for the caller's ACK.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        app = self.app

        async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = transport.abort
            await app(scope, receive, send)

        self.app = with_abort
