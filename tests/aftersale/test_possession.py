"""Since when a customer has the goods of a group in which several places had a part."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from commerce.aftersale.rules import Possession, possessions
from commerce.fulfilment import Fulfilment, FulfilmentLine, FulfilmentState as S, Shipment
from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, LocationId, OrderId, OrderLineId, VariantId, new_id
from commerce.kernel.wire import Text3

AT = datetime(2026, 3, 10, tzinfo=UTC)
GROUP = new_id()


def work(state: S, kind: Literal["pickup", "ship"] = "pickup", *, days: int = 0, handed: int = 0) -> Fulfilment:
    """A piece of work of the group that ended so many days later."""
    line = FulfilmentLine(
        id=FulfilmentLineId(new_id()),
        order_line_id=OrderLineId(new_id()),
        position=0,
        variant_id=VariantId(new_id()),
        sku="CUP",
        title=Text3(en="Cup"),
        option_text="",
        quantity=2,
        picked=handed,
        handed=handed,
    )
    return Fulfilment(
        id=FulfilmentOrderId(new_id()),
        number="F-1",
        order_id=OrderId(new_id()),
        order_number="O-1",
        group_id=GROUP,
        location_id=LocationId(new_id()),
        kind=kind,
        state=state,
        offered_at=AT,
        closed_at=AT + timedelta(days=days),
        lines=(line,),
    )


def parcel(of: Fulfilment, *, shipped: int, delivered: int | None) -> Shipment:
    """What a piece of work sent, and when it came."""
    return Shipment(
        id=new_id(),
        number="S-1",
        fulfilment_order_id=of.id,
        order_id=of.order_id,
        location_id=of.location_id,
        carrier="Correos",
        tracking_number=None,
        tracking_url=None,
        units=(),
        shipped_at=AT + timedelta(days=shipped),
        delivered_at=None if delivered is None else AT + timedelta(days=delivered),
    )


def of_group(found: dict[UUID, Possession]) -> Possession:
    return found[GROUP]


def test_the_last_of_what_several_places_gave_counts_and_a_place_that_gave_nothing_does_not() -> None:
    works = [work(S.REJECTED, days=9), work(S.HANDED_OVER, days=1, handed=2), work(S.HANDED_OVER, days=4, handed=2)]
    assert of_group(possessions(works, [])).since == AT + timedelta(days=4)
    assert of_group(possessions(works[:1], [])) == Possession(None)


def test_what_is_still_to_come_holds_the_time_back() -> None:
    sent = work(S.SHIPPED, "ship", handed=2)
    works = [work(S.HANDED_OVER, days=1, handed=2), sent]
    on_its_way = of_group(possessions(works, [parcel(sent, shipped=2, delivered=None)]))
    assert on_its_way.since is None
    assert on_its_way.presumed is not None
    there = of_group(possessions(works, [parcel(sent, shipped=2, delivered=5)]))
    assert there.since == AT + timedelta(days=5)
    assert of_group(possessions([work(S.OFFERED), works[0]], [])).since is None
