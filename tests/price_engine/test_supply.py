"""Where supplies are taxed and which are not, by the articles of Directive 2006/112/EC; no database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from commerce.price_engine.book import Business
from commerce.price_engine.facts import TaxProfile
from commerce.price_engine.supply import (
    MEMBER_STATES,
    OUTSIDE,
    PARTS,
    Supply,
    state_of_number,
    supply,
    vat_state,
    zone_of,
)
from commerce.price_engine.tax_book import Rate, Seller, TaxBook, YearOfSales

AT = datetime(2026, 3, 10, 10, tzinfo=UTC)
SPANISH = Business(vat_number="ESB58378431", valid=True)
GERMAN = Business(vat_number="DE136695976", valid=True)
GREEK = Business(vat_number="EL094259216", valid=True)
UNCHECKED = Business(vat_number="DE136695976", valid=False)


def rate(zone: str, figure: str, category: str = "standard", **window: datetime) -> Rate:
    return Rate(
        id=uuid5(NAMESPACE_OID, f"{zone} {category} {figure}"),
        category=category,
        zone=zone,
        rate=Decimal(figure),
        since=window.get("since"),
        until=window.get("until"),
        version=1,
    )


def book(*sellers: Seller) -> TaxBook:
    return TaxBook(
        rates=(
            rate("ES", "0.21"),
            rate("DE", "0.19"),
            rate("FR", "0.20"),
            rate("PT-20", "0.16"),
            rate("ES-CN", "0.07"),
        ),
        sellers={each.country: each for each in sellers},
        profiles={},
    )


def sent(
    origin: str, destination: str, business: Business | None = None, *sellers: Seller, category: str = "standard"
) -> Supply:
    return supply(
        "ES", origin, destination, ships=True, business=business, category=category, taxes=book(*sellers), at=AT
    )


@pytest.mark.parametrize(
    ("country", "region", "postal_code", "zone"),
    [
        ("ES", None, "08001", "ES"),
        ("ES", "Las Palmas", "35001", "ES-CN"),
        ("ES", None, "38670", "ES-CN"),
        ("ES", None, "51001", "ES-CE"),
        ("ES", None, "52 006", "ES-ML"),
        ("ES", "ES-CN", None, "ES-CN"),
        ("ES", "TF", "", "ES-CN"),
        ("ES", "CN", "28001", "ES-CN"),
        ("PT", None, "9000-042", "PT-30"),
        ("PT", None, "9500-150", "PT-20"),
        ("PT", None, "1000-001", "PT"),
        ("FR", None, "97400", "RE"),
        ("FR", None, "97133", "BL"),
        ("FR", None, "97110", "GP"),
        ("FR", None, "98000", "FR"),
        ("MC", None, "98000", "FR"),
        ("DE", None, "27498", "DE-HEL"),
        ("DE", None, "78266", "DE-BUS"),
        ("DE", None, "D-78266", "DE"),
        ("DE", None, "DE-78266", "DE-BUS"),
        ("CH", None, "8238", "DE-BUS"),
        ("DE", None, "87491", "AT-JUN"),
        ("AT", None, "6991", "AT-JUN"),
        ("AT", None, "1010", "AT"),
        ("IT", None, "23041", "IT-LIV"),
        ("IT", None, "22061", "IT-CAM"),
        ("FI", None, "22100", "AX"),
        ("AX", None, "22100", "AX"),
        ("GR", None, "630 86", "GR-69"),
        ("GB", None, "BT1 5GS", "GB-NIR"),
        ("GB", None, "SW1A 1AA", "GB"),
        ("US", "NY", "10001", "US-NY"),
        ("US", "us-ma", None, "US-MA"),
        ("US", "New York", "10001", "US"),
        ("US", None, "10001", "US"),
        ("CA", "ON", None, "CA-ON"),
        ("CL", "RM", "8320000", "CL"),
    ],
)
def test_an_address_is_in_the_zone_whose_tax_holds_there(
    country: str, region: str | None, postal_code: str | None, zone: str
) -> None:
    assert zone_of(country, region, postal_code) == zone


def test_the_territories_of_article_6_are_outside_and_those_of_articles_104_and_105_inside() -> None:
    assert [zone for zone in sorted(OUTSIDE) if vat_state(zone) is not None] == []
    assert (vat_state("PT-20"), vat_state("PT-30"), vat_state("AT-JUN")) == ("PT", "PT", "AT")
    assert (vat_state("AX"), vat_state("RE"), vat_state("GB"), vat_state("US-NY")) == (None, None, None, None)
    assert (vat_state("GB-NIR"), state_of_number("XI123456789")) == ("XI", "XI")
    assert (state_of_number(GREEK.vat_number), state_of_number("GR094259216"), state_of_number("GB1")) == (
        "GR",
        "GR",
        None,
    )
    assert len(MEMBER_STATES) == 27


@settings(deadline=None)
@given(
    st.sampled_from(sorted(MEMBER_STATES | {"US", "CA", "GB", "CH", "MC"})), st.text(max_size=8), st.text(max_size=8)
)
def test_whatever_an_address_says_its_zone_is_a_country_or_a_known_part(country: str, region: str, code: str) -> None:
    zone = zone_of(country, region, code)
    assert zone in PARTS or len(zone) == 2


def test_goods_that_are_collected_are_taxed_where_they_are_whoever_collects_them() -> None:
    for business in (None, GERMAN, UNCHECKED):
        found = supply("ES", "FR", "DE", ships=False, business=business, category="standard", taxes=book(), at=AT)
        assert found == Supply(zone="FR", why="collected")


def test_goods_sent_within_a_member_state_are_taxed_where_dispatch_begins() -> None:
    assert sent("ES", "ES") == Supply(zone="ES", why="domestic")
    assert sent("PT", "PT-20") == Supply(zone="PT", why="domestic")
    assert sent("PT-20", "PT") == Supply(zone="PT-20", why="domestic")


def test_a_consumer_in_another_member_state_pays_its_tax_unless_the_seller_is_below_the_threshold() -> None:
    assert sent("ES", "DE") == Supply(zone="DE", why="distance_sale")
    assert sent("ES", "DE", UNCHECKED) == Supply(zone="DE", why="distance_sale")
    small = Seller(country="ES", distance_at_origin=True)
    assert sent("ES", "DE", None, small) == Supply(zone="ES", why="below_threshold")
    assert sent("FR", "DE", None, small) == Supply(zone="DE", why="distance_sale"), "dispatched from a third state"
    assert sent("ES", "PT-20") == Supply(zone="PT-20", why="distance_sale")


def test_beyond_the_threshold_the_seller_is_taxed_at_destination_from_that_instant_to_the_end_of_the_next_year() -> (
    None
):
    crossed = AT - timedelta(hours=1)
    until = datetime(2027, 12, 31, 23, tzinfo=UTC)
    seller = Seller(country="ES", distance_at_origin=True, beyond=((crossed, until),))
    assert sent("ES", "DE", None, seller).why == "distance_sale"
    assert seller.at_origin(crossed - timedelta(microseconds=1))
    assert not seller.at_origin(crossed)
    assert not seller.at_origin(until - timedelta(microseconds=1))
    assert seller.at_origin(until)


def test_a_seller_knows_its_room_and_the_book_of_a_sale_that_goes_beyond_it() -> None:
    year = YearOfSales(
        since=datetime(2025, 12, 31, 23, tzinfo=UTC), until=datetime(2026, 12, 31, 23, tzinfo=UTC), net=999_000
    )
    seller = Seller(country="ES", distance_at_origin=True, sold=(year,))
    assert seller.room(AT) == 1_000
    assert seller.room(year.until) == 1_000_000
    taxes = book(seller).beyond_threshold("ES")
    found = supply("ES", "ES", "DE", ships=True, business=None, category="standard", taxes=taxes, at=AT)
    assert found == Supply(zone="DE", why="distance_sale")
    assert taxes.seller("ES").room(AT) == 1_000


def test_a_sale_in_another_currency_than_the_thresholds_is_taxed_where_it_arrives() -> None:
    taxes = book(Seller(country="ES", distance_at_origin=True))
    for currency, zone in (("EUR", "ES"), ("SEK", "DE"), (None, "ES")):
        found = supply(
            "ES", "ES", "DE", ships=True, business=None, category="standard", taxes=taxes, at=AT, currency=currency
        )
        assert found.zone == zone


def test_a_supply_to_a_business_of_another_member_state_is_exempt_and_says_which_rate_prices_contain() -> None:
    exempt = sent("ES", "DE", GERMAN)
    assert (exempt.zone, exempt.why) == ("ES", "intra_community")
    assert exempt.relief is not None
    assert (exempt.relief.kind, exempt.relief.inside) == ("intra_community", Decimal("0.21"))
    assert sent("ES", "FR", GREEK).why == "intra_community", "the number may be of a third member state"


def test_a_business_of_the_state_of_dispatch_is_taxed_there_wherever_the_goods_go() -> None:
    assert sent("ES", "DE", SPANISH) == Supply(zone="ES", why="business")
    assert sent("ES", "ES", GERMAN) == Supply(zone="ES", why="domestic")


def test_domestic_sales_to_businesses_are_reverse_charged_where_the_seller_says_so() -> None:
    seller = Seller(country="ES", domestic_reverse=("phones",))
    taxes = msgspec.structs.replace(book(seller), rates=(rate("ES", "0.21", "phones"), rate("ES", "0.21")))

    def bought(category: str, business: Business | None, *, ships: bool) -> Supply:
        return supply("ES", "ES", "ES", ships=ships, business=business, category=category, taxes=taxes, at=AT)

    for ships in (False, True):
        found = bought("phones", SPANISH, ships=ships)
        assert found.relief is not None
        assert (found.why, found.relief.kind, found.relief.inside) == (
            "reverse_charge",
            "reverse_charge",
            Decimal("0.21"),
        )
        assert bought("standard", SPANISH, ships=ships).relief is None
        assert bought("phones", GERMAN, ships=ships).relief is None, "not identified where the supply is"
        assert bought("phones", None, ships=ships).relief is None


@pytest.mark.parametrize("destination", ["CH", "US-NY", "US", "ES-CN", "ES-CE", "AX", "RE", "DE-BUS"])
def test_what_leaves_the_territory_of_tax_is_exempt_as_an_export(destination: str) -> None:
    for business in (None, GERMAN):
        found = sent("ES", destination, business)
        assert found.relief is not None
        assert (found.zone, found.relief.kind, found.relief.inside) == ("ES", "export", Decimal("0.21"))


def test_outside_of_the_territory_the_tax_is_that_of_the_place_of_arrival_in_the_same_country() -> None:
    assert sent("US-NY", "US-MA") == Supply(zone="US-MA", why="abroad")
    assert sent("ES-CN", "ES-CN") == Supply(zone="ES-CN", why="abroad")
    assert sent("ES-CN", "ES").why == "export"
    assert sent("ES-CN", "ES-CE").why == "export"
    assert sent("US-NY", "DE").why == "export"


def test_without_a_rate_that_prices_could_contain_there_is_no_relief() -> None:
    assert sent("ES", "DE", GERMAN, category="unknown") == Supply(zone="ES", why="intra_community")


def test_the_rates_of_an_instant_are_one_mapping_until_the_next_change() -> None:
    change = datetime(2026, 6, 30, 22, tzinfo=UTC)
    taxes = TaxBook(
        rates=(rate("ES", "0.21", until=change), rate("ES", "0.22", since=change), rate("DE", "0.19")),
        sellers={},
        profiles={"ES": TaxProfile(rounding="document"), "PT-20": TaxProfile(rounding="document")},
    )
    just_before = taxes.at(change - timedelta(microseconds=1))
    assert just_before["standard", "ES"].rate == Decimal("0.21")
    assert taxes.at(change)["standard", "ES"].rate == Decimal("0.22")
    assert taxes.at(AT) is just_before
    assert taxes.at(change) is taxes.at(change + timedelta(days=900))
    assert [taxes.profile(zone).rounding for zone in ("ES", "ES-CN", "PT-20", "PT")] == [
        "document",
        "document",
        "document",
        "line",
    ]


def test_a_book_is_the_same_after_a_way_through_bytes() -> None:
    taxes = book(Seller(country="ES", distance_at_origin=True, beyond=((AT, AT + timedelta(days=1)),)))
    assert taxes.at(AT)
    again = msgspec.json.decode(msgspec.json.encode(taxes), type=TaxBook)
    assert again == taxes
    assert again.at(AT) == taxes.at(AT)
