"""From a wanted basket to a price: where each group is supplied and what its delivery costs, what has no price and why, what is frozen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from commerce.price_engine import (
    ArticleFact,
    Assembled,
    Book,
    Business,
    Buyer,
    CannotPrice,
    Conditions,
    Destination,
    FeeFact,
    Frozen,
    ListPrice,
    Malformed,
    Override,
    PercentOff,
    Priced,
    PriceFact,
    Promotion,
    Relief,
    Seller,
    Want,
    Window,
    assemble,
    circumstances,
    delivery_key,
    facts_recorded,
    price,
    price_want,
    record,
)
from tests.given.engine import (
    AT,
    CANARY_STORE,
    COLLECTING,
    COURIER,
    LIST_ID,
    STORE,
    article,
    book,
    one_list,
    priced_at,
    tax_book,
    want,
    wanted,
)

SOAP, BREAD, VASE = UUID(int=1), UUID(int=2), UUID(int=3)
ARTICLES = {each: article(each) for each in (SOAP, BREAD, VASE)}
PRICES = {**priced_at(SOAP, 1999), **priced_at(BREAD, 250)}
PICKUP, CANARY, SHIP = f"pickup:{STORE}", f"pickup:{CANARY_STORE}", f"ship:{COURIER}"
FRANCE = Destination(country="FR")
GERMAN = Buyer(business=Business(vat_number="DE136695976", valid=True))


def priced(wish: Want, known: Book | None = None, **more: Any) -> Priced:
    outcome = price_want(known or book(), wish, ARTICLES, PRICES, **more)
    assert outcome.priced is not None, outcome.assembled.problems
    return outcome.priced


def reasons(wish: Want, known: Book | None = None, **articles: ArticleFact) -> list[tuple[int, str, str]]:
    there = {**ARTICLES, **{each.variant_id: each for each in articles.values()}}
    outcome = price_want(known or book(), wish, there, PRICES)
    assert outcome.priced is None
    return [(each.position, each.field, each.reason) for each in outcome.assembled.problems]


# --- where goods are supplied -------------------------------------------------------------------------------------


def test_collected_goods_are_taxed_where_the_store_is() -> None:
    lines = priced(want(wanted(SOAP, key="m", group=PICKUP), wanted(SOAP, key="c", group=CANARY))).lines
    assert [(line.tax_country, line.tax) for line in lines] == [("ES", 347), ("ES-CN", 131)]


def test_sent_goods_and_their_delivery_are_taxed_where_they_arrive() -> None:
    answer = priced(want(wanted(SOAP, group=SHIP), destination=FRANCE))
    assert [(line.tax_country, line.tax) for line in answer.lines] == [("FR", 333)]
    assert [(sent.tax_country, sent.amount, sent.tax) for sent in answer.deliveries] == [("FR", 495, 83)]


def test_below_the_threshold_sent_goods_are_taxed_where_they_come_from() -> None:
    known = book(taxes=tax_book(sellers=[Seller(country="ES", distance_at_origin=True)]))
    assert priced(want(wanted(SOAP, group=SHIP), destination=FRANCE), known).lines[0].tax_country == "ES"


def test_a_sale_that_goes_beyond_the_threshold_is_itself_taxed_where_it_arrives() -> None:
    """19.99 and 4.95 for delivery with 21 % inside are 20.61 before tax."""
    enough, short = (
        book(taxes=tax_book(sellers=[Seller(country="ES", distance_at_origin=True, threshold=net)]))
        for net in (2061, 2060)
    )
    wish = want(wanted(SOAP, group=SHIP), destination=FRANCE)
    assert {line.tax_country for line in priced(wish, enough).lines} == {"ES"}
    beyond = priced(wish, short)
    assert [each.tax_country for each in beyond.lines] == ["FR"]
    assert [each.tax_country for each in beyond.deliveries] == ["FR"]
    assert beyond.total == priced(wish, enough).total


def test_to_the_canary_islands_goods_are_exported() -> None:
    """19.99 with 21 % inside is 16.52 without; what is levied there is an import tax."""
    islands = Destination(country="ES", postal_code="35001")
    answer = priced(want(wanted(SOAP, group=SHIP), destination=islands))
    assert [(line.relief, line.unit, line.tax) for line in answer.lines] == [("export", 1652, 0)]
    assert [(sent.relief, sent.total) for sent in answer.deliveries] == [("export", 409)]


def test_a_business_in_another_member_state_pays_no_tax_on_goods_that_are_sent() -> None:
    wish = want(wanted(SOAP, group=SHIP), wanted(BREAD, group=PICKUP), destination=FRANCE, buyer=GERMAN)
    answer = priced(wish)
    assert [(line.relief, line.tax_country) for line in answer.lines] == [("intra_community", "ES"), (None, "ES")]
    unchecked = Buyer(business=Business(vat_number="DE136695976", valid=False))
    assert priced(replace(wish, buyer=unchecked)).lines[0].tax_country == "FR"


def test_reverse_charge_goes_by_the_category_of_each_line_and_fee() -> None:
    taxes = tax_book(
        ("ES", "standard", "21"),
        ("ES", "phones", "21"),
        ("ES", "reduced", "10"),
        sellers=[Seller(country="ES", domestic_reverse=("phones",))],
    )
    fee = FeeFact(code="eco", kind="eco_fee", amount=110, currency="EUR", includes_tax=True, tax_category="reduced")
    there = {**ARTICLES, SOAP: article(SOAP, "phones", fees=(fee,))}
    buyer = Buyer(business=Business(vat_number="ESB58378431", valid=True))
    wish = want(wanted(SOAP, group=PICKUP), wanted(BREAD, group=PICKUP), buyer=buyer)
    assembled = assemble(book(taxes=taxes), wish, there, PRICES)
    phone, bread = assembled.basket.lines
    assert phone.relief == Relief(kind="reverse_charge", inside=Decimal("0.21"))
    assert bread.relief is None


def test_a_till_sells_where_it_stands() -> None:
    """Without a group the goods are handed over in the store, also when the channel's country is elsewhere."""
    assert priced(want(wanted(SOAP), store_id=CANARY_STORE)).lines[0].tax_country == "ES-CN"
    assert priced(want(wanted(SOAP))).lines[0].tax_country == "ES"
    assert priced(want(wanted(SOAP), destination=FRANCE)).lines[0].tax_country == "FR"


