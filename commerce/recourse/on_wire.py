"""From rejections and their options to answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from commerce.orders import Order
from commerce.recourse.facts import Choice, Rejection, RejectionState as S
from commerce.recourse.options import DeliveryOption, Options, StoreOption, Units
from commerce.recourse.schemas import (
    DeliveryOptionOut,
    OptionsOut,
    OptionUnitsOut,
    PartDeliveryOut,
    PartStoreOut,
    PartWaitOut,
    RejectedLineOut,
    RejectionOut,
    StoreOptionOut,
    WaitOptionOut,
)
from commerce.recourse.substitute_facts import Substitute
from commerce.recourse.substitute_schemas import substitute_out


def options_out(found: Options) -> OptionsOut:
    """Shapes options for the wire."""
    delivery, part, wait = found.delivery, found.part_delivery, found.part_wait
    return OptionsOut(
        stores=[StoreOptionOut(**_store(each)) for each in found.stores],
        delivery=None if delivery is None else DeliveryOptionOut(**_delivery(delivery, found)),
        wait=None if found.wait is None else WaitOptionOut(ready_by=found.wait.ready_by),
        refund=found.refund,
        part_stores=[PartStoreOut(lines=_units(each.units), **_store(each)) for each in found.part_stores],
        part_delivery=None if part is None else PartDeliveryOut(lines=_units(part.units), **_delivery(part, found)),
        part_wait=None if wait is None else PartWaitOut(lines=_units(wait.units), ready_by=wait.ready_by),
    )


def _store(each: StoreOption) -> dict[str, Any]:
    of = each.location
    return {"location_id": of.id, "code": of.code, "name": of.name, "timezone": of.timezone, "ready_by": each.ready_by}


def _delivery(each: DeliveryOption, found: Options) -> dict[str, Any]:
    promised = each.route.promised.values()
    return {
        "parcels": len(promised),
        "ships_by": max(made.ready_by for made in promised),
        "needs_address": found.needs_address,
    }


def _units(units: Units) -> list[OptionUnitsOut]:
    return [OptionUnitsOut(order_line_id=line_id, units=quantity) for line_id, quantity in units]


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
        part_of=case.part_of,
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
                apart=each.apart,
                reason=each.reason,
            )
            for each in case.lines
        ],
        options=None if found is None else options_out(found),
        substitutes=[substitute_out(each, order, language, None if over else case.choose_by) for each in proposed],
    )
