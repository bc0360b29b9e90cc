"""From a priced cart to its answer."""

from collections.abc import Iterable, Mapping

from commerce.carts.extras import fees_out, fulfilment_out, gifts_out, promotions_out, unit_price_out
from commerce.carts.facts import Address, Cart, CartLine, CartState, Flaw
from commerce.carts.flaw_texts import said
from commerce.carts.pricing import PricedCart
from commerce.carts.schemas import (
    CartAddressOut,
    CartContactOut,
    CartFreezeOut,
    CartFulfilmentOut,
    CartGroupOut,
    CartLineOut,
    CartOut,
    CartOverrideOut,
    CartProblemOut,
    CartSlotOut,
    CartTaxOut,
)
from commerce.kernel.money import Money
from commerce.price_engine import ListPrice, PricedLine
from commerce.quotes import Surroundings, code_answers, discounts_out


def cart_out(shown: PricedCart, around: Surroundings, language: str) -> CartOut:
    """Gives the answer for a cart, its texts in a language."""
    cart, priced = shown.cart, shown.quoted.priced
    lines = {line.key: line for line in priced.lines}
    lists = {step.line: step for step in priced.trace if isinstance(step, ListPrice)}
    ways = {group: fulfilment_out(group, around, language) for group in {line.group for line in cart.lines}}

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
        lines=[
            _line(line, lines.get(key := str(line.id)), lists.get(key), shown, ways[line.group], language)
            for line in cart.lines
        ],
        groups=_groups(shown, ways, around, language),
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
        problems=problems_out(shown.flaws, language) if cart.state is CartState.ACTIVE else [],
        created_at=cart.created_at,
        updated_at=cart.updated_at,
        fees=fees_out(priced),
        gifts=gifts_out(shown, around, language),
        codes=code_answers(priced, shown.refused, language),
        promotions=promotions_out(priced),
        store_id=cart.store_id,
        customer_id=cart.shopper_id,
        vat_number=cart.vat_number,
        tender=cart.tender,
        frozen=_frozen(shown),
        taxed_by=shown.quoted.taxed_by,
        slots=[CartSlotOut(location_id=each, starts_at=cart.slots[each]) for each in cart.slots],
    )


def problems_out(flaws: Iterable[Flaw], language: str = "en") -> list[CartProblemOut]:
    """Gives what stands in the way, as the wire has it, in the words of a language."""
    return [
        CartProblemOut(
            code=flaw.code,
            detail=said(flaw, language),
            line_id=flaw.line_id,
            variant_id=flaw.variant_id,
            available=flaw.available,
            location_id=flaw.location_id,
            alternatives=list(flaw.alternatives),
            expected_from=flaw.expected_from,
        )
        for flaw in flaws
    ]


def _groups(
    shown: PricedCart, ways: Mapping[str, CartFulfilmentOut | None], around: Surroundings, language: str
) -> list[CartGroupOut]:
    priced = shown.quoted.priced
    deliveries = {delivery.group: delivery for delivery in priced.deliveries}

    def money(amount: int) -> Money:
        return Money(amount, priced.currency)

    return [
        CartGroupOut(
            fulfilment=ways[group.group] if group.group in ways else fulfilment_out(group.group, around, language),
            lines=money(group.lines),
            delivery=money(group.delivery),
            rounding=money(group.rounding),
            total=money(group.total),
            delivery_discount=money(charge.discount if (charge := deliveries.get(group.group)) else 0),
            delivery_discounts=discounts_out(charge.discounts, priced.currency) if charge else [],
        )
        for group in priced.groups
    ]


def _line(
    line: CartLine,
    priced: PricedLine | None,
    listed: ListPrice | None,
    shown: PricedCart,
    way: CartFulfilmentOut | None,
    language: str,
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
        option_text=article.options_said(language) if article else "",
        image_url=article.image_url if article else None,
        quantity=line.quantity,
        fulfilment=way,
        unit=money(priced.unit if priced else None),
        compare_at=money(priced.compare_at if priced else None),
        subtotal=money(priced.subtotal if priced else None),
        discount=money(priced.discount if priced else None),
        tax=money(priced.tax if priced else None),
        total=money(priced.total if priced else None),
        discounts=discounts_out(priced.discounts, currency) if priced else [],
        list_unit=money(priced.list_unit if priced else None),
        prior=money(priced.prior if priced else None),
        unit_price=unit_price_out(priced, currency) if priced else None,
        override=None
        if (given := line.override) is None
        else CartOverrideOut(unit=Money(given.unit, currency), by=given.by, reason=given.reason),
        points=None if priced is None or priced.points is None else format(priced.points, "f"),
        price_list_id=listed.list_id if listed else None,
        price_list_version=listed.list_version if listed else None,
    )


def _frozen(shown: PricedCart) -> CartFreezeOut | None:
    cart = shown.cart
    if cart.frozen_what is None or cart.frozen_until is None or not cart.frozen_at(shown.at):
        return None
    return CartFreezeOut(what=cart.frozen_what, until=cart.frozen_until, quote_id=cart.quote_id)


def _contact(cart: Cart) -> CartContactOut | None:
    if cart.email is None or cart.contact_name is None:
        return None
    return CartContactOut(
        email=cart.email,
        name=cart.contact_name,
        phone=cart.contact_phone,
        language=cart.language,
        confirmed_age=cart.confirmed_age,
    )


def _address(address: Address | None) -> CartAddressOut | None:
    if address is None:
        return None
    return CartAddressOut(**{name: getattr(address, name) for name in CartAddressOut.__struct_fields__})
