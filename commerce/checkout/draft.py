"""From a priced cart and the places of its units to the order: names, prices, taxes and promises are copied, and nothing is priced again.

What one place hands over or sends is one group of the order. Goods that are sent from two places make two groups; the lines are cut by the
units' own shares, and the delivery charge goes with the first of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.carts import Address, PricedCart
from commerce.checkout.facts import Piece, Plan, Wish
from commerce.kernel.errors import Bug
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.kernel.money import chargeable
from commerce.kernel.wire import Text3
from commerce.orders import Address as OrderAddress, OrderDraft, OrderGroup, OrderLine, new_line_id, new_order_id
from commerce.price_engine import PricedDelivery, PricedLine, sold_line, units_share
from commerce.promise import CannotPromise
from commerce.quotes import Surroundings, charge_step

COLLECTED = Text3(en="Collection in store", es="Recogida en tienda", ca="Recollida a la botiga")
SENT = Text3(en="Delivery", es="Envío", ca="Enviament")
Key = tuple[str, LocationId]


class _Places(msgspec.Struct, frozen=True):
    """The groups to be, in order, and the id of each."""

    keys: Sequence[Key]
    ids: Mapping[Key, UUID]

    def first_of(self, group: str) -> Key:
        """Gives the place that carries the delivery charge of a way of fulfilment."""
        return next(key for key in self.keys if key[0] == group)


def draft_of(shown: PricedCart, plan: Plan, around: Surroundings, wish: Wish, hold_id: HoldId) -> OrderDraft:
    """Gives the order to be opened; refuses with CannotPromise a place that has no opening hours ahead."""
    cart, priced = shown.cart, shown.quoted.priced
    if cart.email is None or cart.contact_name is None:
        raise Bug("a cart without contact came to checkout")
    keys = list(dict.fromkeys((piece.group, piece.location_id) for piece in plan.pieces))
    places = _Places(keys, {key: new_id() for key in keys})
    lines = _lines(shown, plan.pieces, places)
    return OrderDraft(
        id=new_order_id(),
        cart_id=cart.id,
        channel_id=cart.channel_id,
        shopper_id=cart.shopper_id,
        language=cart.language,
        currency=priced.currency,
        payment_kind=wish.pay_by.kind,
        subtotal=priced.subtotal,
        discount_total=priced.discount_total,
        tax_added=priced.tax_added,
        delivery_total=priced.delivery_total,
        net_total=priced.net_total,
        tax_total=priced.tax_total,
        rounding=priced.rounding,
        total=priced.total,
        charge_step=charge_step(priced.currency),
        hold_id=hold_id,
        hold_until=plan.until,
        email=cart.email,
        contact_name=cart.contact_name,
        contact_phone=cart.contact_phone,
        billing_address=_copied(cart.billing_address),
        shipping_address=_copied(cart.shipping_address),
        groups=_groups(shown, plan.at, around, places, lines),
        lines=lines,
    )


def _lines(shown: PricedCart, pieces: Sequence[Piece], places: _Places) -> tuple[OrderLine, ...]:
    priced = {line.key: line for line in shown.quoted.priced.lines}
    order = {str(line.id): position for position, line in enumerate(shown.cart.lines)}
    sorted_pieces = sorted(pieces, key=lambda piece: (order[piece.key], piece.start))
    return tuple(
        _line(priced[piece.key], piece, shown, places.ids[piece.group, piece.location_id], position)
        for position, piece in enumerate(sorted_pieces)
    )


def _line(line: PricedLine, piece: Piece, shown: PricedCart, group_id: UUID, position: int) -> OrderLine:
    article = shown.quoted.articles[VariantId(line.variant_id)]
    share = units_share(sold_line(line), piece.start, piece.start + piece.quantity)
    return OrderLine(
        id=new_line_id(),
        group_id=group_id,
        position=position,
        variant_id=line.variant_id,
        product_id=article.product_id,
        sku=article.sku,
        title=article.title,
        option_text=article.option_text,
        image_url=article.image_url,
        quantity=piece.quantity,
        unit=line.unit,
        compare_at=line.compare_at,
        includes_tax=line.includes_tax,
        subtotal=line.unit * piece.quantity,
        discounts=share.discounts,
        discount=sum(each.amount for each in share.discounts),
        net=share.net,
        tax=share.tax,
        total=share.total,
        tax_category=line.tax_category,
        tax_country=line.tax_country,
        tax_rate=line.tax_rate,
    )


def _groups(
    shown: PricedCart, at: datetime, around: Surroundings, places: _Places, lines: Sequence[OrderLine]
) -> tuple[OrderGroup, ...]:
    priced = shown.quoted.priced
    charges = {delivery.group: delivery for delivery in priced.deliveries}
    step = charge_step(priced.currency)
    exact_before: dict[str, int] = {}
    groups: list[OrderGroup] = []
    for position, key in enumerate(places.keys):
        name = key[0]
        charge = charges.get(name)
        carries = charge is not None and places.first_of(name) == key
        lines_total = sum(line.total for line in lines if line.group_id == places.ids[key])
        exact = lines_total + (charge.total if charge is not None and carries else 0)
        before = exact_before.get(name, 0)
        exact_before[name] = before + exact
        # Each place's amount is a difference of the stepped running total, so that the places of one delivery sum to its amount.
        total = chargeable(before + exact, step) - chargeable(before, step)
        group = _group(key, places.ids[key], position, charge, around, at)
        groups.append(
            msgspec.structs.replace(
                group if carries else _uncharged(group), lines_total=lines_total, rounding=total - exact, total=total
            )
        )
    return tuple(groups)


def _group(
    key: Key, group_id: UUID, position: int, charge: PricedDelivery | None, around: Surroundings, at: datetime
) -> OrderGroup:
    name, location_id = key
    location = around.locations.get(location_id)
    ready_by = location.ready_at(at)
    if ready_by is None:
        raise CannotPromise(f"{location.name} has no opening hours ahead; choose another place.")
    collected = name.startswith("pickup:")
    method = around.methods.by_id.get(charge.method_id) if charge is not None else None
    return OrderGroup(
        id=group_id,
        position=position,
        kind="pickup" if collected else "ship",
        location_id=location.id,
        location_name=location.name,
        method_id=method.id if method else None,
        method_code=method.code if method else ("pickup" if collected else "ship"),
        method_name=method.name if method else (COLLECTED if collected else SENT),
        ready_by=ready_by,
        delivery_amount=charge.amount if charge else 0,
        delivery_includes_tax=charge.includes_tax if charge else True,
        delivery_net=charge.net if charge else 0,
        delivery_tax=charge.tax if charge else 0,
        delivery_total=charge.total if charge else 0,
        delivery_tax_category=charge.tax_category if charge else None,
        delivery_tax_country=charge.tax_country if charge else None,
        delivery_tax_rate=charge.tax_rate if charge else None,
        lines_total=0,
        rounding=0,
        total=0,
    )


def _uncharged(group: OrderGroup) -> OrderGroup:
    return msgspec.structs.replace(group, delivery_amount=0, delivery_net=0, delivery_tax=0, delivery_total=0)


def _copied(address: Address | None) -> OrderAddress | None:
    if address is None:
        return None
    return OrderAddress(**{name: getattr(address, name) for name in OrderAddress.__struct_fields__})
