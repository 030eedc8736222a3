"""The routes: `/ws/` as a seller knows it (API §3, §6, §7), `/_sandbox/` for whoever tests a client.

GET  /_sandbox/effects              every write that was applied, oldest first
GET  /_sandbox/orders[?ids=1,2]     every order, with those that are never listed
POST /_sandbox/orders               {"count": N}: new paid orders; answers their ids
POST /_sandbox/orders/ID/cancel     the buyer cancels what is not accepted yet
POST /_sandbox/faults               a list of rules in place of those in force; GET reads, DELETE clears them
POST /_sandbox/clock                {"advance_s": SECONDS}: time passes
"""

import hmac
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bmtui.sandbox.bodies import Refused
from bmtui.sandbox.dates import parse
from bmtui.sandbox.edge import CONTROL, OVERLAP
from bmtui.sandbox.faults import Faults, rules_from_json
from bmtui.sandbox.marketplace import Marketplace, Query

Endpoint = Callable[[Request], Awaitable[Response]]

_PAGE_SIZE: Final = 10
_PAGE_SIZE_MAX: Final = 50
_MOST_NEW_ORDERS: Final = 10_000


class Api:
    """The endpoints over one marketplace; `token` is what follows `Basic` in the Authorization header."""

    def __init__(self, marketplace: Marketplace, token: str, faults: Faults) -> None:
        self._marketplace = marketplace
        self._quirks = marketplace.quirks
        self._authorization = f"Basic {token}".encode()
        self._faults = faults
        self._request_ids = count(1)

    def app(self) -> Starlette:
        """The application, without the edge before it."""
        seller = [
            ("/ws/orders", "GET", self._list),
            ("/ws/orders/", "GET", self._list),
            ("/ws/orders/{order_id:int}", "GET", self._show),
            ("/ws/orders/{order_id:int}/", "GET", self._show),
            ("/ws/orders/{order_id:int}", "POST", self._update),
            ("/ws/orderlines/{line_id:int}", "PATCH", self._identify),
            ("/ws/sav/refund", "POST", self._refund),
        ]
        control = [
            ("/effects", "GET", self._effects),
            ("/orders", "GET", self._all_orders),
            ("/orders", "POST", self._add_orders),
            ("/orders/{order_id:int}/cancel", "POST", self._cancel_by_buyer),
            ("/faults", "GET", self._faults_in_force),
            ("/faults", "POST", self._set_faults),
            ("/faults", "DELETE", self._clear_faults),
            ("/clock", "POST", self._advance),
        ]
        routes = [Route(path, self._with_token(endpoint), methods=[verb]) for path, verb, endpoint in seller]
        routes += [Route(CONTROL + path, _from_here(endpoint), methods=[verb]) for path, verb, endpoint in control]
        app = Starlette(
            routes=routes, exception_handlers={Refused: self._on_refused, HTTPException: self._on_http_exception}
        )
        app.router.redirect_slashes = False
        return app

    # Errors

    def _v1(self, status: int, code: str, message: str) -> Response:
        request_id = f"{next(self._request_ids):032x}"
        return JSONResponse({"error": {"code": code, "message": message}, "requestId": request_id}, status)

    async def _on_refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101 - for the type checker
        if error.status == 400 and self._quirks["order-errors"] == "text":
            return JSONResponse(error.text, 400)
        return self._v1(error.status, error.code, error.text)

    async def _on_http_exception(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
        if request.url.path.startswith(CONTROL):
            return PlainTextResponse(error.detail, error.status_code)
        code = "not_found" if error.status_code == 404 else "method_not_allowed"
        return self._v1(error.status_code, code, error.detail)

    def _with_token(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode("latin-1")
            if not hmac.compare_digest(given, self._authorization):
                return self._v1(int(self._quirks["bad-token"]), "unauthorized", "Invalid or missing token")
            return await endpoint(request)

        return guarded

    # What a seller calls

    async def _list(self, request: Request) -> Response:
        try:
            query = Query(
                _number(request, "state"),
                _moment(request, "date_creation"),
                _moment(request, "date_modification"),
                _market(request),
            )
            page, size = _number(request, "page", 1), _number(request, "page-size", _PAGE_SIZE)
            if not page or not size:
                raise ValueError("page and page-size must be at least 1")
            if size > _PAGE_SIZE_MAX and self._quirks["page-size-over-50"] == "400":
                raise ValueError(f"page-size must be at most {_PAGE_SIZE_MAX}")
        except ValueError as error:
            return JSONResponse(str(error), 400)
        size = min(size, _PAGE_SIZE_MAX)
        first = (page - 1) * size
        again = 1 if page > 1 and request.scope.get(OVERLAP) else 0
        total, results = self._marketplace.page(query, first - again, size + again)
        if page > 1 and first >= total and self._quirks["page-past-end"] == "404":
            return self._v1(404, "not_found", "Invalid page")
        return JSONResponse(
            {
                "count": total,
                "next": str(request.url.include_query_params(page=page + 1)) if first + size < total else None,
                "previous": str(request.url.include_query_params(page=page - 1)) if page > 1 else None,
                "results": results,
            }
        )

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.order(request.path_params["order_id"]))

    async def _update(self, request: Request) -> Response:
        body = await _json(request)
        return JSONResponse(self._marketplace.update(request.path_params["order_id"], body))

    async def _identify(self, request: Request) -> Response:
        body = await _json(request)
        return JSONResponse(self._marketplace.register_identifiers(request.path_params["line_id"], body))

    async def _refund(self, request: Request) -> Response:
        return PlainTextResponse(self._marketplace.refund(await _json(request)), 201)

    # What a tester calls

    async def _effects(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.effects)

    async def _all_orders(self, request: Request) -> Response:
        ids = request.query_params.get("ids")
        if ids is not None and not re.fullmatch(r"\d{1,15}(,\d{1,15})*", ids, re.ASCII):
            raise HTTPException(400, "ids is a list of numbers with commas between them.")
        return JSONResponse(self._marketplace.all_orders(None if ids is None else map(int, ids.split(","))))

    async def _add_orders(self, request: Request) -> Response:
        body = await _json(request)
        wanted = body.get("count") if isinstance(body, dict) else None
        if not isinstance(wanted, int) or isinstance(wanted, bool) or not 1 <= wanted <= _MOST_NEW_ORDERS:
            raise HTTPException(400, f'Say how many: {{"count": N}}, from 1 to {_MOST_NEW_ORDERS}.')
        return JSONResponse(self._marketplace.add_orders(wanted), 201)

    async def _cancel_by_buyer(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.cancel_by_buyer(request.path_params["order_id"]))

    async def _faults_in_force(self, request: Request) -> Response:
        return JSONResponse([asdict(rule) for rule in self._faults.rules])

    async def _set_faults(self, request: Request) -> Response:
        try:
            self._faults.rules = rules_from_json(await _json(request))
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return await self._faults_in_force(request)

    async def _clear_faults(self, request: Request) -> Response:
        self._faults.rules = []
        return Response(status_code=204)

    async def _advance(self, request: Request) -> Response:
        body = await _json(request)
        seconds = body.get("advance_s", 0) if isinstance(body, dict) else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 10**8:
            raise HTTPException(400, 'Say by how much: {"advance_s": SECONDS}.')
        self._marketplace.clock.advance(timedelta(seconds=seconds))
        return JSONResponse({"now": self._marketplace.clock.now().isoformat()})


def _from_here(endpoint: Endpoint) -> Endpoint:
    """Only for callers on this machine: there is no token on these routes."""

    async def guarded(request: Request) -> Response:
        if not request.client or not ipaddress.ip_address(request.client.host).is_loopback:
            raise HTTPException(403, "Only from the machine that the sandbox runs on.")
        return await endpoint(request)

    return guarded


async def _json(request: Request) -> Any:
    def no_constant(text: str) -> None:
        raise ValueError(f"{text} is not JSON")

    try:
        return json.loads(await request.body(), parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Refused("body must be a JSON object") from None


def _number(request: Request, name: str, default: int | None = None) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise ValueError(f"{name} must be a number")
    return int(text)


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    try:
        return None if text is None else parse(text)
    except ValueError:
        raise ValueError(f"{name} must be a date") from None


def _market(request: Request) -> str | None:
    text = request.query_params.get("country_code")
    if text is not None and not re.fullmatch(r"[a-z]{2}-[a-z]{2}", text):
        raise ValueError("country_code must be a market")
    return text