def test_the_clock_on_the_wall_is_the_stores() -> None:
    assert circumstances(book(), want(wanted(SOAP))).zone == "Europe/Madrid"
    assert circumstances(book(), want(wanted(SOAP), store_id=CANARY_STORE)).zone == "Atlantic/Canary"
    midnight = Window(starts_at=AT.replace(hour=13), store_time=True)
    sale = replace(one_list(), id=UUID(int=9), priority=1, window=midnight)
    known = book(lists=[one_list(), sale])
    prices = {SOAP: (*PRICES[SOAP], PriceFact(variant_id=SOAP, list_id=sale.id, unit=999))}
    units = []
    for store in (STORE, CANARY_STORE):
        outcome = price_want(known, want(wanted(SOAP), store_id=store), ARTICLES, prices)
        assert outcome.priced is not None
        units.append(outcome.priced.lines[0].unit)
    assert units == [999, 1999], "at noon UTC it is 13:00 in Madrid and 12:00 in Las Palmas"


def test_each_group_pays_its_delivery_once() -> None:
    wish = want(wanted(SOAP, group=SHIP), wanted(BREAD, group=SHIP), wanted(BREAD, key="p", group=PICKUP))
    assert [(each.group, each.amount) for each in priced(wish).deliveries] == [(SHIP, 495)]
    with_fee = priced(wish, book(pickup_costs=150)).deliveries
    assert [(each.group, each.method_id, each.amount) for each in with_fee] == [
        (PICKUP, COLLECTING, 150),
        (SHIP, COURIER, 495),
    ]


