"""The routes of BackShip's deliveries and returns (API §9)."""

import re
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bmtui.sandbox.errors import Refused
from bmtui.sandbox.requests import Routes, moment, neighbours, number, page_number
from bmtui.sandbox.shipping.backship import BackShip, ShippingQuery

_PAGE_SIZE: Final = 10


class BackShipRoutes:
    """The endpoints over the deliveries and returns."""

    def __init__(self, backship: BackShip) -> None:
        self._backship = backship

    def routes(self) -> Routes:
        """Routes of the shipping calls, also with a slash behind."""
        reading = [
            ("/ws/shipping/v1/deliveries", self._deliveries),
            ("/ws/shipping/v1/deliveries/{number:int}", self._delivery),
            ("/ws/shipping/v1/returns", self._returns),
            ("/ws/shipping/v1/returns/{number:int}", self._return),
        ]
        return [(path + slash, "GET", endpoint) for path, endpoint in reading for slash in ("", "/")]

    async def _deliveries(self, request: Request) -> Response:
        return _page(request, self._backship.deliveries)

    async def _returns(self, request: Request) -> Response:
        return _page(request, self._backship.returns)

    async def _delivery(self, request: Request) -> Response:
        return JSONResponse(self._backship.delivery(request.path_params["number"]))

    async def _return(self, request: Request) -> Response:
        return JSONResponse(self._backship.one_return(request.path_params["number"]))


def _page(request: Request, find: Callable[[ShippingQuery], list[dict[str, Any]]]) -> Response:
    # The description calls the parameter order_id, and its error the field orderId: both are read.
    asked = request.query_params.get("order_id", request.query_params.get("orderId"))
    if asked is not None and not re.fullmatch(r"\d{1,15}", asked, re.ASCII):
        fields = {"orderId": ["An integer is needed."]}
        return JSONResponse({"error": {"code": "E009", "message": "Validation error"}, "data": {"fields": fields}}, 422)
    scanned = request.query_params.get("hub_scanned", "").lower()
    try:
        page = page_number(request)
        query = ShippingQuery(
            None if asked is None else int(asked),
            number(request, "order_state"),
            {"true": True, "1": True, "false": False, "0": False}.get(scanned),
            (moment(request, "start_date"), moment(request, "end_date")),
            (moment(request, "pickup_start_date"), moment(request, "pickup_end_date")),
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    found = find(query)
    first = (page - 1) * _PAGE_SIZE
    if page > 1 and first >= len(found):
        raise Refused("Invalid page", 404)
    around = neighbours(request, page, first + _PAGE_SIZE < len(found))
    return JSONResponse({"count": len(found), **around, "results": found[first : first + _PAGE_SIZE]})
