"""The routes: `/ws/` as a seller knows it (API §3, §6 to §9), `/bucket/` for documents, `/_sandbox/` for whoever tests
a client.

GET  /_sandbox/effects              every write that was applied, oldest first
GET  /_sandbox/orders[?ids=1,2]     every order, with those that are never listed
POST /_sandbox/orders               {"count": N}: new paid orders; answers their ids
POST /_sandbox/orders/ID/cancel     the buyer cancels what is not accepted yet
POST /_sandbox/orders/ID/invoice    the seller gives the buyer an invoice in the Back Office
POST /_sandbox/orders/ID/erase      Back Market erases the buyer
GET  /_sandbox/folders              every after-sales folder
POST /_sandbox/faults               a list of rules in place of those in force; GET reads, DELETE clears them
POST /_sandbox/clock                {"advance_s": SECONDS}: time passes
POST /_sandbox/live                 {"steps": N}: N events of the simulation; GET lists them all
POST /_sandbox/statements           {"month": "2026-11", "faults": {"refund": 1}}: billing statements as CSV
GET  /_sandbox/leaks                {"count", "leaks"}: requests that took the token where it must not go
"""

import hmac
from collections.abc import Callable
from itertools import count
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bmtui.sandbox.after_sales.routes import CareRoutes
from bmtui.sandbox.control import CONTROL, Control
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.faults import Faults
from bmtui.sandbox.gateway import DRAW, NO_EFFECT, PAGE_FAULT, SLIPPED
from bmtui.sandbox.marketplace import Marketplace, Query
from bmtui.sandbox.orders.page_faults import spoil, window
from bmtui.sandbox.requests import (
    Endpoint,
    Routes,
    form,
    json_body,
    market,
    moment,
    neighbours,
    number,
    update_body,
)
from bmtui.sandbox.shipping.routes import BackShipRoutes
from bmtui.sandbox.simulation import Simulation
from bmtui.sandbox.token_leak_checks import BUCKET, Leaks

_PAGE_SIZE: Final = 10
_PAGE_SIZE_MAX: Final = 50
#: Here a 400 says what the quirk `order-errors` says; elsewhere it is V1.
_LEGACY: Final = ("/ws/orders", "/ws/orderlines/", "/ws/sav/refund")