def test_the_method_of_collecting_is_found_anew_when_the_methods_are_others() -> None:
    costly, free = book(pickup_costs=150), book()
    assert replace(costly, lists={}).pickup_method("EUR") is not None
    assert costly.pickup_method("USD") is None
    assert replace(costly, methods=free.methods).pickup_method("EUR") is None


# --- what has no price --------------------------------------------------------------------------------------------


def test_each_line_that_cannot_be_priced_is_named_with_its_reason() -> None:
    wish = want(
        wanted(UUID(int=77)),
        wanted(VASE),
        wanted(SOAP, group=SHIP),
        wanted(BREAD, key="a", group=f"ship:{COLLECTING}"),
        wanted(BREAD, key="b", group=f"pickup:{UUID(int=78)}"),
        wanted(BREAD, key="c"),
    )
    heavy = replace(article(SOAP), shippable=False)
    assert reasons(wish, soap=heavy, bread=article(BREAD, "food")) == [
        (0, "variant_id", "unknown_article"),
        (1, "variant_id", "no_price"),
        (2, "variant_id", "not_shippable"),
        (3, "variant_id", "no_tax_rate"),
        (4, "variant_id", "no_tax_rate"),
        (5, "variant_id", "no_tax_rate"),
    ]
    groups = want(*wish.lines[3:5])
    assert [each[1:] for each in reasons(groups)] == [("group", "unknown_method"), ("group", "unknown_location")]
    assert reasons(want(wanted(SOAP)), soap=replace(article(SOAP), sellable=False)) == [
        (0, "variant_id", "not_for_sale")
    ]


def test_a_fee_whose_tax_is_not_known_keeps_its_article_from_being_sold() -> None:
    fee = FeeFact(code="eco", kind="eco_fee", amount=10, currency="EUR", includes_tax=True, tax_category="nowhere")
    assert reasons(want(wanted(SOAP)), soap=article(SOAP, fees=(fee,))) == [(0, "variant_id", "no_tax_rate")]


def test_a_delivery_without_a_rate_keeps_its_group_from_being_sold() -> None:
    courier = replace(book().methods[COURIER], tax_category="transport", countries=("ES",))
    known = replace(book(), methods={COURIER: courier})
    assert reasons(want(wanted(SOAP, group=SHIP)), known) == [(0, "group", "no_tax_rate")]
    assert reasons(want(wanted(SOAP, group=SHIP), destination=FRANCE), known) == [(0, "group", "not_delivered_there")]


def test_lines_without_a_price_can_be_left_out_and_their_deliveries_with_them() -> None:
    staff = replace(one_list(), group_id=UUID(int=66))
    wish = want(wanted(SOAP, group=SHIP), wanted(BREAD, group=PICKUP))
    known = book(lists=[staff, replace(one_list(), id=UUID(int=9))])
    prices = {**priced_at(SOAP, 1999), **priced_at(BREAD, 250, on=UUID(int=9))}
    outcome = price_want(known, wish, ARTICLES, prices, leave_out=True)
    assert outcome.priced is not None
    assert ([line.key for line in outcome.priced.lines], outcome.priced.deliveries) == (["2"], ())
    assert [(each.key, each.reason) for each in outcome.assembled.problems] == [("1", "no_price")]
    assert price_want(known, wish, ARTICLES, prices).priced is None


def test_a_basket_too_large_to_be_charged_is_refused_whole() -> None:
    with pytest.raises(CannotPrice):
        price_want(book(), want(wanted(SOAP, 2**10)), ARTICLES, priced_at(SOAP, 2**60), leave_out=True)


# --- frozen -------------------------------------------------------------------------------------------------------

TEN_OFF = Promotion(
    id=UUID(int=70), version=2, code="ten", effect=PercentOff(rate=Decimal("0.1")), conditions=Conditions(code=True)
)
CODE = (("TEN", TEN_OFF.id),)
THEN = want(wanted(SOAP, 2, key="001", group=SHIP), codes=CODE)
LATER = AT + timedelta(minutes=20)


