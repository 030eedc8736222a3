"""After-sales folders as Back Market describes them (API §9), as values, and the reading of them.

Like orders: amounts are `Money`, instants aware and in UTC, foreign text plain; what is left out is None, "" or 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from bmtui.channel.fields import Fields
from bmtui.channel.markup import text_of
from bmtui.money import Money


class FolderState(IntEnum):
    """State of a folder. The customer opens it; a message of the seller reopens a closed one (API §9)."""

    OPEN = 0
    CLOSED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class CareAttachment:
    """File attached to a message. `url` is fetched without the token (`documents`)."""

    attachment_id: int | None = None
    url: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareMessage:
    """Message of a folder; `text` is plain text made of its HTML. `initiator` is like ``Client`` or ``Merchant``."""

    message_id: int | None = None
    text: str = ""
    sent_at: datetime | None = None
    initiator: str = ""
    kind: str = ""
    is_informative: bool = False
    attachments: tuple[CareAttachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CareIssue:
    """Problem that the customer reports, in Back Market's keys: ``BATTERY_NOT_CHARGING``, ``TECHNICAL``."""

    customer_issue: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLabel:
    """A label for a parcel between customer and merchant; `url` is fetched without the token (`documents`)."""

    url: str = ""
    state: str = ""
    created_at: datetime | None = None
    initiator: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareLine:
    """Case of a folder: its issues, the customer's choice, and the labels to send the item back with."""

    line_id: int | None = None
    state: int | None = None
    issues: tuple[CareIssue, ...] = ()
    resolution: str = ""
    warranty: str = ""
    labels: tuple[ReturnLabel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CareFolder:
    """After-sales folder. `state` is a `FolderState`, or a number this release does not know.

    `orderline_id` and `order_id` name what it is about; a folder of the list may lack the parts below them.
    """

    folder_id: int
    state: int
    market: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    last_message_at: datetime | None = None
    closed_at: datetime | None = None
    customer: str = ""
    customer_email: str = ""
    orderline_id: int | None = None
    orderline_state: int | None = None
    quantity: int = 1
    price: Money | None = None
    """Price of the order line; None when it or its currency was left out."""
    sku: str = ""
    order_id: int | None = None
    order_state: int | None = None
    tracking_number: str = ""
    lines: tuple[CareLine, ...] = ()
    messages: tuple[CareMessage, ...] = ()

    @property
    def labels(self) -> tuple[ReturnLabel, ...]:
        """The return labels of all lines."""
        return tuple(label for line in self.lines for label in line.labels)


def read_folder(raw: object) -> CareFolder:
    """The folder in `raw`, a JSON value as `json.loads` returns it, of the list or of one folder.

    Required are `id` and `state`; the rest may be missing or null. The list has only the numbers of `client`,
    `orderline` and `lines`, where one folder has objects; either is read.

    Raises:
        NotUnderstood: for anything else; `path` names the field. No other exception, whatever the value.
    """
    folder = Fields(raw, "an after-sales folder")
    orderline = folder.part_unless_number("orderline")
    snapshot = orderline.part("snapshot") if orderline else None
    order = orderline.part("order") if orderline else None
    client = folder.part_unless_number("client")
    currency = order.currency() if order and order.get("currency") is not None else ""
    customer = f"{client.text('first_name')} {client.text('last_name')}".strip() if client else ""
    return CareFolder(
        folder_id=folder.required_integer("id", low=0),
        state=folder.required_integer("state"),
        market=folder.text("country_code").lower(),
        created_at=folder.instant("date_creation"),
        modified_at=folder.instant("date_modification"),
        last_message_at=folder.instant("date_last_message"),
        closed_at=folder.instant("date_closed"),
        customer=customer,
        customer_email=client.text("email") if client else "",
        orderline_id=orderline.integer("id", None, low=0) if orderline else folder.integer("orderline", None, low=0),
        orderline_state=orderline.integer("state", None) if orderline else None,
        quantity=orderline.integer("quantity", 1, low=0) if orderline else 1,
        price=orderline.money("price", currency) if orderline and currency else None,
        sku=snapshot.text("sku") if snapshot else "",
        order_id=order.integer("order_id", None, low=0) if order else None,
        order_state=order.integer("state", None) if order else None,
        tracking_number=order.text("tracking_number") if order else "",
        lines=tuple(map(_read_line, folder.objects_or_numbers("lines"))),
        messages=tuple(map(_read_message, folder.optional_objects("messages"))),
    )


def read_who_wrote_when(raw: object) -> tuple[CareMessage, ...]:
    """The messages of a folder with only `sent_at`, `initiator` and `is_informative`.

    It is twenty times as fast as `read_folder`: most of that reads the HTML of the texts. Raises NotUnderstood as it.
    """
    return tuple(
        CareMessage(
            sent_at=message.instant("date_creation"),
            initiator=message.text("initiator"),
            is_informative=message.boolean("is_informative"),
        )
        for message in Fields(raw, "an after-sales folder").optional_objects("messages")
    )


def _read_line(line: Fields | int) -> CareLine:
    if isinstance(line, int):
        return CareLine(line_id=line)
    return CareLine(
        line_id=line.integer("id", None, low=0),
        state=line.integer("state", None),
        issues=tuple(
            CareIssue(customer_issue=issue.text("customer_issue"), tag=issue.text("tag"))
            for issue in line.optional_objects("issues")
        ),
        resolution=line.text("resolution_choice"),
        warranty=line.text("declared_warranty_state"),
        labels=tuple(map(_read_label, line.optional_objects("return_labels"))),
    )


def _read_label(label: Fields) -> ReturnLabel:
    return ReturnLabel(
        url=label.text("label"),
        state=label.text("state"),
        created_at=label.instant("date_creation"),
        initiator=label.text("initiator"),
        kind=label.text("kind"),
    )


def _read_message(message: Fields) -> CareMessage:
    return CareMessage(
        message_id=message.integer("id", None, low=0),
        text=text_of(message.text("message", multiline=True)),
        sent_at=message.instant("date_creation"),
        initiator=message.text("initiator"),
        kind=message.text("kind"),
        is_informative=message.boolean("is_informative"),
        attachments=tuple(
            CareAttachment(
                attachment_id=attachment.integer("id", None, low=0),
                url=attachment.text("attachment"),
                created_at=attachment.instant("date_creation"),
            )
            for attachment in message.optional_objects("attachments")
        ),
    )
