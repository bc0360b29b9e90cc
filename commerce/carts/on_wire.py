"""From a priced cart to its answer."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from commerce.carts.facts import PICKUP, Address, Cart, CartLine, CartState, Flaw
from commerce.carts.pricing import PricedCart
from commerce.carts.schemas import (
    CartAddressOut,
    CartContactOut,
    CartFulfilmentOut,
    CartGroupOut,
    CartLineOut,
    CartOut,
    CartProblemOut,
    CartTaxOut,
)
from commerce.kernel.money import Money
from commerce.price_engine import PricedLine
from commerce.quotes import Surroundings


def cart_out(shown: PricedCart, around: Surroundings, language: str) -> CartOut:
    """Gives the answer for a cart, its texts in a language."""
    cart, priced = shown.cart, shown.quoted.priced
    lines = {line.key: line for line in priced.lines}

    def money(amount: int) -> Money:
        return Money(amount, priced.currency)

    return CartOut(
        id=cart.id,
        version=cart.version,
        state="ordered" if cart.state is CartState.ORDERED else "active",
        order_id=cart.order_id,
        channel_id=cart.channel_id,
        country=cart.destination,
        currency=priced.currency,
        contact=_contact(cart),
        shipping_address=_address(cart.shipping_address),
        billing_address=_address(cart.billing_address),
        lines=[_line(line, lines.get(str(line.id)), shown, around, language) for line in cart.lines],
        groups=[
            CartGroupOut(
                fulfilment=_fulfilment(group.group, around, language),
                lines=money(group.lines),
                delivery=money(group.delivery),
                rounding=money(group.rounding),
                total=money(group.total),
            )
            for group in priced.groups
        ],
        taxes=[
            CartTaxOut(
                country=tax.country, category=tax.category, rate=str(tax.rate), net=money(tax.net), tax=money(tax.tax)
            )
            for tax in priced.taxes
        ],
        subtotal=money(priced.subtotal),
        discount_total=money(priced.discount_total),
        tax_added=money(priced.tax_added),
        delivery_total=money(priced.delivery_total),
        tax_total=money(priced.tax_total),
        rounding=money(priced.rounding),
        total=money(priced.total),
        problems=problems_out(shown.flaws) if cart.state is CartState.ACTIVE else [],
        created_at=cart.created_at,
        updated_at=cart.updated_at,
    )


def problems_out(flaws: Iterable[Flaw]) -> list[CartProblemOut]:
    """Gives what stands in the way, as the wire has it."""
    return [
        CartProblemOut(
            code=flaw.code,
            detail=flaw.detail,
            line_id=flaw.line_id,
            variant_id=flaw.variant_id,
            available=flaw.available,
        )
        for flaw in flaws
    ]


def _line(
    line: CartLine, priced: PricedLine | None, shown: PricedCart, around: Surroundings, language: str
) -> CartLineOut:
    article = shown.quoted.articles.get(line.variant_id)
    currency = shown.quoted.priced.currency

    def money(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, currency)

    return CartLineOut(
        id=line.id,
        variant_id=line.variant_id,
        product_id=article.product_id if article else None,
        sku=article.sku if article else None,
        title=article.title.said(language) if article else "",
        option_text=article.option_text if article else "",
        image_url=article.image_url if article else None,
        quantity=line.quantity,
        fulfilment=_fulfilment(line.group, around, language),
        unit=money(priced.unit if priced else None),
        compare_at=money(priced.compare_at if priced else None),
        subtotal=money(priced.subtotal if priced else None),
        discount=money(priced.discount if priced else None),
        tax=money(priced.tax if priced else None),
        total=money(priced.total if priced else None),
    )


def _fulfilment(group: str, around: Surroundings, language: str) -> CartFulfilmentOut | None:
    if not group:
        return None
    target = UUID(group.partition(":")[2])
    kind: Literal["pickup", "ship"] = "pickup" if group.startswith(PICKUP) else "ship"
    if kind == "pickup":
        location = around.locations.by_id.get(target)
        return CartFulfilmentOut(kind=kind, location_id=target, method_id=None, name=location.name if location else "")
    method = around.methods.by_id.get(target)
    return CartFulfilmentOut(
        kind=kind, location_id=None, method_id=target, name=method.name.said(language) if method else ""
    )


def _contact(cart: Cart) -> CartContactOut | None:
    if cart.email is None or cart.contact_name is None:
        return None
    return CartContactOut(email=cart.email, name=cart.contact_name, phone=cart.contact_phone, language=cart.language)


def _address(address: Address | None) -> CartAddressOut | None:
    if address is None:
        return None
    return CartAddressOut(**{name: getattr(address, name) for name in CartAddressOut.__struct_fields__})
