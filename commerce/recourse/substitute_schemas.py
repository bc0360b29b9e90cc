"""Proposals of other articles on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.kernel.money import Money
from commerce.kernel.wire import Quantity, WireIn, WireOut
from commerce.orders import Order, substitute_costs
from commerce.recourse.substitute_facts import Substitute, SubstituteState

Code = Annotated[
    str, Meta(min_length=1, max_length=64, description="The barcode or the SKU, as it was scanned or typed")
]


class ProposeSubstituteIn(WireIn, frozen=True, kw_only=True):
    """Another article, by its barcode or SKU, instead of as many units of a line that were reported as short."""

    line_id: UUID
    code: Code
    quantity: Quantity


class AnswerSubstituteIn(WireIn, frozen=True, kw_only=True):
    """Whether the other article will do."""

    accept: bool


class SubstituteOut(WireOut, frozen=True, kw_only=True):
    """Units of another article that a place has instead of missing ones of `order_line_id`.

    `unit` is what one costs by itself. `costs` is what all of them are charged, tax included: never more than was agreed for the missing
    ones; `saved` is not charged. `consent` `beforehand` was given with the order. The answer counts until `answer_by`; after it the choice
    about the missing units has its default. Once `accepted`, the units are those of `new_line_id`.
    """

    id: UUID
    version: int
    order_id: UUID
    rejection_id: UUID
    order_line_id: UUID
    fulfilment_order_id: UUID
    location_id: UUID
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    image_url: str | None
    minimum_age: int | None
    units: int
    unit: Money
    costs: Money
    saved: Money | None
    state: SubstituteState
    consent: Literal["beforehand", "asked"]
    proposed_at: datetime
    answer_by: datetime | None
    answered_at: datetime | None
    new_line_id: UUID | None


def substitute_out(found: Substitute, order: Order, language: str, answer_by: datetime | None) -> SubstituteOut:
    """Shapes a proposal for the wire; one whose time is over reads as lapsed, job or no job, when `answer_by` is not given."""
    open_ = found.state is SubstituteState.PROPOSED
    line = next((each for each in order.lines if each.id == found.new_line_id), None)
    costs = substitute_costs(order, found.order_line_id, found.units, found.unit) if line is None else line.total
    said = {name: getattr(found, name) for name in SubstituteOut.__struct_fields__ if hasattr(found, name)}
    return SubstituteOut(
        **{
            **said,
            "title": found.title.said(language),
            "unit": order.money(found.unit),
            "costs": order.money(costs),
            "saved": None if found.amount is None else order.money(found.amount),
            "state": SubstituteState.LAPSED if open_ and answer_by is None else found.state,
            "answer_by": answer_by if open_ else None,
        }
    )
