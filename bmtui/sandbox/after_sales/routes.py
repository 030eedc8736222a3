"""The routes of Care and BackShip (API §9)."""

import re
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bmtui.sandbox.after_sales.care import CareQuery
from bmtui.sandbox.orders.bodies import Refused
from bmtui.sandbox.orders.marketplace import Marketplace
from bmtui.sandbox.requests import Routes, care_moment, form, json_body, moment, neighbours, number, page_number
from bmtui.sandbox.shipping.backship import ShippingQuery

_PAGE_SIZE: Final = 10


class AfterSales:
    """The endpoints over one marketplace."""

    def __init__(self, marketplace: Marketplace) -> None:
        self._care = marketplace.care
        self._backship = marketplace.backship

    def routes(self) -> Routes:
        """All of them; reading ones also with a slash behind."""
        reading = [
            ("/ws/sav", self._list),
            ("/ws/sav/{folder_id:int}", self._show),
            ("/ws/shipping/v1/deliveries", self._deliveries),
            ("/ws/shipping/v1/deliveries/{number:int}", self._delivery),
            ("/ws/shipping/v1/returns", self._returns),
            ("/ws/shipping/v1/returns/{number:int}", self._return),
        ]
        routes: Routes = [(path + slash, "GET", endpoint) for path, endpoint in reading for slash in ("", "/")]
        return [
            *routes,
            ("/ws/sav/{folder_id:int}/msg", "POST", self._message),
            ("/ws/sav/{folder_id:int}/problem", "POST", self._problem),
            ("/ws/sav/{folder_id:int}/item-transfer", "POST", self._transfer),
        ]

    # Care

    async def _list(self, request: Request) -> Response:
        try:
            query = CareQuery(
                number(request, "last_id"),
                number(request, "state"),
                number(request, "orderline"),
                care_moment(request, "last_modification_date"),
                care_moment(request, "last_message_date"),
            )
            page = page_number(request)
            if query.state not in (None, 0, 9):
                raise ValueError("state must be in 0,9")
        except ValueError as error:
            raise Refused(str(error)) from error
        first = (page - 1) * _PAGE_SIZE
        total, results = self._care.page(query, first, _PAGE_SIZE)
        if page > 1 and not results:
            raise Refused("Invalid page", 404)
        # Not the total (API §9).
        around = neighbours(request, page, first + _PAGE_SIZE < total)
        return JSONResponse({"count": len(results), **around, "results": results})

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._care.folder(request.path_params["folder_id"]))

    async def _message(self, request: Request) -> Response:
        return JSONResponse(self._care.message(request.path_params["folder_id"], await form(request)), 201)

    async def _problem(self, request: Request) -> Response:
        self._care.problem(request.path_params["folder_id"], await form(request))
        return Response(status_code=201)

    async def _transfer(self, request: Request) -> Response:
        self._care.transfer(request.path_params["folder_id"], await json_body(request))
        return Response(status_code=201)

    # BackShip

    async def _deliveries(self, request: Request) -> Response:
        return _shipping_page(request, self._backship.deliveries)

    async def _returns(self, request: Request) -> Response:
        return _shipping_page(request, self._backship.returns)

    async def _delivery(self, request: Request) -> Response:
        return JSONResponse(self._backship.delivery(request.path_params["number"]))

    async def _return(self, request: Request) -> Response:
        return JSONResponse(self._backship.one_return(request.path_params["number"]))


def _shipping_page(request: Request, find: Callable[[ShippingQuery], list[dict[str, Any]]]) -> Response:
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
