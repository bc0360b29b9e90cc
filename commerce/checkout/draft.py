"""From a priced cart and the places of its units to the order: names, prices, taxes and promises are copied, and nothing is priced again.

What one place hands over or sends is one group of the order. Goods that are sent from two places make two groups; the lines are cut by the
units' own shares, their fees with them, and the delivery charge goes with the first of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.carts import Address, PricedCart
from commerce.checkout.facts import Piece, Plan, Wish
from commerce.checkout.kits import Sold
from commerce.kernel.errors import Bug
from commerce.kernel.ids import HoldId, LocationId, OrderLineId, new_id
from commerce.kernel.money import chargeable
from commerce.kernel.wire import Text3
from commerce.orders import (
    Address as OrderAddress,
    Elsewhere,
    OrderDraft,
    OrderGroup,
    OrderKit,
    OrderLine,
    OrderPromotion,
    SubstituteWish,
    new_line_id,
    new_order_id,
)
from commerce.price_engine import PricedDelivery, PricedLine, sold_line, units_share, zone_of
from commerce.quotes import Surroundings, charge_step

ECO_FEE = Text3(en="Eco-fee", es="Ecotasa", ca="Ecotaxa")
DEPOSIT = Text3(en="Deposit", es="Depósito", ca="Dipòsit")
COLLECTED = Text3(en="Collection in store", es="Recogida en tienda", ca="Recollida a la botiga")
NOTHING = Text3(en="Nothing to deliver", es="Sin entrega", ca="Sense lliurament")
SENT = Text3(en="Delivery", es="Envío", ca="Enviament")
Key = tuple[str, LocationId]


class _Places(msgspec.Struct, frozen=True):
    """The groups to be, in order, and the id of each."""

    keys: Sequence[Key]
    ids: Mapping[Key, UUID]

    def first_of(self, group: str) -> Key:
        """Gives the place that carries the delivery charge of a way of fulfilment."""
        return next(key for key in self.keys if key[0] == group)


def draft_of(
    shown: PricedCart, sold: Sold, plan: Plan, around: Surroundings, wish: Wish, hold_id: HoldId
) -> OrderDraft:
    """Gives the order to be opened: of a priced cart, with the lines of `sold`."""
    cart, priced = shown.cart, shown.quoted.priced
    if cart.email is None or cart.contact_name is None:
        raise Bug("a cart without contact came to checkout")
    keys = list(dict.fromkeys((piece.group, piece.location_id) for piece in plan.pieces))
    places = _Places(keys, {key: new_id() for key in keys})
    pieces = _in_order(sold, plan.pieces)
    lines = _lines(sold, pieces, places, wish, cart.language)
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
        vat_number=cart.vat_number,
        store_id=cart.store_id,
        tender=cart.tender,
        promotions=tuple(
            OrderPromotion(
                promotion_id=each.promotion,
                version=each.version,
                code=each.code,
                saved=each.saved,
                limited=each.limited,
            )
            for each in priced.applied
        ),
        groups=_groups(shown, plan, around, places, lines),
        lines=lines,
        elsewhere=_waiting(lines, pieces),
    )


def _in_order(sold: Sold, pieces: Sequence[Piece]) -> list[Piece]:
    order = {line.key: position for position, line in enumerate(sold.lines)}
    return sorted(pieces, key=lambda piece: (order[piece.key], piece.start))


def _waiting(lines: Sequence[OrderLine], pieces: Sequence[Piece]) -> tuple[Elsewhere, ...]:
    """Gives the units that wait for supply from the start: each piece is a line of its own, in the same order."""
    goods = [line for line in lines if not line.is_fee]
    return tuple(
        Elsewhere(order_line_id=line.id, location_id=None, units=line.quantity, expected_at=piece.waits)
        for line, piece in zip(goods, pieces, strict=True)
        if piece.waits is not None
    )


def _lines(sold: Sold, pieces: Sequence[Piece], places: _Places, wish: Wish, language: str) -> tuple[OrderLine, ...]:
    priced = {line.key: line for line in sold.lines}
    fees: dict[str, list[PricedLine]] = {}
    for line in sold.lines:
        if line.of is not None:
            fees.setdefault(line.of, []).append(line)
    lines: list[OrderLine] = []
    for piece in pieces:
        group_id = places.ids[piece.group, piece.location_id]
        goods = _line(priced[piece.key], piece, group_id, len(lines), _named(priced[piece.key], sold, wish, language))
        lines.append(goods)
        for fee in fees.get(piece.key, ()):
            named = _fee_named(fee, goods)
            lines.append(_line(fee, piece, group_id, len(lines), named, of_line_id=goods.id))
    return tuple(lines)


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """What an order says of what was bought, beside figures."""

    product_id: UUID
    sku: str
    title: Text3
    option_text: str
    image_url: str | None
    kit: OrderKit | None = None
    stocked: bool = True
    minimum_age: int | None = None
    substitutes: SubstituteWish = "ask"


def _named(line: PricedLine, sold: Sold, wish: Wish, language: str) -> _Named:
    """Option values are called what they are in the language of the order, which it keeps."""
    article = sold.article(line)
    return _Named(
        product_id=article.product_id,
        sku=article.sku,
        title=article.title,
        option_text=article.options_said(language),
        image_url=article.image_url,
        kit=sold.kits.get(line.key),
        stocked=sold.stocked(line),
        minimum_age=article.minimum_age,
        substitutes=wish.substitutes_for(line.key),
    )


def _fee_named(fee: PricedLine, goods: OrderLine) -> _Named:
    """A fee is called what it is; its code stands where an article has its SKU."""
    title = DEPOSIT if fee.kind == "deposit" else ECO_FEE
    code = fee.key.rpartition("+")[2]
    return _Named(
        product_id=goods.product_id, sku=code, title=title, option_text="", image_url=None, stocked=goods.stocked
    )


def _line(
    line: PricedLine,
    piece: Piece,
    group_id: UUID,
    position: int,
    named: _Named,
    *,
    of_line_id: OrderLineId | None = None,
) -> OrderLine:
    share = units_share(sold_line(line), piece.start, piece.start + piece.quantity)
    return OrderLine(
        id=new_line_id(),
        group_id=group_id,
        position=position,
        variant_id=line.variant_id,
        product_id=named.product_id,
        sku=named.sku,
        title=named.title,
        option_text=named.option_text,
        image_url=named.image_url,
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
        kind=line.kind,
        of_line_id=of_line_id,
        list_unit=line.list_unit,
        prior=line.prior,
        unit_price=line.unit_price,
        measure=line.measure,
        points=line.points,
        relief=line.relief,
        kit=named.kit,
        stocked=named.stocked,
        minimum_age=named.minimum_age,
        substitutes=named.substitutes,
    )


def _groups(
    shown: PricedCart, plan: Plan, around: Surroundings, places: _Places, lines: Sequence[OrderLine]
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
        group = _group(
            key, places.ids[key], position, charge, around, plan.ready[key], _zone_to(shown.cart.shipping_address)
        )
        groups.append(
            msgspec.structs.replace(
                group if carries else _uncharged(group), lines_total=lines_total, rounding=total - exact, total=total
            )
        )
    return tuple(groups)


def _group(
    key: Key,
    group_id: UUID,
    position: int,
    charge: PricedDelivery | None,
    around: Surroundings,
    ready_by: datetime,
    to: str | None,
) -> OrderGroup:
    name, location_id = key
    location = around.locations.get(location_id)
    sent_to = None if not name.startswith("ship:") or to is None or to == location.tax_zone else to
    collected = name.startswith("pickup:")
    method = around.methods.by_id.get(charge.method_id) if charge is not None else None
    return OrderGroup(
        id=group_id,
        position=position,
        kind="none" if not name else "pickup" if collected else "ship",
        location_id=location.id,
        location_name=location.name,
        method_id=method.id if method else None,
        method_code=method.code if method else ("none" if not name else "pickup" if collected else "ship"),
        method_name=method.name if method else (NOTHING if not name else COLLECTED if collected else SENT),
        ready_by=ready_by,
        delivery_amount=charge.amount if charge else 0,
        delivery_includes_tax=charge.includes_tax if charge else True,
        delivery_net=charge.net if charge else 0,
        delivery_tax=charge.tax if charge else 0,
        delivery_total=charge.total if charge else 0,
        delivery_tax_category=charge.tax_category if charge else None,
        delivery_tax_country=charge.tax_country if charge else None,
        delivery_tax_rate=charge.tax_rate if charge else None,
        delivery_discounts=charge.discounts if charge else (),
        delivery_discount=charge.discount if charge else 0,
        delivery_relief=charge.relief if charge else None,
        sent_to=sent_to,
        lines_total=0,
        rounding=0,
        total=0,
    )


def _zone_to(address: Address | None) -> str | None:
    return None if address is None else zone_of(address.country, address.region, address.postal_code)


def _uncharged(group: OrderGroup) -> OrderGroup:
    return msgspec.structs.replace(
        group,
        delivery_amount=0,
        delivery_net=0,
        delivery_tax=0,
        delivery_total=0,
        delivery_discounts=(),
        delivery_discount=0,
    )


def _copied(address: Address | None) -> OrderAddress | None:
    if address is None:
        return None
    return OrderAddress(**{name: getattr(address, name) for name in OrderAddress.__struct_fields__})
