"""What moved of a cart's price since the shopper saw it, and why: docs/decisions/0073-what-a-moved-price-says.md.

Nothing is kept of what was shown: the shop's page sends back what it showed. Without that, the total alone tells that something moved, and
only what gives nothing any more is named.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal
from uuid import UUID

from commerce.carts import PricedCart
from commerce.checkout.errors import PriceChanged
from commerce.checkout.facts import Seen, SeenLine, Wish
from commerce.kernel.money import Money
from commerce.kernel.wire import WireOut
from commerce.price_engine import ListPrice, Priced, PricedLine, PromotionPassed

Why = Literal[
    "new",
    "gone",
    "price_list_changed",
    "other_price_list",
    "other_terms",
    "discount",
    "tax",
    "tax_engine_away",
    "tax_engine_back",
    "delivery",
    "saves_other",
    "used_up",
]


class MovedOut(WireOut, frozen=True, kw_only=True):
    """One part of the price that is another one now; `old` is what the shopper saw, `new` what holds.

    `why`: it is new, or gone; another version of its price list, or another list, or other terms of the same one (its hours, its quantity);
    another discount; only its tax. Of the whole tax: it is another one (`tax`), also because the outside engine did not answer and our own
    rates are taken (`tax_engine_away`), or because it answers again (`tax_engine_back`). Of a promotion: it saves something else, is used up, or the engine's word for why it does not apply.
    """

    what: Literal["line", "delivery", "promotion", "code", "tax"]
    why: str
    line_id: UUID | None = None
    variant_id: UUID | None = None
    fulfilment: str | None = None
    promotion_id: UUID | None = None
    code: str | None = None
    old: Money | None = None
    new: Money | None = None
    old_unit: Money | None = None
    new_unit: Money | None = None
    price_list_id: UUID | None = None
    old_price_list_version: int | None = None
    new_price_list_version: int | None = None


def price_changed(shown: PricedCart, wish: Wish, used_up: Collection[UUID]) -> PriceChanged:
    """Makes the refusal for a cart whose total is not the accepted one. `used_up` are promotions that somebody else has just had."""
    total = Money(shown.quoted.priced.total, shown.quoted.priced.currency)
    return PriceChanged(
        f"The cart costs {total} now; {wish.accepted_total} was accepted. Show the new total and ask again.",
        accepted_total=wish.accepted_total,
        total=total,
        changes=list(moved(shown, wish.seen, used_up)),
        taxed_by=shown.quoted.taxed_by,
    )


def moved(shown: PricedCart, seen: Seen | None, used_up: Collection[UUID]) -> Iterator[MovedOut]:
    """Gives what moved: lines, deliveries and promotions as far as it is known what was seen, then the codes that give nothing."""
    priced = shown.quoted.priced
    if seen is not None:
        yield from _lines(shown, seen.lines)
        yield from _deliveries(priced, seen.deliveries)
        yield from _tax(shown, seen)
    yield from _promotions(priced, {} if seen is None else seen.promotions, used_up, known=seen is not None)
    for answer in priced.codes:
        if not answer.applied:
            yield MovedOut(what="code", why=answer.why or "gone", code=answer.code, promotion_id=answer.promotion)
    for refused in shown.refused:
        yield MovedOut(what="code", why=refused.why, code=refused.code, promotion_id=refused.promotion_id)


def _lines(shown: PricedCart, seen: Iterable[SeenLine]) -> Iterator[MovedOut]:
    priced, before = shown.quoted.priced, {str(each.line_id): each for each in seen}
    lists = {step.line: step for step in priced.trace if isinstance(step, ListPrice)}
    own = {str(line.id) for line in shown.cart.lines}
    for line in priced.lines:
        if line.key not in own:
            continue
        old = before.pop(line.key, None)
        if old is None or (old.unit, old.total) != (line.unit, line.total):
            yield _line(line, old, lists.get(line.key), priced.currency)
    for old in before.values():
        yield MovedOut(what="line", why="gone", line_id=old.line_id, old=Money(old.total, priced.currency))


def _line(line: PricedLine, old: SeenLine | None, listed: ListPrice | None, currency: str) -> MovedOut:
    return MovedOut(
        what="line",
        why=_why(line, old, listed),
        line_id=UUID(line.key),
        variant_id=line.variant_id,
        old=None if old is None else Money(old.total, currency),
        new=Money(line.total, currency),
        old_unit=None if old is None else Money(old.unit, currency),
        new_unit=Money(line.unit, currency),
        price_list_id=None if listed is None else listed.list_id,
        old_price_list_version=None if old is None else old.price_list_version,
        new_price_list_version=None if listed is None else listed.list_version,
    )


def _why(line: PricedLine, old: SeenLine | None, listed: ListPrice | None) -> Why:
    if old is None:
        return "new"
    if old.unit == line.unit:
        untaxed = old.tax is not None and old.total - old.tax == line.total - line.tax
        return "tax" if untaxed else "discount"
    if listed is None or old.price_list_id is None or old.price_list_version is None:
        return "other_terms"
    if old.price_list_id != listed.list_id:
        return "other_price_list"
    return "other_terms" if old.price_list_version == listed.list_version else "price_list_changed"


def _tax(shown: PricedCart, seen: Seen) -> Iterator[MovedOut]:
    """The tax of the whole, when it or who computed it is another one. In prices that contain their tax it moves no total by itself."""
    priced, now = shown.quoted.priced, shown.quoted.taxed_by
    other = seen.taxed_by not in {None, now}
    if other or seen.tax_total not in {None, priced.tax_total}:
        yield MovedOut(
            what="tax",
            why="tax" if not other else "tax_engine_away" if now == "rates" else "tax_engine_back",
            old=None if seen.tax_total is None else Money(seen.tax_total, priced.currency),
            new=Money(priced.tax_total, priced.currency),
        )


def _deliveries(priced: Priced, seen: Mapping[str, int]) -> Iterator[MovedOut]:
    now = {delivery.group: delivery.total for delivery in priced.deliveries}
    for group in sorted(seen.keys() | now.keys()):
        old, new = seen.get(group), now.get(group)
        if (old or 0) != (new or 0):
            yield MovedOut(
                what="delivery",
                why="new" if old is None else "gone" if new is None else "delivery",
                fulfilment=group,
                old=None if old is None else Money(old, priced.currency),
                new=None if new is None else Money(new, priced.currency),
            )


def _promotions(
    priced: Priced, seen: Mapping[UUID, int], used_up: Collection[UUID], *, known: bool
) -> Iterator[MovedOut]:
    passed = {step.promotion: step.why for step in priced.trace if isinstance(step, PromotionPassed)}
    now = {each.promotion: each for each in priced.applied}
    for promotion, old in sorted(seen.items()):
        applied = now.get(promotion)
        if applied is None or applied.saved != old:
            yield MovedOut(
                what="promotion",
                why="saves_other" if applied else "used_up" if promotion in used_up else passed.get(promotion, "gone"),
                promotion_id=promotion,
                code=applied.code if applied else None,
                old=Money(old, priced.currency),
                new=Money(applied.saved if applied else 0, priced.currency),
            )
    for promotion, applied in sorted(now.items()):
        if known and promotion not in seen:
            yield MovedOut(
                what="promotion",
                why="new",
                promotion_id=promotion,
                code=applied.code,
                new=Money(applied.saved, priced.currency),
            )
    for promotion in sorted(set(used_up) - seen.keys()):
        yield MovedOut(what="promotion", why="used_up", promotion_id=promotion)