class Api:
    """Endpoints of one marketplace; `token` is the text behind `Basic` in the Authorization header."""

    def __init__(
        self, marketplace: Marketplace, simulation: Simulation, token: str, faults: Faults, leaks: Leaks
    ) -> None:
        self._marketplace = marketplace
        self._quirks = marketplace.quirks
        self._authorization = f"Basic {token}".encode()
        self._control = Control(marketplace, simulation, faults, leaks)
        self._request_ids = count(1)

    def app(self) -> Starlette:
        """Return the application, without the gateway before it."""
        seller: Routes = [
            ("/ws/orders", "GET", self._list),
            ("/ws/orders/", "GET", self._list),
            ("/ws/orders/{order_id:int}", "GET", self._show),
            ("/ws/orders/{order_id:int}/", "GET", self._show),
            ("/ws/orders/{order_id:int}", "POST", self._update),
            ("/ws/orders/{order_id:int}/invoice", "POST", self._invoice),
            ("/ws/orderlines/{line_id:int}", "PATCH", self._identify),
            ("/ws/sav/refund", "POST", self._refund),
            *CareRoutes(self._marketplace.care).routes(),
            *BackShipRoutes(self._marketplace.backship).routes(),
        ]
        routes = [Route(path, self._with_token(endpoint), methods=[verb]) for path, verb, endpoint in seller]
        routes += [Route(path, endpoint, methods=[verb]) for path, verb, endpoint in self._control.routes()]
        routes.append(Route(BUCKET + "/{kind}/{name}", self._document))
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
        assert isinstance(error, Refused)
        legacy = request.url.path.startswith((*_LEGACY, CONTROL))
        if error.status == 400 and legacy and self._quirks["order-errors"] == "text":
            return JSONResponse(error.text, 400)
        return self._v1(error.status, error.code, error.text)

    async def _on_http_exception(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if request.url.path.startswith((CONTROL, BUCKET)):
            return PlainTextResponse(error.detail, error.status_code)
        code = "not_found" if error.status_code == 404 else "method_not_allowed"
        return self._v1(error.status_code, code, error.detail)

    def _with_token(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode("latin-1")
            if self._quirks["auth-scheme"] == "any-case" and given[:6].lower() == b"basic ":
                given = b"Basic " + given[6:]
            if not hmac.compare_digest(given, self._authorization):
                return self._v1(int(self._quirks["bad-token"]), "unauthorized", "Invalid or missing token")
            return await endpoint(request)

        return guarded

    # Calls of the seller

    async def _list(self, request: Request) -> Response:
        try:
            query = Query(
                number(request, "state"),
                moment(request, "date_creation"),
                moment(request, "date_modification"),
                market(request),
            )
            page, size = number(request, "page", 1), number(request, "page-size", _PAGE_SIZE)
            if not page or not size:
                raise ValueError("page and page-size must be at least 1")
            if size > _PAGE_SIZE_MAX and self._quirks["page-size-over-50"] == "400":
                raise ValueError(f"page-size must be at most {_PAGE_SIZE_MAX}")
        except ValueError as error:
            return JSONResponse(str(error), 400)
        size = min(size, _PAGE_SIZE_MAX)
        fault = request.scope.get(PAGE_FAULT)
        shown = window(fault, page, size, request.scope.get(SLIPPED, 0))
        total, results = self._marketplace.page(query, shown.first, shown.size)
        total += shown.grown
        first = (page - 1) * size
        if page > 1 and first >= total and self._quirks["page-past-end"] == "404":
            return self._v1(404, "not_found", "Invalid page")
        body = {"count": total, **neighbours(request, page, first + size < total), "results": results}
        spoil(fault, body, request.scope.get(DRAW, 0))
        return JSONResponse(body)

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._marketplace.order(request.path_params["order_id"]))

    async def _update(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        body = await update_body(request, self._quirks["update-bodies"])
        if self._feigned(request, lambda: self._marketplace.update(order_id, body), order_id):
            return await self._show(request)
        return JSONResponse(self._marketplace.update(order_id, body))

    async def _invoice(self, request: Request) -> Response:
        order_id, parts = request.path_params["order_id"], await form(request)
        if not self._feigned(request, lambda: self._marketplace.invoice(order_id, parts), order_id):
            self._marketplace.invoice(order_id, parts)
        return Response(status_code=200)

    async def _identify(self, request: Request) -> Response:
        line_id = request.path_params["line_id"]
        body = await update_body(request, self._quirks["update-bodies"])
        order_id = self._marketplace.order_of_line(line_id)
        if self._feigned(request, lambda: self._marketplace.register_identifiers(line_id, body), order_id):
            return JSONResponse({})
        return JSONResponse(self._marketplace.register_identifiers(line_id, body))

    async def _refund(self, request: Request) -> Response:
        body = await json_body(request)
        said: list[str] = []
        order_id = self._marketplace.order_of_line(body.get("orderline_pk") if isinstance(body, dict) else None)
        if not self._feigned(request, lambda: said.append(self._marketplace.refund(body)), order_id):
            said.append(self._marketplace.refund(body))
        return PlainTextResponse(said[0], 201)

    def _feigned(self, request: Request, act: Callable[[], object], order_id: int | None) -> bool:
        """Return whether the fault no-effect is on: `act` is then only tried; raises what it raises."""
        if NO_EFFECT not in request.scope:
            return False
        self._marketplace.without_effect(act, order_id)
        return True

    # Documents behind a link

    async def _document(self, request: Request) -> Response:
        path = request.url.path.removeprefix(BUCKET)
        query = request.query_params
        try:
            content, kind = self._marketplace.documents.read(path, query.get("Signature", ""), query.get("Expires", ""))
        except Refused as refusal:
            raise HTTPException(refusal.status, refusal.text) from refusal
        return Response(content, media_type=kind, headers={"x-content-type-options": "nosniff"})