def recorded(wish: Want = THEN, **more: Any) -> Assembled:
    """What was quoted then: 2 × 19.99 less 10 %, delivery 4.95."""
    return facts_recorded(record(assemble(book(promotions=[TEN_OFF]), wish, ARTICLES, PRICES, **more)))


def dearer() -> tuple[Book, dict[UUID, tuple[PriceFact, ...]]]:
    """Twenty minutes later: soap costs 25.00, nothing is off, the courier takes 9.95, and tax is 25 %."""
    later = book(taxes=tax_book(("ES", "standard", "25"), ("FR", "standard", "20")))
    courier = replace(later.methods[COURIER], amount=995)
    return replace(later, methods={COURIER: courier}), {**priced_at(SOAP, 2500, version=2), **priced_at(BREAD, 300)}


def later(wish: Want, what: str, then: Assembled | None = None) -> Priced:
    known, prices = dearer()
    frozen = Frozen(what="all" if what == "all" else "prices", recorded=then or recorded())
    outcome = price_want(known, wish, ARTICLES, prices, frozen=frozen)
    assert outcome.priced is not None, outcome.assembled.problems
    return outcome.priced


def test_what_was_quoted() -> None:
    then = recorded()
    assert price(then.basket, then.facts).total == 3598 + 495


def test_frozen_prices_hold_while_promotions_deliveries_and_taxes_are_todays() -> None:
    answer = later(want(wanted(SOAP, 2, group=SHIP), wanted(BREAD, group=SHIP), codes=CODE, at=LATER), "prices")
    soap, bread = answer.lines
    assert (soap.unit, soap.discount, soap.tax) == (1999, 0, 800)
    assert (bread.unit, answer.deliveries[0].amount, answer.total) == (300, 995, 3998 + 300 + 995)
    agreed = {step.line: step.agreed for step in answer.trace if isinstance(step, ListPrice)}
    assert agreed == {"1": True, "2": False}


def test_a_quote_is_honoured_whole_under_other_keys_and_another_instant() -> None:
    answer = later(want(wanted(SOAP, 2, key="line-of-a-cart", group=SHIP), at=LATER), "all")
    assert (answer.lines[0].unit, answer.lines[0].discount, answer.lines[0].tax) == (1999, 400, 624)
    assert (answer.deliveries[0].amount, answer.deliveries[0].tax, answer.total) == (495, 86, 3598 + 495)
    assert [(each.code, each.applied) for each in answer.codes] == [("TEN", True)]


def test_what_was_not_quoted_has_todays_price_and_the_promotions_of_then() -> None:
    answer = later(want(wanted(SOAP, 2, group=SHIP), wanted(BREAD, group=SHIP), at=LATER), "all")
    assert [(line.unit, line.discount) for line in answer.lines] == [(1999, 400), (300, 30)]


def test_a_promotion_that_cannot_be_had_any_more_gives_nothing_on_a_frozen_price_either() -> None:
    answer = later(want(wanted(SOAP, 2, group=SHIP), without=(TEN_OFF.id,), at=LATER), "all")
    assert (answer.lines[0].unit, answer.discount_total) == (1999, 0)
    assert [each.why for each in answer.codes] == ["used_up"]


def test_a_group_whose_delivery_cost_nothing_then_costs_nothing_now() -> None:
    then = recorded(want(wanted(SOAP, group=PICKUP), wanted(BREAD, group=SHIP)))
    frozen = Frozen(what="all", recorded=then)
    wish = want(wanted(SOAP, group=PICKUP), wanted(BREAD, group=CANARY))
    answer = price_want(book(pickup_costs=150), wish, ARTICLES, PRICES, frozen=frozen).priced
    assert answer is not None
    assert [(each.group, each.amount) for each in answer.deliveries] == [(CANARY, 150)], "a new group pays as now"


def test_goods_that_now_go_elsewhere_are_taxed_and_delivered_as_now() -> None:
    answer = later(want(wanted(SOAP, 2, group=SHIP), destination=FRANCE, at=LATER), "all")
    assert (answer.lines[0].unit, answer.lines[0].tax_country, answer.deliveries[0].amount) == (1999, "FR", 995)


