"""A confirmation says for each place what is ready when, and what comes later by when."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from commerce import orders, stores
from commerce.care.promises import promises_said
from commerce.kernel.clock import HeldClock
from commerce.orders import Elsewhere, Order
from commerce.platform.database import Database
from tests.given import aftersale as given
from tests.given.fulfilment import Shelf
from tests.given.orders import Want


async def bought(db: Database, place: Shelf, *wants: Want) -> Order:
    """An order as it stands."""
    return await orders.order(db.reading, (await given.placed(db, *wants)).id)


async def test_parts_that_come_later_are_said_with_when_below_what_is_there(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    order = await bought(db, place, Want(quantity=3, unit=1999, location_id=place.store, variant_id=place.cup))
    places = await stores.locations(db.reading)
    alone = promises_said(order, places, "en")
    assert alone.startswith("To collect at Gràcia, from Tuesday 10 March")
    assert "×" not in alone  # all of the order, which stands above

    line, week = order.lines[0].id, clock.at + timedelta(days=7)
    waits = replace(order, elsewhere=(Elsewhere(order_line_id=line, location_id=None, units=2, expected_at=week),))
    assert promises_said(waits, places, "en") == (
        f"{alone}\n  1 × Cup, Blue\n\n"
        "Comes later, to collect at Gràcia, as it is expected now from Tuesday 17 March, 11:00. "
        "We write to you when it is ready:\n  2 × Cup, Blue"
    )
    nothing_there = replace(waits, elsewhere=(replace(waits.elsewhere[0], units=3),))
    assert promises_said(nothing_there, places, "en").startswith("Comes later, to collect at Gràcia")
    assert "\n\n" not in promises_said(nothing_there, places, "en")
    come = replace(waits, elsewhere=(replace(waits.elsewhere[0], units=0),))
    assert promises_said(come, places, "en") == alone


@pytest.mark.parametrize(
    ("language", "later"),
    [
        ("en", "Comes later, to be sent as it is expected now by Tuesday 17 March, 11:00:\n  1 × Cup, Blue"),
        (
            "es",
            "Llega más tarde; según lo previsto ahora se enviará antes del martes 17 de marzo, 11:00:\n  1 × Taza, Blue",
        ),
        (
            "ca",
            "Arriba més tard; segons el previst ara s'enviarà abans del dimarts 17 de març, 11:00:\n  1 × Tassa, Blue",
        ),
    ],
)
async def test_each_place_says_its_own_articles_and_instants(
    db: Database, clock: HeldClock, language: str, later: str
) -> None:
    place = await Shelf.filled(db)
    order = await bought(
        db,
        place,
        Want(quantity=2, unit=1999, location_id=place.store, variant_id=place.cup),
        Want(quantity=2, unit=1000, kind="ship", location_id=place.warehouse, variant_id=place.bowl, delivery=495),
    )
    (parcel,) = [line.id for line in order.lines if order.group(line.group_id).kind == "ship"]
    at = clock.at + timedelta(days=7)
    waits = replace(order, elsewhere=(Elsewhere(order_line_id=parcel, location_id=None, units=1, expected_at=at),))
    here, now, then = promises_said(waits, await stores.locations(db.reading), language).split("\n\n")
    assert ("Gràcia" in here, "  2 × " in here) == (True, True)
    assert "  1 × " in now
    assert then == later
