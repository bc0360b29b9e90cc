"""A kit's money over its components: every figure of the kit is the sum of its parts', whatever the prices."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st

from commerce.catalog import Article, Component
from commerce.checkout.kits import Part, parts_of_line, split_price
from commerce.kernel.ids import ProductId, VariantId, new_id
from commerce.kernel.money import added_tax, included_tax
from commerce.kernel.wire import Text3
from commerce.price_engine import Allocation, PricedLine

A, B, C = (VariantId(UUID(int=n)) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("price", "parts", "prices", "expected"),
    [
        # 30.00 over 19.99 and 2 × 12.50: 4,499 in all, so 1,333.0 and 1,667.0; the odd cent makes two parts of B.
        (3000, [(A, 1), (B, 2)], {A: 1999, B: 1250}, [Part(A, 1, 1333), Part(B, 1, 834), Part(B, 1, 833)]),
        # B has no price of its own: by units.
        (1000, [(A, 1), (B, 2)], {A: 1999}, [Part(A, 1, 333), Part(B, 1, 334), Part(B, 1, 333)]),
        (0, [(A, 1), (B, 2)], {A: 1999, B: 1}, [Part(A, 1, 0), Part(B, 2, 0)]),
        (7, [(A, 3)], {A: 0}, [Part(A, 1, 3), Part(A, 2, 2)]),
    ],
)
def test_the_price_of_a_kit_is_split_by_largest_remainder(
    price: int, parts: list[tuple[UUID, int]], prices: dict[UUID, int], expected: list[Part]
) -> None:
    assert split_price(price, parts, prices) == expected
    assert sum(part.units * part.price for part in expected) == price


def _kit(units: dict[VariantId, int]) -> Article:
    return Article(
        variant_id=VariantId(new_id()),
        product_id=ProductId(new_id()),
        sku="KIT",
        title=Text3(en="Kit"),
        option_text="",
        tax_category="standard",
        weight_grams=None,
        sellable=True,
        shippable=True,
        image_url=None,
        parts=tuple(Component(variant_id=each, quantity=count) for each, count in units.items()),
    )


def _line(kit: Article, unit: int, quantity: int, off: list[int], *, includes_tax: bool) -> PricedLine:
    subtotal = unit * quantity
    base = subtotal - sum(off)
    rate = Decimal("0.21")
    tax = included_tax(base, rate) if includes_tax else added_tax(base, rate)
    total = base if includes_tax else base + tax
    return PricedLine(
        key="line",
        variant_id=kit.variant_id,
        quantity=quantity,
        group="",
        unit=unit,
        compare_at=None,
        includes_tax=includes_tax,
        subtotal=subtotal,
        discounts=tuple(Allocation(f"promotion:{n}", each) for n, each in enumerate(off)),
        discount=sum(off),
        net=total - tax,
        tax=tax,
        total=total,
        tax_category="standard",
        tax_country="ES",
        tax_rate=rate,
    )


@settings(max_examples=150, deadline=None)
@given(
    unit=st.integers(0, 100_000),
    quantity=st.integers(1, 30),
    units=st.lists(st.integers(1, 12), min_size=1, max_size=3),
    prices=st.lists(st.integers(0, 50_000) | st.none(), min_size=3, max_size=3),
    shares=st.lists(st.integers(0, 100), max_size=3),
    includes_tax=st.booleans(),
    one_apart=st.booleans(),
)
def test_every_figure_of_a_kit_is_the_sum_of_its_parts(
    unit: int,
    quantity: int,
    units: list[int],
    prices: list[int | None],
    shares: list[int],
    includes_tax: bool,
    one_apart: bool,
) -> None:
    kit = _kit(dict(zip((A, B, C), units, strict=False)))
    left, off = unit * quantity, []
    for share in shares:
        off.append(left * share // 100)
        left -= off[-1]
    line = _line(kit, unit, quantity, off, includes_tax=includes_tax)
    alone: dict[UUID, int] = {each: price for each, price in zip((A, B, C), prices, strict=True) if price is not None}
    parts = list(parts_of_line(line, kit, alone, one_apart=one_apart))
    for name in ("subtotal", "discount", "net", "tax", "total"):
        assert sum(getattr(part, name) for part in parts) == getattr(line, name), name
    for nth, whole in enumerate(line.discounts):
        assert sum(part.discounts[nth].amount for part in parts) == whole.amount
    for part in parts:
        assert part.subtotal == part.unit * part.quantity
        assert part.total == part.net + part.tax
        assert part.subtotal - part.discount == (part.total if includes_tax else part.net)
        assert min(part.discount, part.net, part.tax, *(each.amount for each in part.discounts), 0) == 0
    taken = {each: sum(part.quantity for part in parts if part.variant_id == each) for each in (A, B, C)}
    assert [taken[each] for each in (A, B, C)][: len(units)] == [count * quantity for count in units]
    assert len({part.key for part in parts}) == len(parts) <= 2 * len(units) + 1
    if one_apart:
        assert parts[0].quantity == quantity
