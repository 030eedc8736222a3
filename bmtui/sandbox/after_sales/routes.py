"""The routes of the after-sales folders (API §9)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bmtui.sandbox.after_sales.care import Care, CareQuery
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.requests import Routes, care_moment, form, json_body, neighbours, number, page_number

_PAGE_SIZE: Final = 10


class CareRoutes:
    """The endpoints over the folders."""

    def __init__(self, care: Care) -> None:
        self._care = care

    def routes(self) -> Routes:
        """Routes of the after-sales calls; reading ones also with a slash behind."""
        reading = [("/ws/sav", self._list), ("/ws/sav/{folder_id:int}", self._show)]
        return [
            *((path + slash, "GET", endpoint) for path, endpoint in reading for slash in ("", "/")),
            ("/ws/sav/{folder_id:int}/msg", "POST", self._message),
            ("/ws/sav/{folder_id:int}/problem", "POST", self._problem),
            ("/ws/sav/{folder_id:int}/item-transfer", "POST", self._transfer),
        ]

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
