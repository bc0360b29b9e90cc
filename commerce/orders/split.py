"""A line is cut: some of its open units become units of another article, with exactly their share of its money. Pure.

Every level of a line's charge is split evenly over its units, the odd ones first (docs/decisions/0021-parts-of-a-charge.md). Whatever units
are taken out, those that stay keep each its own share: what was charged, given up and given back for them stays exact.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderLineId, new_id
from commerce.kernel.money import share_upto
from commerce.orders.facts import UNPLACED, Order, OrderFacts, OrderLine, SubstituteArticle
from commerce.orders.places import placed_new, taken
from commerce.orders.rules import given_up, open_units
from commerce.price_engine import Allocation, UnitsShare, units_share

UNSAID = {"compare_at": None, "list_unit": None, "prior": None, "unit_price": None, "measure": None}
"""What the price of another article is not compared with."""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """An order after units of a line became those of another article.

    `kept` are the lines that have fewer units now, `added` the new ones: `line`, its fees, and the `difference` where the other article is
    cheaper. `amount` is what is not charged because of it, in minor units; `agreed` the share of the line that the units had.
    """

    order: Order
    kept: Sequence[OrderLine]
    added: Sequence[OrderLine]
    line: OrderLine
    difference: OrderLine | None
    agreed: UnitsShare
    amount: int


def substituted(order: Order, line_id: OrderLineId, units: int, article: SubstituteArticle, location_id: UUID) -> Split:
    """Gives an order after units of a line, which no place has, became units of another article that a location promises.

    The other article costs what it costs by itself, and never more than was agreed for the units; its tax is of the same rate. The last open
    units go. Refuses with NotThatManyUnits when fewer wait for a place, and with UnknownOrderLine.
    """
    goods = open_units(order, [(line_id, units)], UNPLACED)
    line = line_of(order, line_id)
    stop = line.quantity - line.cancelled
    share = units_share(line.sold, stop - units, stop)
    position = max(each.position for each in order.lines) + 1
    new, difference = _parts(line, units, share, article, position)
    added = [new] if difference is None else [new, difference]
    kept = [_without(line, units, share)]
    for fee in (each for each in order.lines if each.of_line_id == line.id):
        part = units_share(fee.sold, stop - units, stop)
        kept.append(_without(fee, units, part))
        added.append(_fee(fee, units, part, new.id, position + len(added)))
    smaller = {each.id: each for each in kept}
    freed = taken(order, goods, UNPLACED)
    lines = (*(smaller.get(each.id, each) for each in order.lines), *added)
    after = placed_new(msgspec.structs.replace(freed, lines=lines), new.id, units, location_id)
    return Split(
        order=after,
        kept=kept,
        added=added,
        line=new,
        difference=difference,
        agreed=share,
        amount=given_up(after) - given_up(order),
    )


def substitute_costs(order: OrderFacts, line_id: OrderLineId, units: int, unit: int) -> int:
    """Gives what units of another article would be charged, fees aside, instead of the last open units of a line; minor units, tax included."""
    line = line_of(order, line_id)
    stop = line.quantity - line.cancelled
    share = units_share(line.sold, max(stop - units, 0), stop)
    return _charged(line, units, share, unit)[0]


def line_of(order: OrderFacts, line_id: OrderLineId) -> OrderLine:
    """Gives a line of an order by its id; a strange one is a Bug of the caller."""
    for line in order.lines:
        if line.id == line_id:
            return line
    raise Bug(f"the order {order.number} has no line {line_id}")


def _charged(line: OrderLine, units: int, share: UnitsShare, unit: int) -> tuple[int, int]:
    """Gives total and tax of units that cost `unit` each, at most what their share was; the tax goes with the amount."""
    paid = share.total if line.includes_tax else share.net
    own = min(unit * units, paid)
    tax = share_upto(share.tax, own, paid)
    return (own, tax) if line.includes_tax else (own + tax, tax)


def _parts(
    line: OrderLine, units: int, share: UnitsShare, article: SubstituteArticle, position: int
) -> tuple[OrderLine, OrderLine | None]:
    total, tax = _charged(line, units, share, article.unit)
    said = {
        **UNSAID,
        "id": OrderLineId(new_id()),
        "position": position,
        "variant_id": article.variant_id,
        "product_id": article.product_id,
        "sku": article.sku,
        "title": article.title,
        "option_text": article.option_text,
        "image_url": article.image_url,
        "minimum_age": article.minimum_age,
        "instead_of_line_id": line.id,
        "quantity": units,
        "fulfilled": 0,
        "cancelled": 0,
        "returned": 0,
        "returned_total": 0,
        "returned_tax": 0,
    }
    if total == share.total:
        whole = _figures(line.unit, units, share.discounts, share.total, share.tax)
        return msgspec.structs.replace(line, **said, **whole), None
    new = msgspec.structs.replace(line, **said, **_figures(article.unit, units, (), total, tax))
    rest = _figures(line.unit - article.unit, units, share.discounts, share.total - total, share.tax - tax)
    difference = msgspec.structs.replace(
        line,
        **UNSAID,
        **rest,
        id=OrderLineId(new_id()),
        position=position + 1,
        kind="difference",
        points=None,
        instead_of_line_id=line.id,
        quantity=units,
        cancelled=units,
        fulfilled=0,
        returned=0,
        returned_total=0,
        returned_tax=0,
    )
    return new, difference


def _figures(unit: int, units: int, discounts: tuple[Allocation, ...], total: int, tax: int) -> dict[str, object]:
    return {
        "unit": unit,
        "subtotal": unit * units,
        "discounts": discounts,
        "discount": sum(each.amount for each in discounts),
        "net": total - tax,
        "tax": tax,
        "total": total,
    }


def _without(line: OrderLine, units: int, share: UnitsShare) -> OrderLine:
    left = tuple(
        Allocation(had.source, had.amount - gone.amount)
        for had, gone in zip(line.discounts, share.discounts, strict=True)
    )
    figures = _figures(line.unit, line.quantity - units, left, line.total - share.total, line.tax - share.tax)
    return msgspec.structs.replace(line, quantity=line.quantity - units, **figures)


def _fee(fee: OrderLine, units: int, share: UnitsShare, of: OrderLineId, position: int) -> OrderLine:
    return msgspec.structs.replace(
        fee,
        **_figures(fee.unit, units, share.discounts, share.total, share.tax),
        id=OrderLineId(new_id()),
        position=position,
        of_line_id=of,
        instead_of_line_id=fee.id,
        quantity=units,
        fulfilled=0,
        cancelled=0,
        returned=0,
        returned_total=0,
        returned_tax=0,
    )
