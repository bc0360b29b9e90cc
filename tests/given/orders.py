"""Orders to start from: priced by the engine, opened and placed by the real verbs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from commerce import orders
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.price_engine import (
    Allocation,
    Basket,
    BasketLine,
    DeliveryCharge,
    Facts,
    FeeFact,
    Priced,
    price,
)
from tests.given import engine


def fee(code: str = "raee", amount: int = 30, *, kind: Literal["eco_fee", "deposit"] = "eco_fee") -> FeeFact:
    """A fee that comes with each unit, tax of 21 % included."""
    return FeeFact(code=code, kind=kind, amount=amount, currency="EUR", includes_tax=True, tax_category="standard")


GIVEN = "promotion:0197c000-0000-7000-8000-00000000000a"


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of a variant at a unit price (tax of 21 % included) less a discount on the line, collected or shipped at a location.

    `fees` come with each unit. What is a `gift` has its whole price taken off.
    """

    quantity: int = 1
    unit: int = 1000
    kind: str = "pickup"
    location_id: UUID = msgspec.field(default_factory=new_id)
    variant_id: UUID = msgspec.field(default_factory=new_id)
    product_id: UUID = msgspec.field(default_factory=new_id)
    delivery: int = 0
    discount: int = 0
    fees: tuple[FeeFact, ...] = ()
    gift: bool = False


def draft(
    wants: Sequence[Want],
    *,
    payment_kind: str = "card",
    shopper_id: UUID | None = None,
    charge_step: int = 1,
    currency: str = "EUR",
) -> orders.OrderDraft:
    """Gives a draft with one group for each kind and location; a group's delivery is what its first want says."""
    keys = [f"{want.kind}:{want.location_id}" for want in wants]
    method_id = new_id()
    priced = price(_basket(wants, keys, method_id, currency), _facts(wants, currency, charge_step))
    ids = {key: new_id() for key in dict.fromkeys(keys)}
    return orders.OrderDraft(
        id=orders.new_order_id(),
        cart_id=new_id(),
        channel_id=new_id(),
        shopper_id=shopper_id,
        language="ca",
        currency=currency,
        payment_kind="card" if payment_kind == "card" else "on_collection",
        subtotal=priced.subtotal,
        discount_total=priced.discount_total,
        tax_added=priced.tax_added,
        delivery_total=priced.delivery_total,
        net_total=priced.net_total,
        tax_total=priced.tax_total,
        rounding=priced.rounding,
        total=priced.total,
        charge_step=charge_step,
        hold_id=new_id(),
        hold_until=clock.now() + timedelta(minutes=30),
        email="shopper@example.com",
        contact_name="Shopper",
        contact_phone=None,
        billing_address=None,
        shipping_address=orders.Address(
            name="Shopper", line1="Carrer Gran 1", city="Barcelona", postal_code="08012", country="ES"
        ),
        groups=_groups(priced, ids, method_id),
        lines=_lines(priced, ids, wants),
    )


def _basket(wants: Sequence[Want], keys: Sequence[str], method_id: UUID, currency: str) -> Basket:
    """A line for each want; a group, which its key names, costs what its first want says."""
    charges: dict[str, int] = {}
    for key, want in zip(keys, wants, strict=True):
        charges.setdefault(key, want.delivery)
    return Basket(
        currency=currency,
        country="ES",
        circumstances=engine.NOW,
        lines=tuple(
            BasketLine(
                key=str(n),
                variant_id=want.variant_id,
                quantity=want.quantity,
                group=keys[n],
                discounts=_taken_off(want),
            )
            for n, want in enumerate(wants)
        ),
        deliveries=tuple(
            DeliveryCharge(group=key, method_id=method_id, amount=amount, tax_category="standard", includes_tax=True)
            for key, amount in charges.items()
        ),
    )


