"""Readers of requests: bodies, numbers, times, forms."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from bmtui.sandbox.dates import parse
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.multipart import Part
from bmtui.sandbox.multipart import parse as parse_form
from bmtui.sandbox.orders.request_bodies import NUMBERS

Endpoint = Callable[[Request], Awaitable[Response]]
#: Path, verb, endpoint.
Routes = list[tuple[str, str, Endpoint]]

_CARE_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d-\d\d-\d\d", re.ASCII)


async def json_body(request: Request) -> Any:
    """Read a JSON body. Raises Refused (400)."""

    def no_constant(text: str) -> None:
        raise ValueError(f"{text} is not JSON")

    try:
        return json.loads(await request.body(), parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Refused("body must be a JSON object") from None


async def update_body(request: Request, quirk: str) -> Any:
    """The body of an update: JSON, or when the quirk `update-bodies` takes `any`, a form too. Raises Refused (400)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if quirk == "strict" or kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return await json_body(request)
    if kind == "multipart/form-data":
        fields = [(part.name, part.text) for part in await form(request)]
    else:
        fields = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return {
        name: int(text) if name in NUMBERS and re.fullmatch(r"\d{1,15}", text, re.ASCII) else text
        for name, text in fields
    }


async def form(request: Request) -> list[Part]:
    """Read a form. Raises Refused (400)."""
    return parse_form(request.headers.get("content-type", ""), await request.body())


def number(request: Request, name: str, default: int | None = None) -> int | None:
    """Read a whole number of the query. Raises ValueError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,10}", text, re.ASCII):
        raise ValueError(f"{name} must be a number")
    return int(text)


def page_number(request: Request) -> int:
    """Read the number of a page. Raises ValueError."""
    page = number(request, "page", 1)
    if not page:
        raise ValueError("page must be at least 1")
    return page


def moment(request: Request, name: str) -> datetime | None:
    """Read a time of the query. Raises ValueError."""
    text = request.query_params.get(name)
    try:
        return None if text is None else parse(text)
    except ValueError:
        raise ValueError(f"{name} must be a date") from None


def care_moment(request: Request, name: str) -> datetime | None:
    """A date as Care wants it, `YYYY-MM-DD-hh-mm`, read as UTC. Raises ValueError."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        if not _CARE_DATE.fullmatch(text):
            raise ValueError
        return datetime.strptime(text, "%Y-%m-%d-%H-%M").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{name} must be YYYY-MM-DD-hh-mm") from None


def market(request: Request) -> str | None:
    """Read a market. Raises ValueError."""
    text = request.query_params.get("country_code")
    if text is not None and not re.fullmatch(r"[a-z]{2}-[a-z]{2}", text):
        raise ValueError("country_code must be a market")
    return text


def neighbours(request: Request, page: int, more: bool) -> dict[str, str | None]:
    """`next` and `previous` of a page."""
    return {
        "next": str(request.url.include_query_params(page=page + 1)) if more else None,
        "previous": str(request.url.include_query_params(page=page - 1)) if page > 1 else None,
    }
