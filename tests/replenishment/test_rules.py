"""The pure rules: what a scan is for an order, what is proposed from where, which moves there are."""

import pytest
from hypothesis import given, strategies as st

from commerce.kernel.errors import IllegalMove
from commerce.kernel.ids import (
    LocationId,
    OrderId,
    OrderLineId,
    PurchaseOrderId,
    SupplierId,
    TransferId,
    TransferLineId,
    VariantId,
    new_id,
)
from commerce.replenishment import MoreThanInTransit, OverReceipt, transfer_rules
from commerce.replenishment.facts import (
    Need,
    Purchase,
    PurchaseLine,
    PurchaseState,
    Scanned,
    Source,
    Transfer,
    TransferLine,
    TransferState,
)
from commerce.replenishment.rules import PURCHASE, booked, in_packs, judged, proposals
from tests.conftest import AT

POT, JUG = VariantId(new_id()), VariantId(new_id())
STORE, NEAR, FAR = (LocationId(new_id()) for _ in range(3))


def order(ordered: int, received: int = 0, over: int = 0) -> Purchase:
    line = PurchaseLine(id=new_id(), position=0, variant_id=POT, ordered=ordered, received=received, over=over)
    return Purchase(
        id=PurchaseOrderId(new_id()),
        number="PO-1",
        supplier_id=SupplierId(new_id()),
        location_id=STORE,
        state=PurchaseState.ORDERED,
        currency="EUR",
        created_by="staff:test",
        created_at=AT,
        lines=(line,),
    )


def scanned(quantity: int, exception: str | None = None) -> Scanned:
    return Scanned(variant_id=POT, quantity=quantity, exception=exception)  # type: ignore[arg-type]


def need(missing: int, at: LocationId = STORE) -> Need:
    return Need(variant_id=POT, location_id=at, minimum=1, maximum=missing, on_hand=0, reserved=0, coming=0)


def source(days: int, pack: int = 1, least: int = 1) -> Source:
    return Source(variant_id=POT, supplier_id=SupplierId(new_id()), lead_days=days, pack_size=pack, minimum_order=least)


@given(ordered=st.integers(1, 200), tolerance=st.integers(0, 50), scans=st.lists(st.integers(1, 60), max_size=8))
def test_no_more_is_accepted_than_the_tolerance_and_without_approval_no_more_than_ordered(
    ordered: int, tolerance: int, scans: list[int]
) -> None:
    for approver in (False, True):
        taken: list[Scanned] = []
        for units in scans:
            try:
                taken += judged(order(ordered), taken, scanned(units), tolerance_percent=tolerance, approver=approver)
            except OverReceipt:
                continue
        total = sum(each.quantity for each in taken)
        assert total <= ordered + (ordered * tolerance // 100 if approver else 0)
        over = sum(each.quantity for each in taken if each.exception == "over")
        assert over == max(0, total - ordered)
        after = booked(order(ordered), taken, tolerance_percent=0, approver=False)
        assert (after.lines[0].received, after.lines[0].over) == (total, over)


def test_an_order_is_received_when_nothing_is_open_and_partially_before() -> None:
    part = booked(order(26), [scanned(10)], tolerance_percent=0, approver=False)
    assert (part.state, part.lines[0].received, part.lines[0].open) == (PurchaseState.PARTIALLY_RECEIVED, 10, 16)
    assert booked(part, [scanned(16)], tolerance_percent=0, approver=False).state is PurchaseState.RECEIVED


@pytest.mark.parametrize("after", [PurchaseState.DRAFT, PurchaseState.ORDERED, PurchaseState.CANCELLED])
def test_what_was_received_is_final(after: PurchaseState) -> None:
    with pytest.raises(IllegalMove):
        PURCHASE.check(PurchaseState.RECEIVED, after)


def test_the_warehouse_with_most_gives_first_and_a_supplier_the_rest_in_whole_packs() -> None:
    slow, quick = source(9), source(2, pack=6, least=12)
    found = proposals([need(20)], {POT: {NEAR: 3, FAR: 9}}, [slow, quick], [NEAR, FAR])
    assert [(each.kind, each.quantity, each.origin_id) for each in found] == [
        ("transfer", 9, FAR),
        ("transfer", 3, NEAR),
        ("purchase", 12, None),
    ]
    assert found[2].source == quick
    assert in_packs(13, quick) == 18


def test_what_one_place_is_given_no_other_gets_and_a_warehouse_is_not_supplied_from_another() -> None:
    other = LocationId(new_id())
    found = proposals([need(4), need(4, other), need(2, NEAR)], {POT: {NEAR: 5, FAR: 9}}, [], [NEAR])
    assert [(each.need.location_id, each.kind, each.quantity) for each in found] == [
        (STORE, "transfer", 4),
        (other, "transfer", 1),
        (other, "none", 3),
        (NEAR, "none", 2),
    ]


def transfer(*lines: TransferLine) -> Transfer:
    return Transfer(
        id=TransferId(new_id()),
        number="T-1",
        origin_id=NEAR,
        destination_id=STORE,
        state=TransferState.IN_TRANSIT,
        reason="refill",
        created_by="staff:test",
        created_at=AT,
        lines=lines,
    )


def line(position: int, shipped: int, pegged: int = 0, variant_id: VariantId = POT) -> TransferLine:
    return TransferLine(
        id=TransferLineId(new_id()),
        position=position,
        variant_id=variant_id,
        quantity=shipped,
        shipped=shipped,
        pegged=pegged,
        order_id=OrderId(new_id()) if pegged else None,
        order_line_id=OrderLineId(new_id()) if pegged else None,
    )


@given(
    lines=st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=4),
    scans=st.lists(st.tuples(st.integers(1, 12), st.sampled_from(["good", "damaged"])), max_size=10),
)
def test_units_that_arrive_go_to_orders_first_and_never_beyond_what_is_in_transit(
    lines: list[tuple[int, bool]], scans: list[tuple[int, str]]
) -> None:
    now = transfer(*(line(nth, units, units if pegged else 0) for nth, (units, pegged) in enumerate(lines)))
    shipped, taken, kept = sum(units for units, _ in lines), 0, 0
    for units, condition in scans:
        if now.state is TransferState.RECEIVED:
            break
        try:
            arrived = transfer_rules.arriving(now, [(POT, units)], condition)  # type: ignore[arg-type]
        except MoreThanInTransit:
            assert units > shipped - taken
            continue
        taken += units
        kept += sum(each.reserved for each in arrived)
        now = transfer_rules.received(now, arrived)
        assert sum(each.in_transit for each in now.lines) == shipped - taken
        assert kept == sum(each.for_order for each in now.lines)
    assert (now.state is TransferState.RECEIVED) == (taken == shipped)