def test_an_article_that_is_not_for_sale_any_more_is_not_sold_on_a_frozen_price() -> None:
    known, prices = dearer()
    gone = {**ARTICLES, SOAP: replace(article(SOAP), sellable=False)}
    frozen = Frozen(what="all", recorded=recorded())
    assembled = assemble(known, want(wanted(SOAP, group=SHIP)), gone, prices, frozen=frozen)
    assert [each.reason for each in assembled.problems] == ["not_for_sale"]


def test_an_article_that_lost_its_price_keeps_the_frozen_one() -> None:
    for what in ("prices", "all"):
        frozen = Frozen(what="all" if what == "all" else "prices", recorded=recorded())
        outcome = price_want(dearer()[0], want(wanted(SOAP, 2, group=SHIP)), ARTICLES, {}, frozen=frozen)
        assert outcome.priced is not None
        assert outcome.priced.lines[0].unit == 1999


def test_a_frozen_tier_holds_for_the_units_that_reach_it_now() -> None:
    tiers = {SOAP: (*PRICES[SOAP], PriceFact(variant_id=SOAP, list_id=LIST_ID, unit=1500, min_quantity=10))}
    then = facts_recorded(record(assemble(book(), want(wanted(SOAP, 10, group=SHIP)), ARTICLES, tiers)))
    assert [later(want(wanted(SOAP, units, group=SHIP)), "prices", then).lines[0].unit for units in (9, 10, 12)] == [
        1999,
        1500,
        1500,
    ]


def test_a_sale_that_is_over_still_holds_on_a_frozen_price() -> None:
    over = Window(ends_at=AT + timedelta(minutes=5))
    sale = replace(one_list(), id=UUID(int=9), priority=1, window=over)
    prices = {SOAP: (*PRICES[SOAP], PriceFact(variant_id=SOAP, list_id=sale.id, unit=999))}
    then = assemble(book(lists=[one_list(), sale]), THEN, ARTICLES, prices)
    assert later(want(wanted(SOAP, group=SHIP), at=LATER), "prices", then).lines[0].unit == 999


def test_a_price_frozen_twice_is_the_first_one() -> None:
    known, prices = dearer()
    first = Frozen(what="prices", recorded=recorded())
    wish = want(wanted(SOAP, 2, group=SHIP), wanted(BREAD, group=SHIP), at=LATER)
    second = facts_recorded(record(assemble(known, wish, ARTICLES, prices, frozen=first)))
    dearest = {**priced_at(SOAP, 9000), **priced_at(BREAD, 9000)}
    for what in ("prices", "all"):
        frozen = Frozen(what="all" if what == "all" else "prices", recorded=second)
        outcome = price_want(known, wish, ARTICLES, dearest, frozen=frozen)
        assert outcome.priced is not None
        assert [line.unit for line in outcome.priced.lines] == [1999, 300]


def test_prices_by_hand_and_given_taxes_are_honoured_when_the_lines_are_the_same() -> None:
    by_hand = Override(unit=1000, by="staff:ana", reason="agreed on the phone")
    then = recorded(want(wanted(SOAP, 2, key="001", group=SHIP, override=by_hand)))
    given = {"001": 300, delivery_key(SHIP): 50}
    then = replace(then, facts=replace(then.facts, given_taxes=given))
    same = later(want(wanted(SOAP, 2, key="mine", group=SHIP), at=LATER), "all", then)
    assert (same.lines[0].unit, same.lines[0].tax, same.deliveries[0].tax) == (1000, 300, 50)
    other = later(want(wanted(SOAP, 3, key="mine", group=SHIP), at=LATER), "all", then)
    assert (other.lines[0].unit, other.lines[0].tax, other.deliveries[0].tax) == (1999, 1041, 86)


def test_a_price_frozen_in_another_currency_is_a_bug() -> None:
    dollars = book(currency="USD")
    with pytest.raises(Malformed):
        assemble(dollars, THEN, ARTICLES, PRICES, frozen=Frozen(what="all", recorded=recorded()))
