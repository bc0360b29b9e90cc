"""From an order to its answer."""

from collections import defaultdict
from decimal import Decimal

from commerce.kernel.money import Money
from commerce.orders.facts import Address, Order, OrderGroup, OrderKit, OrderLine
from commerce.orders.queries import OrderRow
from commerce.orders.schemas import (
    ElsewhereOut,
    OrderAddressOut,
    OrderContactOut,
    OrderGroupOut,
    OrderKitOut,
    OrderLineOut,
    OrderOut,
    OrderRowLineOut,
    OrderRowOut,
    OrderTaxOut,
)
from commerce.quotes import AppliedPromotionOut, discounts_out


def order_out(order: Order, language: str) -> OrderOut:
    """Gives the answer for an order, its texts in a language."""
    return OrderOut(
        id=order.id,
        number=order.number,
        state=order.state.value,
        version=order.version,
        cart_id=order.cart_id,
        channel_id=order.channel_id,
        currency=order.currency,
        payment_kind=order.payment_kind,
        contact=OrderContactOut(
            email=order.email, name=order.contact_name, phone=order.contact_phone, language=order.language
        ),
        shipping_address=_address(order.shipping_address),
        billing_address=_address(order.billing_address),
        groups=[_group(group, order, language) for group in order.groups],
        lines=[_line(line, order, language) for line in order.lines],
        taxes=_taxes(order),
        subtotal=order.money(order.subtotal),
        discount_total=order.money(order.discount_total),
        tax_added=order.money(order.tax_added),
        delivery_total=order.money(order.delivery_total),
        net_total=order.money(order.net_total),
        tax_total=order.money(order.tax_total),
        rounding=order.money(order.rounding),
        total=order.money(order.total),
        opened_at=order.opened_at,
        placed_at=order.placed_at,
        closed_at=order.closed_at,
        cancel_reason=order.cancel_reason,
        pay_until=order.hold_until if order.placed_at is None and order.closed_at is None else None,
        store_id=order.store_id,
        tender=order.tender,
        vat_number=order.vat_number,
        promotions=[
            AppliedPromotionOut(
                promotion_id=each.promotion_id, version=each.version, code=each.code, saved=order.money(each.saved)
            )
            for each in order.promotions
        ],
    )


def row_out(row: OrderRow, language: str) -> OrderRowOut:
    """Gives an order as a list shows it, its titles in a language."""
    return OrderRowOut(
        id=row.id,
        number=row.number,
        state=row.state.value,
        total=Money(row.total, row.currency),
        units=row.units,
        first_lines=[
            OrderRowLineOut(
                sku=line.sku,
                title=line.title.said(language),
                option_text=line.option_text,
                image_url=line.image_url,
                quantity=line.quantity,
                kit_title=None if line.kit is None else line.kit.title.said(language),
            )
            for line in row.first_lines
        ],
        opened_at=row.opened_at,
        placed_at=row.placed_at,
        closed_at=row.closed_at,
        version=row.version,
    )


def _group(group: OrderGroup, order: Order, language: str) -> OrderGroupOut:
    return OrderGroupOut(
        id=group.id,
        kind=group.kind,
        location_id=group.location_id,
        location_name=group.location_name,
        method_id=group.method_id,
        method_code=group.method_code,
        method_name=group.method_name.said(language),
        ready_by=group.ready_by,
        lines=order.money(group.lines_total),
        delivery=order.money(group.delivery_total),
        rounding=order.money(group.rounding),
        total=order.money(group.total),
        delivery_discount=order.money(group.delivery_discount),
        delivery_discounts=discounts_out(group.delivery_discounts, order.currency),
    )


def _line(line: OrderLine, order: Order, language: str) -> OrderLineOut:
    def money(amount: int | None) -> Money | None:
        return None if amount is None else order.money(amount)

    return OrderLineOut(
        id=line.id,
        group_id=line.group_id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        sku=line.sku,
        title=line.title.said(language),
        option_text=line.option_text,
        image_url=line.image_url,
        quantity=line.quantity,
        open=line.open,
        fulfilled=line.fulfilled,
        cancelled=line.cancelled,
        returned=line.returned,
        unit=order.money(line.unit),
        compare_at=money(line.compare_at),
        includes_tax=line.includes_tax,
        subtotal=order.money(line.subtotal),
        discount=order.money(line.discount),
        discounts=discounts_out(line.discounts, order.currency),
        net=order.money(line.net),
        tax=order.money(line.tax),
        total=order.money(line.total),
        tax_rate=plain(line.tax_rate),
        kind=line.kind,
        of_line_id=line.of_line_id,
        instead_of_line_id=line.instead_of_line_id,
        substitutes=line.substitutes,
        minimum_age=line.minimum_age,
        kit=None if line.kit is None else _kit(line.kit, language),
        stocked=line.stocked,
        list_unit=money(line.list_unit),
        prior=money(line.prior),
        unit_price=money(line.unit_price),
        measure=line.measure,
        relief=line.relief,
        elsewhere=[
            ElsewhereOut(location_id=each.location_id, units=each.units, expected_at=each.expected_at)
            for each in order.elsewhere
            if each.order_line_id == line.id and each.units
        ],
    )


def _kit(kit: OrderKit, language: str) -> OrderKitOut:
    return OrderKitOut(
        nth=kit.nth,
        variant_id=kit.variant_id,
        product_id=kit.product_id,
        sku=kit.sku,
        title=kit.title.said(language),
        option_text=kit.option_text,
        units=kit.units,
    )


def _taxes(order: Order) -> list[OrderTaxOut]:
    sums: dict[tuple[str, str, Decimal], list[int]] = defaultdict(lambda: [0, 0])
    for line in order.lines:
        of_rate = sums[line.tax_country, line.tax_category, line.tax_rate]
        of_rate[0] += line.net
        of_rate[1] += line.tax
    for group in order.groups:
        if group.delivery_tax_rate is not None:
            country, category = group.delivery_tax_country or "", group.delivery_tax_category or ""
            of_rate = sums[country, category, group.delivery_tax_rate]
            of_rate[0] += group.delivery_net
            of_rate[1] += group.delivery_tax
    return [
        OrderTaxOut(country=country, category=category, rate=plain(rate), net=order.money(net), tax=order.money(tax))
        for (country, category, rate), (net, tax) in sorted(sums.items())
    ]


def plain(rate: Decimal) -> str:
    """Gives a rate with no zeros at its end: 0.21."""
    text = format(rate, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _address(address: Address | None) -> OrderAddressOut | None:
    if address is None:
        return None
    return OrderAddressOut(**{name: getattr(address, name) for name in OrderAddressOut.__struct_fields__})
