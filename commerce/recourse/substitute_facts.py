"""Another article instead of one that is missing, as values."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.ids import (
    FulfilmentOrderId,
    LocationId,
    OrderId,
    OrderLineId,
    RejectionId,
    SubstituteId,
    VariantId,
)
from commerce.kernel.states import Machine
from commerce.kernel.wire import Text3


class SubstituteState(StrEnum):
    """What became of a proposal. `lapsed`: the units were decided about otherwise, by their buyer, the clock or the order's end."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


S = SubstituteState
SUBSTITUTE = Machine(
    "proposal", start={S.PROPOSED, S.ACCEPTED}, moves={S.PROPOSED: {S.ACCEPTED, S.DECLINED, S.WITHDRAWN, S.LAPSED}}
)


class Substitute(msgspec.Struct, frozen=True, kw_only=True):
    """Units of another article that a place has instead of missing ones of an order line, with what it is called.

    `unit` is what one costs by itself, in minor units and the terms (with or without tax) of the line; what is charged is never more than
    was agreed for the missing ones. `consent` says whether its buyer is asked, or agreed beforehand to something similar. Once accepted,
    the units are those of `new_line_id`, and `amount` is not charged.
    """

    id: SubstituteId
    order_id: OrderId
    rejection_id: RejectionId
    order_line_id: OrderLineId
    fulfilment_order_id: FulfilmentOrderId
    location_id: LocationId
    variant_id: VariantId
    product_id: UUID
    sku: str
    title: Text3
    option_text: str
    image_url: str | None = None
    minimum_age: int | None = None
    units: int
    unit: int
    state: SubstituteState
    consent: Literal["beforehand", "asked"]
    proposed_by: str
    proposed_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None
    command_id: UUID | None = None
    new_line_id: OrderLineId | None = None
    amount: int | None = None
    version: int = 1
