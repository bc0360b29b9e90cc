"""What was sent, on the wire."""

from datetime import datetime
from uuid import UUID

from commerce.care.facts import Kind
from commerce.kernel.ids import OrderId
from commerce.kernel.wire import WireOut


class NotificationOut(WireOut, frozen=True, kw_only=True):
    """A message that went out: its kind, its language, when. Address and text are not kept."""

    id: UUID
    kind: Kind
    language: str
    sent_at: datetime


class NotificationsOut(WireOut, frozen=True, kw_only=True):
    """What was sent about an order, in order of time; the first 200."""

    order_id: OrderId
    items: list[NotificationOut]
