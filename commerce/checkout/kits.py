"""A kit becomes lines of its components: each carries its exact share of the kit's money, so that whatever handles an order knows no kits.

Each level is split by largest remainder and sums to what it was: the kit's unit price over its components by what they cost by themselves, then
every discount over what is left of the parts, then the tax over what is paid for them (docs/decisions/0118-kits.md). Pure but for reading
what the components are called and cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.carts import PricedCart
from commerce.catalog import Article
from commerce.kernel.ids import VariantId
from commerce.kernel.money import allocate
from commerce.orders import OrderKit
from commerce.platform.database import Reading
from commerce.price_engine import Allocation, PricedLine
from commerce.quotes import Surroundings, Want, WantLine, price_basket


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of an order to be: those of kits replaced by their parts, `kits` says by key of which. `articles` has what they are called."""

    lines: Sequence[PricedLine]
    articles: Mapping[VariantId, Article]
    kits: Mapping[str, OrderKit] = {}

    def article(self, line: PricedLine) -> Article:
        """Gives the article of a line."""
        return self.articles[VariantId(line.variant_id)]

    def stocked(self, line: PricedLine) -> bool:
        """Says whether units of a line are taken from a shelf."""
        return self.article(line).stock == "kept"


class Part(msgspec.Struct, frozen=True):
    """So many units of a component in one kit, at a price each: a component whose share does not divide evenly has two of these."""

    variant_id: UUID
    units: int
    price: int


async def sold_of(reading: Reading, around: Surroundings, shown: PricedCart, *, at: datetime) -> Sold:
    """Gives what an order of a priced cart sells. No statement unless there are kits; for them, what their components cost and are called."""
    articles, lines = shown.quoted.articles, shown.quoted.priced.lines
    kits = [line for line in lines if line.of is None and articles[VariantId(line.variant_id)].parts]
    if not kits:
        return Sold(lines=lines, articles=articles)
    wanted = {part.variant_id for line in kits for part in articles[VariantId(line.variant_id)].parts or ()}
    prices, named = await _alone(reading, around, shown, sorted(wanted), at)
    every = {**articles, **named}
    nths = {line.key: nth for nth, line in enumerate(kits, start=1)}
    found: list[PricedLine] = []
    marks: dict[str, OrderKit] = {}
    carriers: dict[str, str] = {}
    for line in lines:
        if line.of in carriers:
            found.append(msgspec.structs.replace(line, of=carriers[line.of]))
        elif line.key not in nths:
            found.append(line)
        else:
            with_fee = any(each.of == line.key for each in lines)
            own = list(parts_of_line(line, every[VariantId(line.variant_id)], prices, one_apart=with_fee))
            carriers[line.key] = own[0].key
            mark = _mark(line, every[VariantId(line.variant_id)], nths[line.key], shown.cart.language)
            marks |= {each.key: mark for each in own}
            found += own
    return Sold(lines=found, articles=every, kits=marks)


async def _alone(
    reading: Reading, around: Surroundings, shown: PricedCart, wanted: Sequence[VariantId], at: datetime
) -> tuple[Mapping[UUID, int], Mapping[VariantId, Article]]:
    """Gives what one unit of each article costs by itself for this buyer, where it has a price, and what it is called."""
    want = Want(
        channel_id=shown.cart.channel_id,
        store_id=shown.cart.store_id,
        buyer=shown.buyer,
        at=at,
        lines=tuple(WantLine(key=str(each), variant_id=each, quantity=1) for each in wanted),
    )
    quoted = await price_basket(reading, around, want, leave_out=True)
    prices = {line.variant_id: line.unit for line in quoted.priced.lines if line.of is None and line.kind == "article"}
    return prices, quoted.articles


def _mark(line: PricedLine, article: Article, nth: int, language: str) -> OrderKit:
    return OrderKit(
        nth=nth,
        variant_id=article.variant_id,
        product_id=article.product_id,
        sku=article.sku,
        title=article.title,
        option_text=article.options_said(language),
        units=line.quantity,
    )


def parts_of_line(
    line: PricedLine,
    kit: Article,
    prices: Mapping[UUID, int],
    *,
    one_apart: bool = False,
) -> Iterator[PricedLine]:
    """Gives the lines that stand for one of a kit; every figure of it is the sum of theirs.

    The key of a part is the kit line's, a slash and a number. With `one_apart` the first line has one unit in each kit: fees of the kit, which
    come as one for each kit, go with it.
    """
    parts = split_price(line.unit, [(each.variant_id, each.quantity) for each in kit.parts or ()], prices)
    if one_apart and parts[0].units > 1:
        first = parts[0]
        parts = [
            Part(first.variant_id, 1, first.price),
            Part(first.variant_id, first.units - 1, first.price),
            *parts[1:],
        ]
    subtotals = [each.price * each.units * line.quantity for each in parts]
    discounts = _split_discounts(line.discounts, subtotals)
    paid = [whole - sum(each.amount for each in off) for whole, off in zip(subtotals, discounts, strict=True)]
    taxes = allocate(line.tax, paid)
    for n, (part, subtotal, off, base, tax) in enumerate(zip(parts, subtotals, discounts, paid, taxes, strict=True)):
        total = base if line.includes_tax else base + tax
        yield msgspec.structs.replace(
            line,
            key=f"{line.key}/{n}",
            variant_id=part.variant_id,
            quantity=part.units * line.quantity,
            unit=part.price,
            compare_at=None,
            subtotal=subtotal,
            discounts=off,
            discount=subtotal - base,
            net=total - tax,
            tax=tax,
            total=total,
            list_unit=None,
            prior=None,
            unit_price=None,
            measure=None,
        )


def split_price(price: int, parts: Sequence[tuple[UUID, int]], prices: Mapping[UUID, int]) -> list[Part]:
    """Splits the price of one kit over its components by largest remainder: by what they cost by themselves, or, where one of them has no
    price of its own or all of them cost nothing, by their units. What does not divide evenly over a component's units makes two parts, a
    minor unit apart.
    """
    weights = [prices.get(variant_id, 0) * units for variant_id, units in parts]
    if any(variant_id not in prices for variant_id, _ in parts) or not any(weights):
        weights = [units for _, units in parts]
    found: list[Part] = []
    for (variant_id, units), share in zip(parts, allocate(price, weights), strict=True):
        each, odd = divmod(share, units)
        found += [Part(variant_id, count, at) for count, at in ((odd, each + 1), (units - odd, each)) if count]
    return found


def _split_discounts(discounts: Sequence[Allocation], subtotals: Sequence[int]) -> list[tuple[Allocation, ...]]:
    """Splits each discount over what the ones before it left of each part, so that none is more than its part."""
    left, found = list(subtotals), [list[Allocation]() for _ in subtotals]
    for discount in discounts:
        shares = allocate(discount.amount, left) if discount.amount else [0] * len(left)
        for n, share in enumerate(shares):
            left[n] -= share
            found[n].append(Allocation(discount.source, share))
    return [tuple(each) for each in found]