def _groups(priced: Priced, ids: Mapping[str, UUID], method_id: UUID) -> tuple[orders.OrderGroup, ...]:
    by_key = {group.group: group for group in priced.groups}
    return tuple(
        orders.OrderGroup(
            id=ids[delivery.group],
            position=n,
            kind="pickup" if delivery.group.startswith("pickup") else "ship",
            location_id=UUID(delivery.group.partition(":")[2]),
            location_name="Gràcia",
            method_id=method_id,
            method_code="standard",
            method_name=Text3(en="Standard"),
            ready_by=clock.now() + timedelta(hours=2),
            delivery_amount=delivery.amount,
            delivery_includes_tax=delivery.includes_tax,
            delivery_net=delivery.net,
            delivery_tax=delivery.tax,
            delivery_total=delivery.total,
            delivery_tax_category=delivery.tax_category,
            delivery_tax_country=delivery.tax_country,
            delivery_tax_rate=delivery.tax_rate,
            lines_total=by_key[delivery.group].lines,
            rounding=by_key[delivery.group].rounding,
            total=by_key[delivery.group].total,
        )
        for n, delivery in enumerate(priced.deliveries)
    )


def _lines(priced: Priced, ids: Mapping[str, UUID], wants: Sequence[Want]) -> tuple[orders.OrderLine, ...]:
    line_ids = {line.key: orders.new_line_id() for line in priced.lines}
    return tuple(
        orders.OrderLine(
            id=line_ids[line.key],
            group_id=ids[line.group],
            position=n,
            variant_id=line.variant_id,
            product_id=new_id() if line.of is not None else wants[int(line.key)].product_id,
            sku=f"SKU-{n}",
            title=Text3(en="Cup", es="Taza", ca="Tassa"),
            option_text="Blue",
            image_url=None,
            quantity=line.quantity,
            unit=line.unit,
            compare_at=line.compare_at,
            includes_tax=line.includes_tax,
            subtotal=line.subtotal,
            discounts=line.discounts,
            discount=line.discount,
            net=line.net,
            tax=line.tax,
            total=line.total,
            tax_category=line.tax_category,
            tax_country=line.tax_country,
            tax_rate=line.tax_rate,
            kind="gift" if line.of is None and wants[int(line.key)].gift else line.kind,
            of_line_id=None if line.of is None else line_ids[line.of],
        )
        for n, line in enumerate(priced.lines)
    )


def _taken_off(want: Want) -> tuple[Allocation, ...]:
    off = want.unit * want.quantity if want.gift else want.discount
    return (Allocation(GIVEN, off),) if off else ()


def _facts(wants: Sequence[Want], currency: str, charge_step: int) -> Facts:
    found = engine.facts({want.variant_id: want.unit for want in wants}, currency=currency, charge_step=charge_step)
    fees = {want.variant_id: want.fees for want in wants}
    articles = {
        variant_id: msgspec.structs.replace(article, fees=fees[variant_id])
        for variant_id, article in found.articles.items()
    }
    return msgspec.structs.replace(found, articles=articles)


async def opened(
    db: Database,
    *wants: Want,
    payment_kind: str = "card",
    shopper_id: UUID | None = None,
    charge_step: int = 1,
    currency: str = "EUR",
) -> orders.Order:
    """Gives an order that waits for its payment."""
    made = draft(
        wants or (Want(),), payment_kind=payment_kind, shopper_id=shopper_id, charge_step=charge_step, currency=currency
    )

    return await db.transact(orders.open_order, made, at=clock.now(), by="shopper:test")


async def placed(
    db: Database,
    *wants: Want,
    payment_kind: str = "card",
    shopper_id: UUID | None = None,
    charge_step: int = 1,
    currency: str = "EUR",
) -> orders.Order:
    """Gives an order that is placed."""
    waiting = await opened(
        db, *wants, payment_kind=payment_kind, shopper_id=shopper_id, charge_step=charge_step, currency=currency
    )
    return await db.transact(orders.place, waiting.id)


async def fulfilled(db: Database, *wants: Want, shopper_id: UUID | None = None) -> orders.Order:
    """Gives an order whose units were all handed over."""
    order = await placed(db, *wants, shopper_id=shopper_id)
    await db.transact(orders.fulfil, order.id, [(line.id, line.quantity) for line in order.goods])
    return await orders.order(db.reading, order.id)
