"""From rejections and their options to answers."""

from collections.abc import Sequence
from datetime import datetime

from commerce.orders import Order
from commerce.recourse.facts import Choice, Rejection, RejectionState as S
from commerce.recourse.options import Options
from commerce.recourse.schemas import (
    DeliveryOptionOut,
    OptionsOut,
    RejectedLineOut,
    RejectionOut,
    StoreOptionOut,
    WaitOptionOut,
)
from commerce.recourse.substitute_facts import Substitute
from commerce.recourse.substitute_schemas import substitute_out


def options_out(found: Options) -> OptionsOut:
    """Shapes options for the wire."""
    delivery = found.delivery
    return OptionsOut(
        stores=[
            StoreOptionOut(
                location_id=each.location.id,
                code=each.location.code,
                name=each.location.name,
                timezone=each.location.timezone,
                ready_by=each.ready_by,
            )
            for each in found.stores
        ],
        delivery=None
        if delivery is None
        else DeliveryOptionOut(
            parcels=len(delivery.promised),
            ships_by=max(each.ready_by for each in delivery.promised.values()),
            needs_address=found.needs_address,
        ),
        wait=None if found.wait is None else WaitOptionOut(ready_by=found.wait.ready_by),
        refund=found.refund,
    )


def rejection_out(
    case: Rejection,
    order: Order,
    language: str,
    at: datetime,
    found: Options | None = None,
    proposed: Sequence[Substitute] = (),
) -> RejectionOut:
    """Shapes a rejection for the wire, as it is at an instant: one that nobody chose about in time is defaulted, job or no job."""
    lines = {line.id: line for line in order.lines}
    over = case.overdue(at)
    return RejectionOut(
        id=case.id,
        version=case.version,
        order_id=case.order_id,
        fulfilment_order_id=case.fulfilment_order_id,
        location_id=case.location_id,
        kind=case.kind,
        state=S.DEFAULTED if over else case.state,
        opened_at=case.opened_at,
        choose_by=case.choose_by,
        closed_at=case.closed_at,
        default=Choice.REFUND,
        choice=Choice.REFUND if over else case.choice,
        chosen_location_id=case.chosen_location_id,
        transfer_id=case.transfer_id,
        amount=None if case.amount is None else order.money(case.amount),
        lines=[
            RejectedLineOut(
                order_line_id=each.order_line_id,
                variant_id=each.variant_id,
                sku=lines[each.order_line_id].sku,
                title=lines[each.order_line_id].title.said(language),
                option_text=lines[each.order_line_id].option_text,
                units=each.units,
                routed=each.routed,
                substituted=each.substituted,
                reason=each.reason,
            )
            for each in case.lines
        ],
        options=None if found is None else options_out(found),
        substitutes=[substitute_out(each, order, language, None if over else case.choose_by) for each in proposed],
    )
