"""What a basket comes to is what the provider can charge, and what it charged is what the basket came to: every currency, size and tax profile."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from commerce.kernel.money import Money
from commerce.payments.adapters.stripe_amounts import from_stripe, to_stripe
from commerce.payments.steps import charge_step, check_step
from commerce.price_engine import (
    AmountOff,
    Basket,
    BasketLine,
    DeliveryCharge,
    DeliveryOff,
    Effect,
    PercentOff,
    Priced,
    PricedDelivery,
    PricedLine,
    Promotion,
    PromotionIndex,
    TaxProfile,
    price,
)
from commerce.sandbox.amounts import LARGEST, check_amount
from tests.given.engine import NOW, facts, rate

CURRENCIES = {"EUR": 1, "JPY": 1, "KWD": 10, "ISK": 1, "UGX": 1, "HUF": 1}
PROFILES = {
    "inclusive, by line": (True, TaxProfile()),
    "inclusive, by document": (True, TaxProfile(rounding="document")),
    "exclusive, by document": (False, TaxProfile(rounding="document")),
    "exclusive, by line": (False, TaxProfile()),
}
GROUPS = ["pickup:one", "pickup:two", "ship:standard"]
METHOD = UUID(int=0x5E)


@st.composite
def baskets(draw: st.DrawFn, currency: str, profile: str, lines: int) -> Priced:
    """A basket of so many lines with its price: discounts of articles, of the order and of deliveries."""
    includes_tax, rounding = PROFILES[profile]
    variants = {UUID(int=number): draw(st.integers(1, 9_999)) for number in range(1, 1 + draw(st.integers(1, 8)))}
    effects: list[Effect] = [
        PercentOff(rate=Decimal(draw(st.integers(1, 40))) / 100),
        AmountOff(amount=draw(st.integers(1, 999)), of="order"),
        DeliveryOff(rate=Decimal(draw(st.integers(0, 100))) / 100),
    ]
    offered = [
        Promotion(id=UUID(int=number), version=1, code="p", currency=currency, effect=effect)
        for number, effect in enumerate(effects, start=71)
        if draw(st.booleans())
    ]
    wanted = tuple(
        BasketLine(
            key=f"{number:03}",
            variant_id=draw(st.sampled_from(sorted(variants))),
            quantity=draw(st.integers(1, 9)),
            group=draw(st.sampled_from(GROUPS)),
        )
        for number in range(lines)
    )
    sent = tuple(
        DeliveryCharge(
            group=group,
            method_id=METHOD,
            amount=draw(st.integers(0, 2_999)),
            tax_category="standard",
            includes_tax=includes_tax,
        )
        for group in sorted({line.group for line in wanted})
    )
    known = facts(
        variants,
        currency=currency,
        includes_tax=includes_tax,
        taxes=[rate(draw(st.sampled_from(["0", "5", "7", "10", "21", "27", "10.75"])))],
        charge_step=charge_step(currency),
        profile=rounding,
    )
    basket = Basket(currency=currency, country="ES", circumstances=NOW, lines=wanted, deliveries=sent)
    return price(basket, replace(known, promotions=PromotionIndex(offered)))


@pytest.mark.parametrize("lines", [1, 2, 7, 100])
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_each_group_can_be_charged_and_comes_back_as_the_same_amount(currency: str, profile: str, lines: int) -> None:
    @settings(deadline=None, max_examples=5)
    @given(baskets(currency, profile, lines))
    def holds(priced: Priced) -> None:
        for group in priced.groups:
            money = Money(group.total, currency)
            check_step(money)
            sent = to_stripe(money)
            assert sent is not None
            assert from_stripe(*sent) == money
            if 0 < sent[0] <= LARGEST:
                assert check_amount(sent[0], sent[1], param="amount") == sent[0]
            assert abs(group.rounding) <= CURRENCIES[currency] // 2
        assert priced.total == sum(group.total for group in priced.groups)
        assert priced.total % CURRENCIES[currency] == 0
        assert priced.total == priced.net_total + priced.tax_total + priced.rounding
        assert priced.total == (
            priced.subtotal - priced.discount_total + priced.tax_added + priced.delivery_total + priced.rounding
        )
        parts: list[PricedLine | PricedDelivery] = [*priced.lines, *priced.deliveries]
        for part in parts:
            assert 0 <= part.tax <= part.total
            assert part.net + part.tax == part.total

    holds()


@pytest.mark.parametrize(
    ("currency", "unit", "total", "sent"),
    [
        ("EUR", 1999, 1999, (1999, "eur")),
        ("HUF", 199_900, 199_900, (199_900, "huf")),
        ("JPY", 80, 80, (80, "jpy")),
        ("KWD", 35_204, 35_200, (35_200, "kwd")),
        ("KWD", 35_205, 35_210, (35_210, "kwd")),
        ("ISK", 1_500, 1_500, (150_000, "isk")),
        ("UGX", 37_000, 37_000, (3_700_000, "ugx")),
    ],
)
def test_one_article_as_the_provider_is_asked_for_it(
    currency: str, unit: int, total: int, sent: tuple[int, str]
) -> None:
    soap = UUID(int=1)
    basket = Basket(
        currency=currency,
        country="ES",
        circumstances=NOW,
        lines=(BasketLine(key="1", variant_id=soap, quantity=1, group="pickup:one"),),
    )
    priced = price(basket, facts({soap: unit}, currency=currency, charge_step=charge_step(currency)))
    assert priced.total == total
    assert to_stripe(Money(priced.total, currency)) == sent
