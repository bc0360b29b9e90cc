"""The traces of any movements of stock: what `inventory.move` moved, told with its lots and numbers."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from commerce.inventory import Cause, Move, Spot
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, OrderLineId
from commerce.platform.database import Tx
from commerce.traceability.came import came
from commerce.traceability.facts import STANDING, Came, Left, Returned, Standing, Traced
from commerce.traceability.left import left, went
from commerce.traceability.returned import returned
from commerce.traceability.tracked import tracking


class Tagged(NamedTuple):
    """A movement of stock with what is known of its units; what their article does not ask for is ignored."""

    move: Move
    lot: str | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()
    order_line_id: OrderLineId | None = None


class _Ends(NamedTuple):
    from_spot: Spot
    from_location: LocationId | None
    to_spot: Spot
    to_location: LocationId | None


async def follow(
    tx: Tx,
    moved: Sequence[Tagged],
    cause: Cause,
    effect_key: str,
    *,
    expired: bool = False,
    untraced: bool = False,
) -> list[Traced]:
    """Book the lots and serial numbers of movements, each as what it is: `came`, `left`, `went` or `returned`; call it after `inventory.move`.

    Expired lots leave for customers and into transit only when `expired` says so; what is written off, sent back, damaged or put in
    quarantine may be of any lot. What a shortage gives to a customer was nowhere, and leaves no trace. `untraced` is said
    to `returned`. Refuses as these four do. Articles that ask for nothing
    cost one statement together.
    """
    asking = await tracking(tx, {tagged.move.variant_id for tagged in moved})
    groups: dict[_Ends, list[Tagged]] = {}
    for tagged in moved:
        if asking[tagged.move.variant_id] != "none":
            groups.setdefault(_Ends(*tagged.move[2:]), []).append(tagged)
    found: list[Traced] = []
    for ends, lines in sorted(groups.items(), key=lambda each: [str(part) for part in each[0]]):
        # Two ways out of one spot are two effects, so that each knows its own again.
        key = f"{effect_key}/{ends.from_spot}>{ends.to_spot}:{ends.to_location or ''}"
        found += await _follow_one(tx, ends, lines, cause, key, expired=expired, untraced=untraced)
    return found


async def _follow_one(
    tx: Tx, ends: _Ends, lines: Sequence[Tagged], cause: Cause, key: str, *, expired: bool, untraced: bool
) -> list[Traced]:
    origin, target = _standing(ends.from_spot, ends.from_location), _standing(ends.to_spot, ends.to_location)
    if origin is not None:
        going = [Left(each.move.variant_id, each.move.quantity, each.serials, each.lot) for each in lines]
        any_lot = expired or ends.to_spot not in {Spot.CUSTOMER, Spot.SHELF, Spot.IN_TRANSIT}
        if target is not None:
            return await went(tx, origin, target, going, cause, key, expired=any_lot)
        return await left(
            tx,
            origin.location_id,
            going,
            cause,
            key,
            order_line_ids=[each.order_line_id for each in lines],
            spot=origin.spot,
            to_spot=ends.to_spot,
            expired=any_lot,
        )
    if target is None:
        return []
    if ends.from_spot is Spot.CUSTOMER:
        back = [
            Returned(
                each.move.variant_id, each.move.quantity, each.order_line_id, each.serials, each.lot, each.expires_on
            )
            for each in lines
        ]
        return await returned(tx, target.location_id, back, cause, key, spot=target.spot, untraced=untraced)
    coming = [Came(each.move.variant_id, each.move.quantity, each.lot, each.expires_on, each.serials) for each in lines]
    return await came(tx, target.location_id, coming, cause, key, spot=target.spot, from_spot=ends.from_spot)


def _standing(spot: Spot, location_id: LocationId | None) -> Standing | None:
    if spot not in STANDING:
        return None
    if location_id is None:
        raise Bug(f"units at {spot} are at no location")
    return Standing(location_id, spot)
