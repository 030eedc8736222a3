"""The routes under `/_sandbox`, for whoever tests a client: no edge, no token, but from this machine only."""

import contextlib
import ipaddress
import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bmtui.sandbox.faults import Faults, rules_from_json
from bmtui.sandbox.marketplace import Marketplace
from bmtui.sandbox.requests import Endpoint, Routes, json_body
from bmtui.sandbox.simulation import Simulation
from bmtui.sandbox.token_leak_checks import Leaks

#: Under this path the sandbox itself is spoken to.
CONTROL: Final = "/_sandbox"
_MOST_NEW_ORDERS: Final = 10_000
_MOST_STEPS: Final = 10_000


class Control:
    """Endpoints for one marketplace, its simulation, faults and leaks."""

    def __init__(self, marketplace: Marketplace, simulation: Simulation, faults: Faults, leaks: Leaks) -> None:
        self._marketplace = marketplace
        self._simulation = simulation
        self._faults = faults
        self._leaks = leaks

    def routes(self) -> Routes:
        """Routes of the control API."""
        routes: Routes = [
            ("/effects", "GET", self._effects),
            ("/orders", "GET", self._all_orders),
            ("/orders", "POST", self._add_orders),
            ("/orders/{order_id:int}/cancel", "POST", self._cancel_by_buyer),
            ("/orders/{order_id:int}/invoice", "POST", self._give_invoice_elsewhere),
            ("/orders/{order_id:int}/erase", "POST", self._erase_buyer),
            ("/folders", "GET", self._folders),
            ("/faults", "GET", self._faults_in_force),
            ("/faults", "POST", self._set_faults),
            ("/faults", "DELETE", self._clear_faults),
            ("/clock", "POST", self._advance),
            ("/leaks", "GET", self._leaked),
            ("/live", "GET", self._lived),
            ("/live", "POST", self._live),
            ("/statements", "POST", self._statement),
        ]
        return [(CONTROL + path, verb, _from_here(endpoint)) for path, verb, endpoint in routes]

    async def _effects(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.effects)

    async def _all_orders(self, request: Request) -> Response:
        ids = request.query_params.get("ids")
        if ids is not None and not re.fullmatch(r"\d{1,15}(,\d{1,15})*", ids, re.ASCII):
            raise HTTPException(400, "ids is a list of numbers with commas between them.")
        return JSONResponse(self._marketplace.all_orders(None if ids is None else map(int, ids.split(","))))

    async def _add_orders(self, request: Request) -> Response:
        wanted = await _whole(request, "count", 1, _MOST_NEW_ORDERS)
        return JSONResponse(self._marketplace.add_orders(wanted), 201)

    async def _cancel_by_buyer(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.cancel_by_buyer(request.path_params["order_id"]))

    async def _give_invoice_elsewhere(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.give_invoice_elsewhere(request.path_params["order_id"]))

    async def _erase_buyer(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.erase_buyer(request.path_params["order_id"]))

    async def _folders(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.care.all_folders())

    async def _faults_in_force(self, request: Request) -> Response:
        return JSONResponse([asdict(rule) for rule in self._faults.rules])

    async def _set_faults(self, request: Request) -> Response:
        try:
            self._faults.rules = rules_from_json(await json_body(request))
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return await self._faults_in_force(request)

    async def _clear_faults(self, request: Request) -> Response:
        self._faults.rules = []
        return Response(status_code=204)

    async def _advance(self, request: Request) -> Response:
        body = await json_body(request)
        seconds = body.get("advance_s", 0) if isinstance(body, dict) else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 10**8:
            raise HTTPException(400, 'Say by how much: {"advance_s": SECONDS}.')
        self._marketplace.clock.advance(timedelta(seconds=seconds))
        return JSONResponse({"now": self._marketplace.clock.now().isoformat()})

    async def _leaked(self, request: Request) -> Response:
        leaks = self._leaks.seen
        return JSONResponse({"count": len(leaks), "leaks": leaks})

    async def _lived(self, request: Request) -> Response:
        return JSONResponse(self._simulation.events)

    async def _live(self, request: Request) -> Response:
        return JSONResponse(self._simulation.step(await _whole(request, "steps", 1, _MOST_STEPS)), 201)

    async def _statement(self, request: Request) -> Response:
        body = await json_body(request)
        month, faults = (body.get("month", ""), body.get("faults", {})) if isinstance(body, dict) else (None, None)
        if not isinstance(month, str) or not re.fullmatch(r"(\d{4}-\d\d)?", month, re.ASCII):
            raise HTTPException(400, 'Say of which month: {"month": "2026-11"}; without it, of all.')
        if not isinstance(faults, dict) or not all(isinstance(number, int) for number in faults.values()):
            raise HTTPException(400, 'Say how many of which: {"faults": {"refund": 1}}.')
        try:
            csv, odd = self._marketplace.statement(month, faults)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return JSONResponse({"csv": csv, "unexplained": odd})


def _from_here(endpoint: Endpoint) -> Endpoint:
    """Refuse callers from other machines: there is no token on these routes."""

    async def guarded(request: Request) -> Response:
        if not request.client or not ipaddress.ip_address(request.client.host).is_loopback:
            raise HTTPException(403, "Only from the machine that the sandbox runs on.")
        # A browser on this machine lends its address to any page: by a name that leads here, or by a form.
        if not _is_here(request.headers.get("host", "")):
            raise HTTPException(403, "Only by a name of this machine, such as localhost.")
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            raise HTTPException(403, "Not for another site's pages.")
        return await endpoint(request)

    return guarded


def _is_here(host: str) -> bool:
    """Return whether a Host header is a loopback address or ``localhost``."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    return name.lower() == "localhost"


async def _whole(request: Request, name: str, least: int, most: int) -> int:
    body: Any = await json_body(request)
    wanted = body.get(name) if isinstance(body, dict) else None
    if not isinstance(wanted, int) or isinstance(wanted, bool) or not least <= wanted <= most:
        raise HTTPException(400, f'Say how many: {{"{name}": N}}, from {least} to {most}.')
    return wanted
