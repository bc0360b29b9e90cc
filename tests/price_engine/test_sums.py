"""What comes on top of a line's price or is taken out of it: fees, reliefs, given prices and taxes, rounding per document."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from commerce.price_engine import (
    AmountOff,
    Basket,
    BasketLine,
    DeliveryCharge,
    DeliveryOff,
    DocumentTaxed,
    Effect,
    Facts,
    FeeFact,
    Gift,
    Guarded,
    Malformed,
    Overridden,
    Override,
    PercentOff,
    Priced,
    PricedLine,
    Promotion,
    PromotionIndex,
    Relief,
    Relieved,
    Taxed,
    TaxProfile,
    canonical,
    delivery_key,
    price,
)
from tests.given.engine import NOW, article, facts, priced_at, rate

LAMP, BULB, METHOD = UUID(int=1), UUID(int=2), UUID(int=4)
ECO = FeeFact(code="raee", kind="eco_fee", amount=121, currency="EUR", includes_tax=True, tax_category="standard")
DEPOSIT = FeeFact(code="sddr", kind="deposit", amount=25, currency="EUR", includes_tax=True, tax_category="none")
TAXES = [rate(), rate("0", "none"), rate("10", "reduced")]
INTO_FRANCE = Relief(kind="intra_community", inside=Decimal("0.21"))


def line(key: str = "1", variant: UUID = LAMP, quantity: int = 1, **more: Any) -> BasketLine:
    return BasketLine(key=key, variant_id=variant, quantity=quantity, group=more.pop("group", "ship:x"), **more)


def basket(*lines: BasketLine, sent: int | None = None, **more: Any) -> Basket:
    charge = DeliveryCharge(
        group="ship:x", method_id=METHOD, amount=sent or 0, tax_category="standard", includes_tax=True, **more
    )
    deliveries = () if sent is None else (charge,)
    return Basket(currency="EUR", country="ES", circumstances=NOW, lines=lines, deliveries=deliveries)


def lamps(unit: int = 1000, *fees: FeeFact, floor: int | None = None, **more: Any) -> Facts:
    return facts({LAMP: unit}, taxes=TAXES, articles=[article(LAMP, floor_net=floor, fees=fees)], **more)


def promoted(known: Facts, *promotions: Promotion) -> Facts:
    return replace(known, promotions=PromotionIndex(promotions))


def promotion(effect: Effect, number: int = 7) -> Promotion:
    return Promotion(id=UUID(int=number), version=3, code=f"p{number}", currency="EUR", effect=effect)


def named(priced: Priced) -> dict[str, PricedLine]:
    return {each.key: each for each in priced.lines}


# --- fees ---------------------------------------------------------------------------------------------------------


def test_a_fee_is_a_line_of_its_own_behind_its_article() -> None:
    priced = price(basket(line("b", quantity=3), line("a", quantity=2)), lamps(1000, DEPOSIT, ECO))
    assert [(each.key, each.of, each.kind, each.quantity, each.total) for each in priced.lines] == [
        ("b", None, "article", 3, 3000),
        ("b+raee", "b", "eco_fee", 3, 363),
        ("b+sddr", "b", "deposit", 3, 75),
        ("a", None, "article", 2, 2000),
        ("a+raee", "a", "eco_fee", 2, 242),
        ("a+sddr", "a", "deposit", 2, 50),
    ]
    fee = named(priced)["b+raee"]
    assert (fee.unit, fee.subtotal, fee.net, fee.tax, str(fee.tax_rate)) == (121, 363, 300, 63, "0.21")
    assert (priced.subtotal, priced.total, priced.discount_total) == (5730, 5730, 0)


def test_a_fee_is_never_discounted() -> None:
    all_off = promotion(PercentOff(rate=Decimal(1)))
    priced = price(basket(line(quantity=2)), promoted(lamps(1000, ECO), all_off))
    assert [(each.key, each.discount, each.total) for each in priced.lines] == [("1", 2000, 0), ("1+raee", 0, 242)]
    assert (priced.discount_total, priced.total) == (2000, 242)


def test_a_fee_of_another_zone_or_currency_does_not_hold() -> None:
    there = replace(ECO, zone="FR")
    elsewhere = replace(ECO, code="usd", currency="USD")
    here = replace(ECO, code="es", zone="ES")
    priced = price(basket(line()), lamps(1000, there, elsewhere, here))
    assert [each.key for each in priced.lines] == ["1", "1+es"]


def test_a_fee_without_tax_gets_its_tax_on_top() -> None:
    priced = price(basket(line(quantity=2)), lamps(1000, replace(ECO, includes_tax=False)))
    fee = named(priced)["1+raee"]
    assert (fee.subtotal, fee.tax, fee.total, priced.tax_added) == (242, 51, 293, 51)


@pytest.mark.parametrize("fees", [(ECO, ECO), (replace(ECO, amount=-1),)])
def test_fees_that_cannot_be_are_a_bug(fees: tuple[FeeFact, ...]) -> None:
    with pytest.raises(Malformed):
        price(basket(line()), lamps(1000, *fees))


# --- reliefs ------------------------------------------------------------------------------------------------------


def test_where_no_tax_is_charged_the_tax_inside_prices_is_taken_out_of_each_unit() -> None:
    """19.99 with 21 % inside is 16.52 without; three of them 49.56; the fee 1.21 is 1.00, the delivery 4.95 is 4.09."""
    priced = price(
        basket(line(quantity=3, relief=INTO_FRANCE), sent=495, relief=INTO_FRANCE), lamps(1999, ECO, floor=0)
    )
    lamp, fee = priced.lines
    assert (lamp.unit, lamp.includes_tax, lamp.subtotal, lamp.tax, lamp.total) == (1652, False, 4956, 0, 4956)
    assert (fee.unit, fee.subtotal, fee.tax, fee.total) == (100, 300, 0, 300)
    assert (lamp.relief, fee.relief, priced.deliveries[0].relief) == ("intra_community",) * 3
    assert (priced.deliveries[0].amount, priced.deliveries[0].total) == (409, 409)
    assert (priced.tax_total, priced.tax_added, priced.total) == (0, 0, 5665)
    assert [(step.of, step.key, step.gross, step.net) for step in priced.trace if isinstance(step, Relieved)] == [
        ("line", "1", 1999, 1652),
        ("delivery", "ship:x", 495, 409),
        ("line", "1+raee", 121, 100),
    ]


def test_a_fee_of_another_category_contains_its_own_rate() -> None:
    relieved = line(relief=INTO_FRANCE, inside_fees=(("reduced", Decimal("0.1")), ("none", Decimal(0))))
    reduced = replace(ECO, amount=110, tax_category="reduced")
    priced = price(basket(relieved), lamps(1000, reduced, DEPOSIT))
    assert [(each.key, each.total) for each in priced.lines] == [("1", 826), ("1+raee", 100), ("1+sddr", 25)]


def test_prices_without_tax_stay_as_they_are_under_a_relief() -> None:
    priced = price(basket(line(relief=INTO_FRANCE)), lamps(1999, includes_tax=False))
    assert (priced.lines[0].unit, priced.total, priced.tax_total) == (1999, 1999, 0)
    assert not [step for step in priced.trace if isinstance(step, Relieved)]


# --- prices given by hand, floors, gifts --------------------------------------------------------------------------


def test_a_price_given_by_hand_stands_beside_the_lists() -> None:
    given = Override(unit=800, by="staff:ana", reason="scratched")
    priced = price(basket(line(quantity=2, override=given)), lamps(1000))
    lamp = priced.lines[0]
    assert (lamp.unit, lamp.list_unit, lamp.subtotal, lamp.total) == (800, 1000, 1600, 1600)
    assert Overridden(line="1", unit=800, by="staff:ana", reason="scratched") in priced.trace
    with pytest.raises(Malformed):
        price(basket(line(override=replace(given, unit=-1))), lamps(1000))


@pytest.mark.parametrize(("includes_tax", "least"), [(True, 847), (False, 700)])
def test_no_discount_goes_below_the_guarded_least(*, includes_tax: bool, least: int) -> None:
    """7.00 before tax is 8.47 with 21 %."""
    half = promotion(PercentOff(rate=Decimal("0.5")))
    priced = price(basket(line(quantity=3)), promoted(lamps(1000, floor=700, includes_tax=includes_tax), half))
    lamp = priced.lines[0]
    assert (lamp.subtotal - lamp.discount, lamp.net) == (3 * least, 2100)
    assert [step.floor for step in priced.trace if isinstance(step, Guarded)] == [3 * least]


def test_the_least_with_tax_is_rounded_up() -> None:
    """7.01 before tax is 8.4821 with 21 %: 8.48 would leave 7.008, so 8.49 is the least."""
    half = promotion(PercentOff(rate=Decimal("0.5")))
    lamp = price(basket(line()), promoted(lamps(1000, floor=701), half)).lines[0]
    assert (lamp.total, lamp.net) == (849, 702)


def test_a_gift_is_a_line_whose_whole_price_is_taken_off() -> None:
    known = promoted(lamps(1000), promotion(Gift(variant_id=BULB, quantity=2)))
    known = replace(
        known,
        prices={**known.prices, **priced_at(BULB, 300)},
        articles={**known.articles, BULB: article(BULB, "reduced", fees=(ECO,))},
    )
    priced = price(basket(line(), sent=495), known)
    gift = priced.lines[-1]
    assert (gift.key, gift.kind, gift.of, gift.group) == (f"gift+{UUID(int=7)}", "gift", None, "ship:x")
    assert (gift.subtotal, gift.discount, gift.total, gift.tax) == (600, 600, 0, 0)
    assert len(priced.lines) == 2, "a gift carries no fee"
    assert (priced.subtotal, priced.discount_total, priced.delivery_total, priced.total) == (1600, 600, 495, 1495)


@pytest.mark.parametrize("lacking", ["article", "price", "sale", "rate"])
def test_a_gift_that_cannot_be_had_is_passed_over(lacking: str) -> None:
    known = promoted(lamps(1000), promotion(Gift(variant_id=BULB)))
    there = article(BULB, "nowhere" if lacking == "rate" else "standard")
    if lacking != "article":
        there = replace(there, sellable=lacking != "sale")
        known = replace(known, articles={**known.articles, BULB: there})
    if lacking != "price":
        known = replace(known, prices={**known.prices, **priced_at(BULB, 300)})
    priced = price(basket(line()), known)
    assert ([each.key for each in priced.lines], priced.applied, priced.total) == (["1"], (), 1000)


def test_what_is_taken_off_a_delivery_is_inside_its_total_and_in_no_lines_discount() -> None:
    known = promoted(lamps(1000), promotion(DeliveryOff(amount=200)), promotion(AmountOff(amount=100), 8))
    priced = price(basket(line(), sent=495), known)
    sent = priced.deliveries[0]
    assert (sent.amount, sent.discount, sent.total) == (495, 200, 295)
    assert (priced.subtotal, priced.discount_total, priced.delivery_total, priced.total) == (1000, 100, 295, 1195)


# --- rounding per document ----------------------------------------------------------------------------------------


def test_the_tax_of_a_document_is_rounded_once_and_spread_by_largest_remainder() -> None:
    """Three lines of 0.10 with 21 % inside: 0.02 each by line, 0.05 by document: 0.30 × 21 / 121 = 0.052."""
    lines = [line(str(number), group="") for number in range(3)]
    by_line = price(basket(*lines), lamps(10))
    by_document = price(basket(*lines), lamps(10, profile=TaxProfile(rounding="document")))
    assert ([each.tax for each in by_line.lines], by_line.tax_total) == ([2, 2, 2], 6)
    assert ([each.tax for each in by_document.lines], by_document.tax_total) == ([2, 2, 1], 5)
    assert by_document.total == by_line.total == 30
    assert [step for step in by_document.trace if isinstance(step, DocumentTaxed)] == [
        DocumentTaxed(country="ES", category="standard", rate=Decimal("0.21"), included=True, base=30, tax=5)
    ]


def test_each_part_of_a_document_gets_the_tax_of_its_own_amount() -> None:
    """9.99, 0.01 and a delivery of 4.95 with 21 % inside: 14.95 × 21 / 121 = 2.595 is 2.59; shares 1.733, 0.002 and 0.859."""
    known = facts({LAMP: 999, BULB: 1}, taxes=TAXES, profile=TaxProfile(rounding="document"))
    priced = price(basket(line("dear"), line("cheap", BULB), sent=495), known)
    assert [each.tax for each in priced.lines] == [173, 0]
    assert (priced.deliveries[0].tax, priced.tax_total, priced.total) == (86, 259, 1495)


def test_a_document_without_tax_in_its_prices_gets_the_rounded_tax_on_top() -> None:
    """Three lines of 0.12 at 21 %: 0.0252 each is 0.03 by line; 0.36 × 0.21 = 0.0756 is 0.08 by document."""
    lines = [line(str(number), group="") for number in range(3)]
    net = lamps(12, includes_tax=False, profile=TaxProfile(rounding="document"))
    priced = price(basket(*lines), net)
    assert ([each.tax for each in priced.lines], priced.tax_added, priced.total) == ([3, 3, 2], 8, 44)


# --- taxes that an outside engine computed ------------------------------------------------------------------------


def test_taxes_of_an_outside_engine_are_taken_as_they_are() -> None:
    given = {"1": 170, "1+raee": 20, delivery_key("ship:x"): 80}
    priced = price(basket(line(), sent=495), replace(lamps(1000, ECO), given_taxes=given))
    assert [(each.key, each.net, each.tax, each.total) for each in priced.lines] == [
        ("1", 830, 170, 1000),
        ("1+raee", 101, 20, 121),
    ]
    assert (priced.deliveries[0].tax, priced.tax_total, priced.total) == (80, 270, 1616)
    assert all(step.given for step in priced.trace if isinstance(step, Taxed))
    on_top = price(basket(line()), replace(lamps(1000, includes_tax=False), given_taxes={"1": 1234}))
    assert (on_top.tax_added, on_top.total) == (1234, 2234)


@pytest.mark.parametrize("given", [{}, {"1": -1}, {"1": 1001}])
def test_given_taxes_that_cannot_be_are_a_bug(given: dict[str, int]) -> None:
    with pytest.raises(Malformed):
        price(basket(line()), replace(lamps(1000), given_taxes=given))


def test_a_given_tax_on_a_line_without_tax_is_a_bug() -> None:
    relieved = basket(line(relief=INTO_FRANCE))
    assert price(relieved, replace(lamps(1000), given_taxes={"1": 0})).tax_total == 0
    with pytest.raises(Malformed):
        price(relieved, replace(lamps(1000), given_taxes={"1": 1}))


def test_what_a_delivery_is_called_is_no_key_of_a_line() -> None:
    """A line may be called as its group is."""
    given = {"ship:x": 10, delivery_key("ship:x"): 20}
    priced = price(basket(line("ship:x"), sent=495), replace(lamps(1000), given_taxes=given))
    assert (priced.lines[0].tax, priced.deliveries[0].tax) == (10, 20)
    assert canonical(priced)
