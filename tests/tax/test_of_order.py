"""What an order leaves in the books of tax, from its price."""

from uuid import UUID

from msgspec.structs import replace

from commerce import tax
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.price_engine import Business, Buyer, Destination, Priced, Want, WantLine, price_want, zone_of
from tests.given import engine

SHIRT = UUID(int=1)
GERMAN = Business(vat_number="DE136695976", valid=True)
ORDER = new_id()


def records(to: str, business: Business | None = None) -> tax.OrderRecords:
    """The records of a shirt for 12.10 that is sent, and one that is collected in Madrid."""
    book = engine.book(taxes=engine.tax_book())
    known = engine.facts({SHIRT: 1_210})
    want = Want(
        channel_id=engine.CHANNEL,
        destination=Destination(country=to),
        buyer=Buyer(business=business),
        lines=(
            WantLine(key="a", variant_id=SHIRT, quantity=1, group=f"ship:{engine.COURIER}"),
            WantLine(key="b", variant_id=SHIRT, quantity=1, group=f"pickup:{engine.STORE}"),
        ),
        at=engine.AT,
    )
    priced: Priced | None = price_want(replace(book, lists=known.lists), want, known.articles, known.prices).priced
    assert priced is not None
    return tax.records_of(
        ORDER, priced, seller_country="ES", destination=zone_of(to), business=business, consultation="W1"
    )


def test_a_consumer_abroad_makes_a_distance_sale_of_what_is_sent() -> None:
    found = records("FR")
    assert found.exempt == ()
    assert found.distance == tax.DistanceSale(
        order_id=ORDER, seller_country="ES", destination="FR", net=Money(1_008 + 412, "EUR"), at_origin=False
    )


def test_a_business_abroad_makes_an_exempt_supply_of_what_is_sent() -> None:
    found = records("FR", GERMAN)
    assert found.distance is None
    assert found.exempt == (
        tax.ExemptSupply(
            order_id=ORDER,
            kind="intra_community",
            origin="ES",
            destination="FR",
            net=Money(1_000 + 409, "EUR"),
            vat_number="DE136695976",
            consultation="W1",
        ),
    )


def test_what_leaves_the_union_is_an_export_and_what_stays_is_nothing() -> None:
    (export,) = records("CH").exempt
    assert (export.kind, export.destination, export.net, export.vat_number) == (
        "export",
        "CH",
        Money(1_409, "EUR"),
        None,
    )
    assert records("ES") == tax.OrderRecords(distance=None, exempt=())
