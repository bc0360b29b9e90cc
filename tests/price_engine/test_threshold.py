"""A basket as a distance sale: what it counts for, and that the one which goes beyond the threshold is itself taxed abroad."""

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from commerce.price_engine import (
    Business,
    Buyer,
    Destination,
    Outcome,
    Priced,
    Seller,
    Want,
    WantLine,
    distance_of,
    goes_beyond,
    price_want,
    zone_of,
)
from commerce.price_engine.tax_book import YearOfSales
from commerce.price_engine.threshold import Distance
from tests.given import engine

SHIRT = UUID(int=1)
GERMAN = Business(vat_number="DE136695976", valid=True)
SOLD = YearOfSales(since=engine.AT - timedelta(days=60), until=engine.AT + timedelta(days=300), net=990_000)
SMALL = Seller(country="ES", distance_at_origin=True, sold=(SOLD,))


def priced(quantity: int = 1, *, to: str = "FR", business: Business | None = None, group: str | None = None) -> Priced:
    """A shirt for 12.10 with tax, sent by courier for 4.95."""
    found = outcome(quantity, to=to, business=business, group=group).priced
    assert found is not None
    return found


def outcome(quantity: int, *, to: str = "FR", business: Business | None = None, group: str | None = None) -> Outcome:
    book = engine.book(taxes=engine.tax_book(sellers=[SMALL]))
    want = Want(
        channel_id=engine.CHANNEL,
        destination=Destination(country=to),
        buyer=Buyer(business=business),
        lines=(WantLine(key="a", variant_id=SHIRT, quantity=quantity, group=group or f"ship:{engine.COURIER}"),),
        at=engine.AT,
    )
    known = engine.facts({SHIRT: 1_210})
    return price_want(replace(book, lists=known.lists), want, known.articles, known.prices)


def distance(of: Priced, *, to: str = "FR", business: Business | None = None) -> Distance | None:
    return distance_of(of, seller_country="ES", destination=zone_of(to), business=business)


def test_what_is_sent_to_a_consumer_abroad_counts_without_its_tax_and_with_its_delivery() -> None:
    assert distance(priced()) == Distance(net=1_000 + 409, at_origin=True)


def test_what_is_collected_sent_at_home_exported_or_bought_by_a_business_is_no_distance_sale() -> None:
    assert distance(priced(group=f"pickup:{engine.STORE}")) is None
    assert distance(priced(to="ES"), to="ES") is None
    assert distance(priced(to="CH"), to="CH") is None
    assert distance(priced(business=GERMAN), business=GERMAN) is None
    unchecked = replace(GERMAN, valid=False)
    assert distance(priced(business=unchecked), business=unchecked) == Distance(net=1_409, at_origin=True)


def test_the_sale_that_goes_beyond_the_threshold_is_priced_again_with_the_tax_of_its_destination() -> None:
    taxes = engine.tax_book(sellers=[SMALL])
    assert SMALL.room(engine.AT) == 10_000
    fits = distance(priced(9))
    assert fits == Distance(net=9_409, at_origin=True)
    assert not goes_beyond(fits, "ES", taxes, engine.AT)
    assert goes_beyond(Distance(net=10_001, at_origin=True), "ES", taxes, engine.AT)
    again = priced(10)
    assert [(line.tax_country, line.total, line.tax) for line in again.lines] == [("FR", 12_100, 2_017)]
    assert distance(again) == Distance(net=12_100 - 2_017 + 495 - 83, at_origin=False)
    assert not goes_beyond(distance(again), "ES", taxes, engine.AT)
    assert not goes_beyond(None, "ES", taxes, engine.AT)
