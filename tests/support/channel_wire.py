"""Server of raw bytes on a real socket, and an order in the marketplace's shape with invented values."""

from __future__ import annotations

import asyncio
import copy
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

TOKEN = "c2VjcmV0LXRva2Vu+/=="
Step = Callable[["Wire", asyncio.StreamWriter], Awaitable[None]]

ORDER: dict[str, Any] = {
    "order_id": 70001,
    "state": 3,
    "country_code": "de-de",
    "currency": "EUR",
    "price": "449.90",
    "shipping_price": "4.95",
    "sales_taxes": "0.00",
    "payment_method": "CARD",
    "paypal_reference": None,
    "installment_payment": False,
    "date_creation": "2026-05-04T10:00:00+02:00",
    "date_modification": "2026-05-04T10:00:05.250000+02:00",
    "date_payment": "2026-05-04T08:00:01Z",
    "date_shipping": None,
    "date_bill_provided": None,
    "expected_dispatch_date": "2026-05-05 12:00:00",
    "shipper": "DPD",
    "shipper_display": "DPD Classic",
    "tracking_number": "",
    "tracking_url": "",
    "delivery_note": None,
    "delivery_mode": "HOME_DELIVERY",
    "is_backship": False,
    "shipping_address": {
        "company": "",
        "first_name": "Probe",
        "last_name": "Muster",
        "street": "Testweg 1",
        "street2": None,
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
        "phone": "+490000000",
        "email": "probe@example.com",
        "customer_id_number": "",
    },
    "billing_address": None,
    "orderlines": [
        {
            "id": 81001,
            "state": 2,
            "price": "399.90",
            "shipping_price": "0.00",
            "orderline_fee": "39.99",
            "currency": "EUR",
            "listing": "PHONE-1",
            "listing_id": 5,
            "product_id": 6,
            "product": "Phone",
            "brand": "brand",
            "condition": 10,
            "quantity": 2,
            "return_reason": 0,
            "return_message": "",
            "imei": "",
            "serial_number": "",
            "backcare": False,
            "backcare_price": 0,
        },
        {"id": 81002, "state": 4, "price": "50.00", "listing": "CASE-1"},
    ],
}

FOLDER: dict[str, Any] = {
    "id": 100_000_417,
    "state": 0,
    "backcare": False,
    "country_code": "en-gb",
    "date_creation": "2026-08-01T09:00:00+01:00",
    "date_modification": "2026-08-02T11:30:00+01:00",
    "date_last_message": "2026-08-02T11:30:00+01:00",
    "date_closed": None,
    "client": {"id": 0, "first_name": "Sam", "last_name": "Probe", "email": "sam@example.com"},
    "orderline": {
        "id": 91300010,
        "quantity": 2,
        "price": "1250.00",
        "state": 3,
        "snapshot": {"id": 0, "listing": 5600210, "sku": "LAP-13", "product": {"product_id": 700101}},
        "order": {"order_id": 80112907, "tracking_number": "ZZ1GB", "shipper": 77, "state": 9, "currency": "GBP"},
    },
    "lines": [
        {
            "id": 880021,
            "state": 0,
            "issues": [{"customerIssue": "BATTERY_NOT_CHARGING", "tag": "TECHNICAL"}],
            "resolution_choice": "REFUND",
            "declared_warranty_state": "IN_WARRANTY",
            "return_labels": [
                {
                    "date_creation": "2026-08-01T09:05:00+01:00",
                    "state": "ALIVE",
                    "label": "https://cdn.example.com/l.pdf",
                    "initiator": "Merchant",
                    "kind": "CUSTOMER_TO_MERCHANT",
                }
            ],
        }
    ],
    "messages": [
        {
            "id": 5500901,
            "message": "<p>Does\x1b not</p><p>charge &amp; &lt;dies&gt;.</p>",
            "date_creation": "2026-08-01T09:00:00+01:00",
            "attachments": [],
            "initiator": "Client",
            "kind": "CLIENT_TO_MERCHANT",
            "is_informative": False,
        },
        {
            "id": 5500944,
            "message": "<p>Send it.</p>",
            "date_creation": None,
            "attachments": [{"id": 31, "attachment": "https://cdn.example.com/31.pdf", "date_creation": None}],
            "initiator": "Merchant",
        },
    ],
}

DELIVERY: dict[str, Any] = {
    "order": 7,
    "shipmentId": 41,
    "orderlines": [8, 9],
    "labelUrl": "https://cdn.example.com/41.pdf",
    "carrierId": 3,
    "carrierName": "DHL",
    "trackingNumber": "1",
    "trackingUrl": "https://t.example/1",
    "hubScanned": True,
    "dateCreation": "2026-08-01T09:00:00+01:00",
    "datePickup": "2026-08-02T09:00:00+01:00",
    "dateDelivery": None,
    "type": "DELIVERY",
    "pickupInfo": {"pickupId": 1, "isCanceled": False},
}

RETURN: dict[str, Any] = {
    "orderId": 7,
    "orderlineId": 8,
    "shipmentId": 42,
    "label": "https://cdn.example.com/42.pdf",
    "carrierName": "DHL",
    "trackingNumber": "R1",
    "trackingUrl": "",
    "hubScanned": False,
    "dateCreation": "2026-08-01T09:00:00+01:00",
    "datePickup": None,
    "returnReason": None,
    "type": "RETURN",
}


def order(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(ORDER) | changes


def page(*results: Any, count: int | None = None, **changes: Any) -> dict[str, Any]:
    total = len(results) if count is None else count
    return {"count": total, "next": None, "previous": None, "results": list(results)} | changes


def answer(
    status: int, body: bytes | str = b"", content_type: str | None = "application/json", **headers: str
) -> bytes:
    """Return the bytes of an HTTP answer; underscores in header names become hyphens."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"Content-Length": str(len(data))}
    if content_type:
        fields["Content-Type"] = content_type
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data


def as_json(status: int, value: Any, **headers: str) -> bytes:
    return answer(status, json.dumps(value), **headers)


class Wire:
    """Server that plays a step for each request: bytes, or a coroutine function. `requests` are the bytes that came."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.connected = asyncio.Event()
        self.received = asyncio.Event()
        self.port = 0
        self._steps: list[bytes | Step] = []
        self._closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._closing.set()
        assert self._server is not None
        self._server.close()
        await asyncio.gather(*self._tasks)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def play(self, *steps: bytes | Step) -> None:
        self._steps += steps

    async def hang(self, _writer: asyncio.StreamWriter | None = None) -> None:
        """Say nothing (more) until the test ends."""
        await self._closing.wait()

    async def pause(self) -> bool:
        """Wait 10 ms; return False when the test has ended."""
        try:
            await asyncio.wait_for(self._closing.wait(), 0.01)
        except TimeoutError:
            return True
        return False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.connected.set()
        try:
            while await self._turn(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        reading = asyncio.ensure_future(self._read(reader))
        closing = asyncio.ensure_future(self._closing.wait())
        await asyncio.wait({reading, closing}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
            await asyncio.wait({reading})
            return False
        closing.cancel()
        self.requests.append(reading.result())
        self.received.set()
        step = self._steps.pop(0)
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
            return True
        await step(self, writer)
        return False

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head + await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)


def then_close(data: bytes) -> Step:
    async def step(_wire: Wire, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return step


def then_hang(data: bytes) -> Step:
    async def step(wire: Wire, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await wire.hang()

    return step


def drip(head: bytes) -> Step:
    """Return a step that sends a byte every 10 ms without end, so that no byte is late."""

    async def step(wire: Wire, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while await wire.pause():
            writer.write(b" ")
            await writer.drain()

    return step
