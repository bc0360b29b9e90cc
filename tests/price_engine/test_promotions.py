"""What promotions do to known baskets, to the cent: each effect, what stands together, what excludes, what is guarded."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from commerce.price_engine import (
    EVERYTHING,
    AmountOff,
    ArticleFact,
    Basket,
    BasketLine,
    BestDeal,
    BundlePrice,
    BuyGet,
    CodeAnswer,
    Conditions,
    DeliveryCharge,
    DeliveryOff,
    Discounted,
    Effect,
    Facts,
    FixedPrice,
    Gift,
    Guarded,
    Needs,
    Part,
    PercentOff,
    Points,
    Priced,
    Promotion,
    PromotionIndex,
    PromotionPassed,
    Relief,
    Targets,
    Tier,
    Tiered,
    Window,
    price,
    sold_line,
    unit_shares,
)
from tests.given import engine as given

SHIRT, SHOE, SOCK, CAP = (UUID(int=number) for number in (1, 2, 3, 4))
CLOTHES = UUID(int=0x40)
PICKUP, SHIP = "pickup:gracia", "ship:post"
COURIER = UUID(int=0xD)


def shop(*promotions: Promotion, articles: Sequence[ArticleFact] = (), **units: int) -> Facts:
    """A shirt, a shoe, a sock and a cap; prices by name where they are not the usual ones."""
    usual = {"shirt": 1_000, "shoe": 4_000, "sock": 500, "cap": 1_050} | units
    prices = {SHIRT: usual["shirt"], SHOE: usual["shoe"], SOCK: usual["sock"], CAP: usual["cap"]}
    return replace(given.facts(prices, articles=articles), promotions=PromotionIndex(promotions))


def promotion(number: int, effect: Effect, **members: object) -> Promotion:
    return Promotion(id=UUID(int=0x500 + number), version=1, code=f"promotion-{number}", effect=effect, **members)  # type: ignore[arg-type]


def percent(number: int, rate: str, **members: object) -> Promotion:
    return promotion(number, PercentOff(rate=Decimal(rate)), **members)


def line(variant: UUID, quantity: int = 1, *, group: str = PICKUP, key: str | None = None) -> BasketLine:
    names = {SHIRT: "shirt", SHOE: "shoe", SOCK: "sock", CAP: "cap"}
    return BasketLine(key=key or names[variant], variant_id=variant, quantity=quantity, group=group)


def basket(*lines: BasketLine, codes: tuple[tuple[str, UUID], ...] = (), delivery: int | None = None) -> Basket:
    charge = DeliveryCharge(
        group=SHIP, method_id=COURIER, amount=delivery or 0, tax_category="standard", includes_tax=True
    )
    return Basket(
        currency="EUR",
        country="ES",
        circumstances=replace(given.NOW, codes=codes),
        lines=lines,
        deliveries=() if delivery is None else (charge,),
    )


def totals(priced: Priced) -> dict[str, int]:
    return {each.key: each.total for each in priced.lines}


def discounts(priced: Priced) -> list[int]:
    return [each.discount for each in priced.lines]


def passed(priced: Priced, number: int) -> PromotionPassed:
    (found,) = (
        each
        for each in priced.trace
        if isinstance(each, PromotionPassed) and each.promotion.int == 0x500 + number and each.line is None
    )
    return found


# ------------------------------------------------------------------------------------------------- known cases


def test_fifteen_percent_off_10_50_leaves_8_93_rounded_half_up() -> None:
    """PRO-09."""
    priced = price(basket(line(CAP)), shop(percent(1, "0.15")))
    assert (priced.total, priced.discount_total) == (893, 157)


@pytest.mark.parametrize(("units", "free"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (6, 2), (9, 3)])
def test_three_for_two_needs_three_in_the_basket_however_they_are_split_over_lines(units: int, free: int) -> None:
    """PRO-07."""
    facts = shop(promotion(1, BuyGet(buy=2, get=1)))
    together = price(basket(line(SHIRT, units)), facts)
    apart = price(basket(*(line(SHIRT, key=f"line-{nth}") for nth in range(units))), facts)
    assert together.discount_total == apart.discount_total == free * 1_000


def test_never_more_is_free_than_is_there() -> None:
    """PRO-07: buy ten, get twenty."""
    assert price(basket(line(SHIRT, 10)), shop(promotion(1, BuyGet(buy=10, get=20)))).total == 10_000
    got = promotion(1, BuyGet(buy=1, get=20, get_targets=Targets(variants=(SOCK,))))
    assert totals(price(basket(line(SHIRT, 3), line(SOCK, 2)), shop(got))) == {"shirt": 3_000, "sock": 0}


def test_ten_off_three_equal_units_are_334_333_333_and_each_unit_keeps_its_share() -> None:
    """PRO-10."""
    facts = shop(promotion(1, AmountOff(amount=1_000, of="order")))
    apart = price(basket(*(line(SHIRT, key=str(nth)) for nth in range(3))), facts)
    assert discounts(apart) == [334, 333, 333]
    (together,) = price(basket(line(SHIRT, 3)), facts).lines
    assert [share.discounts[0].amount for share in unit_shares(sold_line(together))] == [334, 333, 333]


@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
@pytest.mark.parametrize("priorities", [(0, 0), (0, 5), (5, 0)])
def test_ten_percent_and_ten_euros_off_ten_euros_leave_nothing_and_are_recorded_as_given(
    ids: tuple[int, int], priorities: tuple[int, int]
) -> None:
    """PRO-06."""
    share = percent(ids[0], "0.1", priority=priorities[0])
    amount = promotion(ids[1], AmountOff(amount=1_000), priority=priorities[1])
    (sold,) = price(basket(line(SHIRT)), shop(share, amount)).lines
    assert (sold.total, sold.tax, sold.discount) == (0, 0, 1_000)
    first = priorities[0] > priorities[1]
    assert [each.amount for each in sold.discounts] == ([100, 900] if first else [1_000])


def test_a_tax_of_10_75_percent_on_top_of_24_99_and_of_no_delivery_is_34_12_in_whole_cents() -> None:
    """MON-01: 24.99 at 10.75 %, and 6.44 of shipping without tax."""
    facts = replace(
        given.facts({SHIRT: 2_499}, includes_tax=False, taxes=[given.rate("10.75"), given.rate("0", "shipping")]),
        promotions=PromotionIndex([promotion(1, Points(times=Decimal(2)))]),
    )
    wanted = basket(line(SHIRT, group=SHIP), delivery=644)
    charge = replace(wanted.deliveries[0], tax_category="shipping", includes_tax=False)
    priced = price(replace(wanted, deliveries=(charge,)), facts)
    assert (priced.total, priced.tax_total, priced.lines[0].points) == (3_412, 269, Decimal(2))


# ------------------------------------------------------------------------------------------------- effects


def test_an_amount_counts_for_each_unit_and_a_fixed_price_never_raises_one() -> None:
    facts = shop(
        promotion(1, AmountOff(amount=150), targets=Targets(variants=(SHIRT,))),
        promotion(2, FixedPrice(amount=3_500), targets=Targets(variants=(SHOE, SOCK))),
    )
    priced = price(basket(line(SHIRT, 3), line(SHOE, 2), line(SOCK)), facts)
    assert totals(priced) == {"shirt": 2_550, "shoe": 7_000, "sock": 500}
    (sock,) = (each for each in priced.trace if isinstance(each, PromotionPassed))
    assert (sock.line, sock.why) == ("sock", "no_saving")


def test_a_tier_is_reached_by_all_that_take_part_together() -> None:
    tiers = Tiered(by="quantity", tiers=(Tier(at_least=3, rate=Decimal("0.1")), Tier(at_least=6, amount=250)))
    facts = shop(promotion(1, tiers, targets=Targets(variants=(SHIRT, SOCK))))
    assert price(basket(line(SHIRT), line(SOCK), line(SHOE)), facts).discount_total == 0
    assert totals(price(basket(line(SHIRT), line(SOCK, 2)), facts)) == {"shirt": 900, "sock": 900}
    assert totals(price(basket(line(SHIRT, 2), line(SOCK, 4)), facts)) == {"shirt": 1_500, "sock": 1_000}
    missed = passed(price(basket(line(SHIRT), line(SOCK)), facts), 1)
    assert (missed.why, missed.needed, missed.there) == ("needs_quantity", 3, 2)


def test_a_tier_of_money_is_taken_off_once_and_split_by_what_may_be_taken() -> None:
    tiers = Tiered(by="amount", tiers=(Tier(at_least=5_000, amount=500), Tier(at_least=9_000, rate=Decimal("0.2"))))
    facts = shop(promotion(1, tiers))
    assert discounts(price(basket(line(SHIRT), line(SHOE)), facts)) == [100, 400]
    assert discounts(price(basket(line(SHIRT), line(SHOE, 2)), facts)) == [200, 1_600]


def test_the_cheapest_are_free_and_among_equal_ones_the_last_of_a_line() -> None:
    facts = shop(promotion(1, BuyGet(buy=2, get=1)), percent(2, "0.333", targets=Targets(variants=(SHIRT,))))
    priced = price(basket(line(SHIRT, 2), line(SHOE, 3), line(SOCK, 1)), facts)
    # 20.00 less a third is 13.34, twice 6.67; of six units the sock (5.00) and the last shirt are free.
    assert totals(priced) == {"shirt": 667, "shoe": 12_000, "sock": 0}


def test_what_is_bought_and_what_is_got_may_be_different_articles_at_a_part_of_the_price() -> None:
    half = promotion(
        1,
        BuyGet(buy=1, get=2, rate=Decimal("0.5"), get_targets=Targets(variants=(SOCK,)), times_most=2),
        targets=Targets(variants=(SHOE,)),
    )
    assert totals(price(basket(line(SHOE), line(SOCK, 3)), shop(half))) == {"shoe": 4_000, "sock": 1_000}
    assert totals(price(basket(line(SHOE, 5), line(SOCK, 9)), shop(half))) == {"shoe": 20_000, "sock": 3_500}
    missed = passed(price(basket(line(SHOE, 1)), shop(half)), 1)
    assert (missed.why, missed.needed, missed.there) == ("needs_quantity", 2, 0)


def test_a_bundle_takes_the_dearest_and_splits_what_is_saved_by_what_they_are_worth() -> None:
    outfit = BundlePrice(
        parts=(
            Part(targets=Targets(variants=(SHIRT, CAP)), quantity=1),
            Part(targets=Targets(variants=(SOCK,)), quantity=2),
        ),
        amount=1_500,
    )
    priced = price(basket(line(SHIRT), line(CAP), line(SOCK, 3)), shop(promotion(1, outfit)))
    # The cap (10.50) and two socks (10.00) for 15.00: 5.50 split 1050 : 1000.
    assert totals(priced) == {"shirt": 1_000, "sock": 1_500 - 268, "cap": 1_050 - 282}
    missed = passed(price(basket(line(SHIRT), line(SOCK)), shop(promotion(1, outfit))), 1)
    assert (missed.why, missed.needed, missed.there) == ("needs_quantity", 2, 1)


def test_a_gift_is_a_line_whose_whole_price_is_taken_off() -> None:
    facts = shop(promotion(1, Gift(variant_id=SOCK, quantity=2), targets=Targets(variants=(SHOE,)), limited=True))
    priced = price(basket(line(SHIRT), line(SHOE, group=SHIP)), facts)
    *_, gift = priced.lines
    assert (gift.kind, gift.quantity, gift.subtotal, gift.discount, gift.total, gift.tax) == (
        "gift",
        2,
        1_000,
        1_000,
        0,
        0,
    )
    assert gift.group == SHIP
    assert priced.total == 5_000
    assert [(each.saved, each.limited) for each in priced.applied] == [(1_000, True)]


def test_a_gift_that_is_not_for_sale_or_not_known_is_passed_over() -> None:
    gone = replace(given.article(SOCK), sellable=False)
    facts = shop(promotion(1, Gift(variant_id=SOCK)), promotion(2, Gift(variant_id=UUID(int=99))), articles=[gone])
    priced = price(basket(line(SHIRT)), facts)
    assert (len(priced.lines), priced.applied) == (1, ())
    assert {passed(priced, number).why for number in (1, 2)} == {"no_gift"}


def test_a_delivery_costs_less_where_its_group_is_meant() -> None:
    free = promotion(1, DeliveryOff(rate=Decimal(1)), conditions=Conditions(needs=(Needs(amount=3_000),)))
    facts = shop(free)
    sent = basket(line(SHOE, group=SHIP), delivery=495)
    priced = price(sent, facts)
    assert [(each.amount, each.discount, each.total) for each in priced.deliveries] == [(495, 495, 0)]
    assert (priced.total, priced.discount_total, priced.delivery_total) == (4_000, 0, 0)
    missed = passed(price(basket(line(SHIRT, group=SHIP), delivery=495), facts), 1)
    assert (missed.why, missed.needed, missed.there) == ("needs_amount", 3_000, 1_000)
    down = promotion(1, DeliveryOff(price=200, methods=(COURIER,)))
    assert price(sent, shop(down)).delivery_total == 200
    other = promotion(1, DeliveryOff(amount=200, methods=(UUID(int=7),)))
    assert passed(price(sent, shop(other)), 1).why == "no_delivery"


def test_of_several_multiples_of_points_the_highest_holds() -> None:
    facts = shop(
        promotion(1, Points(times=Decimal(2))),
        promotion(2, Points(times=Decimal(3)), targets=Targets(variants=(SHOE,))),
        promotion(3, Points(times=Decimal("1.5")), targets=Targets(variants=(SHIRT,))),
    )
    priced = price(basket(line(SHIRT), line(SHOE)), facts)
    assert [each.points for each in priced.lines] == [Decimal(2), Decimal(3)]
    assert (passed(priced, 3).why, passed(priced, 3).by) == ("outdone", UUID(int=0x501))
    assert [each.promotion.int - 0x500 for each in priced.applied] == [1, 2]


# ------------------------------------------------------------------------------------------------- what stands together


def test_of_one_priority_what_gives_most_goes_first_and_of_equal_ones_the_lower_id() -> None:
    facts = shop(promotion(1, AmountOff(amount=200)), percent(2, "0.5"), promotion(3, AmountOff(amount=200)))
    (sold,) = price(basket(line(SHIRT)), facts).lines
    assert [(each.source[-1], each.amount) for each in sold.discounts] == [("2", 500), ("1", 200), ("3", 200)]


def test_a_higher_priority_goes_first_though_it_gives_less() -> None:
    facts = shop(percent(1, "0.5"), promotion(2, AmountOff(amount=200), priority=1))
    (sold,) = price(basket(line(SHIRT)), facts).lines
    assert [(each.source[-1], each.amount) for each in sold.discounts] == [("2", 200), ("1", 400)]


def test_exclusion_is_by_line_so_that_one_offer_for_the_shirt_leaves_the_shoes_theirs() -> None:
    facts = shop(
        percent(1, "0.3", targets=Targets(variants=(SHIRT,)), exclusion="offer"),
        percent(2, "0.1", exclusion="offer"),
        percent(3, "0.1", exclusion="other"),
    )
    priced = price(basket(line(SHIRT), line(SHOE)), facts)
    assert totals(priced) == {"shirt": 630, "shoe": 3_240}
    (excluded,) = (each for each in priced.trace if isinstance(each, PromotionPassed))
    assert (excluded.line, excluded.why, excluded.by) == ("shirt", "excluded", UUID(int=0x501))


def test_what_stands_alone_is_kept_where_it_saves_more_and_left_out_where_it_does_not() -> None:
    alone = percent(1, "0.3", alone=True, priority=9)
    kept = price(basket(line(SHIRT)), shop(alone, percent(2, "0.2")))
    assert kept.total == 700
    assert BestDeal(with_alone=300, without_alone=200) in kept.trace
    assert (passed(kept, 2).why, passed(kept, 2).by) == ("alone", alone.id)
    left_out = price(basket(line(SHIRT)), shop(alone, percent(2, "0.2"), percent(3, "0.2")))
    assert left_out.total == 640
    assert BestDeal(with_alone=300, without_alone=360) in left_out.trace
    assert passed(left_out, 1).why == "outdone"
    equal = price(basket(line(SHIRT)), shop(alone, promotion(2, AmountOff(amount=300))))
    assert [each.promotion for each in equal.applied] == [alone.id]


# ------------------------------------------------------------------------------------------------- guards and terms


def test_no_discount_goes_below_the_least_that_an_article_may_be_sold_for() -> None:
    guarded = given.article(SHIRT, floor_net=600)  # 7.26 with 21 %
    facts = shop(percent(1, "0.5"), promotion(2, AmountOff(amount=9_999, of="order")), articles=[guarded])
    priced = price(basket(line(SHIRT, 2), line(SOCK)), facts)
    assert totals(priced) == {"shirt": 1_452, "sock": 0}
    assert Guarded(line="shirt", promotion=UUID(int=0x501), floor=1_452) in priced.trace
    (first, *_) = (each for each in priced.trace if isinstance(each, Discounted))
    assert (first.asked, first.given) == (1_000, 548)


def test_what_goes_first_is_what_would_be_given_and_not_what_is_asked() -> None:
    guarded = given.article(SHIRT, floor_net=750)  # 9.08 with 21 %: two may be had for 1.84 less
    half = promotion(1, BuyGet(buy=1, get=1, rate=Decimal("0.5")), exclusion="offer")
    free = promotion(2, BuyGet(buy=1, get=1), exclusion="offer")
    priced = price(basket(line(SHIRT, 2)), shop(half, free, articles=[guarded]))
    assert [(each.promotion, each.saved) for each in priced.applied] == [(half.id, 184)]


def test_lines_without_tax_are_promoted_in_their_own_terms() -> None:
    relieved = replace(line(SHIRT), relief=Relief(kind="intra_community", inside=Decimal("0.21")))
    (sold,) = price(basket(relieved), shop(percent(1, "0.5"))).lines
    # 10.00 contains 1.74 of tax: 8.26 net, half of it off.
    assert (sold.unit, sold.discount, sold.net, sold.tax, sold.total) == (826, 413, 413, 0, 413)


def test_an_agreed_discount_keeps_promotions_off_its_line_but_the_line_counts_for_needs() -> None:
    agreed = replace(line(SHIRT, 3), discountable=False)
    needs = Conditions(needs=(Needs(quantity=4),))
    priced = price(basket(agreed, line(SOCK)), shop(percent(1, "0.1", conditions=needs)))
    assert totals(priced) == {"shirt": 3_000, "sock": 450}


# ------------------------------------------------------------------------------------------------- codes


def test_each_code_is_answered_with_what_it_saved_or_why_it_did_not() -> None:
    opened = Conditions(code=True)
    welcome = percent(1, "0.1", conditions=opened)
    shoes = percent(2, "0.5", conditions=opened, targets=Targets(variants=(SHOE,)))
    rich = percent(3, "0.5", conditions=Conditions(code=True, needs=(Needs(amount=5_000),)))
    free = promotion(4, DeliveryOff(rate=Decimal(1)), conditions=opened)
    gone = UUID(int=0x599)
    codes = (
        ("HELLO", welcome.id),
        ("HELLO-2", welcome.id),
        ("SHOES", shoes.id),
        ("RICH", rich.id),
        ("FREE", free.id),
        ("GONE", gone),
        ("GONE-2", gone),
    )
    priced = price(basket(line(SHIRT), codes=codes), shop(welcome, shoes, rich, free))
    assert priced.codes == (
        CodeAnswer(code="HELLO", promotion=welcome.id, applied=True, saved=100),
        CodeAnswer(code="HELLO-2", promotion=welcome.id, applied=False, why="other_code"),
        CodeAnswer(code="SHOES", promotion=shoes.id, applied=False, why="no_article"),
        CodeAnswer(code="RICH", promotion=rich.id, applied=False, why="needs_amount"),
        CodeAnswer(code="FREE", promotion=free.id, applied=False, why="no_delivery"),
        CodeAnswer(code="GONE", promotion=gone, applied=False, why="not_now"),
        CodeAnswer(code="GONE-2", promotion=gone, applied=False, why="not_now"),
    )
    assert [(each.code, each.saved) for each in priced.applied] == [("HELLO", 100)]
    assert price(basket(line(SHIRT)), shop(welcome, shoes, rich, free)).discount_total == 0


def test_of_two_versions_of_one_promotion_the_one_in_force_holds_and_answers_for_its_code() -> None:
    change = given.AT + timedelta(hours=1)
    now = percent(1, "0.1", conditions=Conditions(code=True), window=Window(ends_at=change))
    next_one = replace(now, version=2, effect=PercentOff(rate=Decimal("0.2")), window=Window(starts_at=change))
    wanted = basket(line(SHIRT), codes=(("HELLO", now.id),))
    for at, version, saved in ((given.AT, 1, 100), (change, 2, 200)):
        priced = price(replace(wanted, circumstances=replace(wanted.circumstances, at=at)), shop(next_one, now))
        assert [(each.version, each.saved) for each in priced.applied] == [(version, saved)]
        assert priced.codes == (CodeAnswer(code="HELLO", promotion=now.id, applied=True, saved=saved),)


def test_a_code_of_what_is_used_up_says_so() -> None:
    welcome = percent(1, "0.1", conditions=Conditions(code=True), limited=True)
    wanted = basket(line(SHIRT), codes=(("HELLO", welcome.id),))
    around = replace(wanted.circumstances, without=(welcome.id,))
    priced = price(replace(wanted, circumstances=around), shop(welcome))
    assert (priced.total, [each.why for each in priced.codes]) == (1_000, ["used_up"])


def test_what_was_looked_at_is_in_the_trace_and_all_the_rest_when_asked_for() -> None:
    facts = shop(
        percent(1, "0.1", conditions=Conditions(tenders=("card",))),
        percent(2, "0.1", targets=Targets(variants=(SHOE,))),
        percent(3, "0.1", conditions=Conditions(code=True)),
    )
    told = {
        each.promotion.int - 0x500: each.why
        for each in price(basket(line(SHIRT)), facts).trace
        if isinstance(each, PromotionPassed)
    }
    assert told == {1: "other_tender"}
    replayed = price(basket(line(SHIRT)), facts, explain_all=True)
    told = {each.promotion.int - 0x500: each.why for each in replayed.trace if isinstance(each, PromotionPassed)}
    assert told == {1: "other_tender", 2: "no_article", 3: "no_code"}


def test_sets_for_everything_are_found_by_what_is_named_in_them() -> None:
    socks = Targets(variants=(SOCK,))
    got = promotion(1, BuyGet(buy=1, get=1, get_targets=socks))
    outfit = promotion(
        2, BundlePrice(parts=(Part(targets=EVERYTHING, quantity=1), Part(targets=socks, quantity=1)), amount=1)
    )
    index = PromotionIndex([got, outfit])
    assert index.candidates([given.article(SHIRT)]) == ()
    assert index.candidates([given.article(SOCK)]) == (got, outfit)
    assert totals(price(basket(line(SHIRT), line(SOCK)), shop(got))) == {"shirt": 1_000, "sock": 0}
