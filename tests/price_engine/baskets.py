"""Random baskets with the facts that price them."""

from decimal import Decimal
from uuid import UUID

from hypothesis import settings, strategies as st

from commerce.price_engine import (
    Allocation,
    Basket,
    BasketLine,
    DeliveryCharge,
    Facts,
    PriceFact,
    TaxFact,
    facts_of,
)

# A busy machine is no failure, so no example has a deadline.
unhurried = settings(deadline=None)
thorough = settings(deadline=None, max_examples=250)

CURRENCY_STEPS = {"EUR": 1, "JPY": 1, "KWD": 10, "ISK": 1, "UGX": 1, "HUF": 1}
COUNTRIES = ["ES", "FR", "US"]
CATEGORIES = ["standard", "reduced", "zero"]
GROUPS = ["pickup:one", "pickup:two", "ship:standard"]
RATES = ["0.21", "0.10", "0.04", "0", "0.055", "0.2", "0.081", "0.1075", "0.25", "0.5", "1"]


def uid(number: int) -> UUID:
    """A fixed id."""
    return UUID(int=number)


@st.composite
def priced_worlds(draw: st.DrawFn, *, most_lines: int = 12) -> tuple[Basket, Facts]:
    """A basket in some currency and the facts for it; prices with and without tax side by side."""
    currency = draw(st.sampled_from(sorted(CURRENCY_STEPS)))
    taxes = [
        TaxFact(
            category=category,
            country=country,
            rate=Decimal(draw(st.sampled_from(RATES))),
            id=uid(900),
            version=draw(st.integers(1, 3)),
        )
        for category in CATEGORIES
        for country in COUNTRIES
    ]
    amounts = st.one_of(st.integers(0, 60), st.integers(0, 1_000_000))
    variants = draw(st.integers(1, most_lines))
    prices = [
        PriceFact(
            variant_id=uid(number),
            unit=draw(amounts),
            currency=currency,
            list_id=uid(800),
            list_version=draw(st.integers(1, 9)),
            compare_at=draw(st.none() | amounts),
            tax_category=draw(st.sampled_from(CATEGORIES)),
            includes_tax=draw(st.booleans()),
        )
        for number in range(variants)
    ]
    lines = tuple(
        BasketLine(
            key=f"line-{number:02}",
            variant_id=uid(draw(st.integers(0, variants - 1))),
            quantity=draw(st.integers(1, 40)),
            group=draw(st.sampled_from(GROUPS)),
            tax_country=draw(st.sampled_from([None, *COUNTRIES])),
            discounts=tuple(
                Allocation(f"promotion:{position}", amount)
                for position, amount in enumerate(draw(st.lists(amounts, max_size=3)))
            ),
        )
        for number in range(draw(st.integers(1, most_lines)))
    )
    deliveries = tuple(
        DeliveryCharge(
            group=group,
            method_id=uid(700),
            amount=draw(st.integers(0, 5_000)),
            tax_category=draw(st.sampled_from(CATEGORIES)),
            includes_tax=draw(st.booleans()),
            tax_country=draw(st.sampled_from([None, *COUNTRIES])),
        )
        for group in sorted({line.group for line in lines})
        if draw(st.booleans())
    )
    basket = Basket(currency=currency, country=draw(st.sampled_from(COUNTRIES)), lines=lines, deliveries=deliveries)
    return basket, facts_of(prices, taxes, charge_step=CURRENCY_STEPS[currency])
