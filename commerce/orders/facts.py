"""Orders as values: what is handed in when one is opened, and what is given out. Amounts are minor units of the order's currency."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from commerce.kernel.currencies import Currency
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, new_id
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.price_engine import Allocation, ReliefKind, SoldLine

LineKind = Literal["article", "eco_fee", "deposit", "gift", "difference"]
SubstituteWish = Literal["no", "ask", "similar"]
"""What becomes of units that are missing: nothing else is wanted, the buyer is asked first, something similar is agreed to beforehand."""
UNPLACED: Final = LocationId(UUID(int=0))
"""Stands for no place at all, where a location is named: units that are open, reserved nowhere, and wait for a choice or a route."""


class OrderState(StrEnum):
    """Where an order is. What has become of its units stands in their counters, never here."""

    PENDING_PAYMENT = "pending_payment"
    PLACED = "placed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address as it was given; `country` is ISO 3166-1 alpha-2."""

    name: str
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str
    country: str
    phone: str | None = None


class OrderKit(msgspec.Struct, frozen=True, kw_only=True):
    """The kit that a line is a part of, as it was sold: `units` kits, the `nth` of the order (from 1). Lines of one kit have the same one."""

    nth: int
    variant_id: UUID
    product_id: UUID
    sku: str
    title: Text3
    option_text: str = ""
    units: int


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of one variant, with names, price and tax as they were agreed; `total` is paid for all units, tax included.

    quantity = open + fulfilled + cancelled, and returned <= fulfilled. `returned_total` and `returned_tax` are what of the line's total
    and tax was given back for the returned units so far. A fee is a line of its own, `of_line_id` the article's that it comes with: it has
    no stock, and its units go where the article's go. A gift is goods, with its whole price taken off. `list_unit` is the list's price
    where a person gave another; `prior` the lowest price of the 30 days before a reduction; `unit_price` that of one `measure`; `points`
    how many times the usual points it earns.

    `instead_of_line_id` is the line whose units this one replaces by another article, at the money that was agreed for them; a `difference`
    holds what of that money is not charged since the other article is cheaper: it has no goods, and its units are cancelled. A line of
    which all units were replaced has none left, and keeps what it says. `substitutes` is what its buyer wants when units are missing.
    `minimum_age` is the age in years from which its goods may be handed over. A line with a `kit` is a part of it, at its share of the
    kit's money. Where not `stocked` (a service, a file) there is nothing to fetch: docs/decisions/0119-articles-without-stock.md.
    """

    id: OrderLineId
    group_id: UUID
    position: int
    variant_id: UUID
    product_id: UUID
    sku: str
    title: Text3
    option_text: str
    image_url: str | None
    quantity: int
    unit: int
    compare_at: int | None
    includes_tax: bool
    subtotal: int
    discounts: tuple[Allocation, ...] = ()
    discount: int
    net: int
    tax: int
    total: int
    tax_category: str
    tax_country: str
    tax_rate: Decimal
    kind: LineKind = "article"
    of_line_id: OrderLineId | None = None
    list_unit: int | None = None
    prior: int | None = None
    unit_price: int | None = None
    measure: str | None = None
    points: Decimal | None = None
    relief: ReliefKind | None = None
    fulfilled: int = 0
    cancelled: int = 0
    returned: int = 0
    returned_total: int = 0
    returned_tax: int = 0
    substitutes: SubstituteWish = "ask"
    instead_of_line_id: OrderLineId | None = None
    minimum_age: int | None = None
    kit: OrderKit | None = None
    stocked: bool = True

    @property
    def open(self) -> int:
        """The units that are still owed."""
        return self.quantity - self.fulfilled - self.cancelled

    @property
    def is_fee(self) -> bool:
        """Whether it is a charge that comes with an article, and no goods."""
        return self.of_line_id is not None

    @property
    def sold(self) -> SoldLine:
        """The line as the price engine takes it for shares."""
        return SoldLine(quantity=self.quantity, total=self.total, tax=self.tax, discounts=self.discounts)


class OrderGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What one location hands over or ships: its lines, its delivery charge, its promise. Of kind `none`, nothing is handed over or sent.

    `location_id` is where it is collected, or from where it is sent. A group whose delivery is not charged has no method and no tax of it.
    `ready_by` is the promise that was shown: ready for pickup, or shipped, by then. delivery_amount - delivery_discount = delivery_total
    (or delivery_net, where the charge excludes tax). `total` = lines_total + delivery_total + rounding is what is authorised and captured
    for the group. `sent_to` is the zone of tax that it is sent to, where that is another than the one that it leaves.
    """

    id: UUID
    position: int
    kind: Literal["pickup", "ship", "none"]
    location_id: UUID
    location_name: str
    method_id: UUID | None
    method_code: str
    method_name: Text3
    ready_by: datetime | None
    delivery_amount: int
    delivery_includes_tax: bool
    delivery_net: int
    delivery_tax: int
    delivery_total: int
    delivery_tax_category: str | None
    delivery_tax_country: str | None
    delivery_tax_rate: Decimal | None
    lines_total: int
    rounding: int
    total: int
    delivery_discounts: tuple[Allocation, ...] = ()
    delivery_discount: int = 0
    delivery_relief: ReliefKind | None = None
    sent_to: str | None = None
    delivery_returned: bool = False


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Open units of a line that are promised at another location than their group's, or, with no location, at none yet.

    No units any more says that the place had a part in it once. `expected_at` is when those are ready that wait for supply, as it is expected now.
    """

    order_line_id: OrderLineId
    location_id: UUID | None
    units: int
    expected_at: datetime | None = None


class OrderPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion that gave something, in which version, by which code if it needed one, and what it took off lines and deliveries.

    `limited` says that its uses are counted: this order holds one.
    """

    promotion_id: UUID
    version: int
    code: str | None = None
    saved: int
    limited: bool = False


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An order without personal data: what events carry, so that a person can be erased while facts stay for ever.

    total = subtotal - discount_total + tax_added + delivery_total + rounding = net_total + tax_total + rounding = the sum of the groups.
    `charge_step` is the smallest step that the payment provider charges in this currency. `hold_id` names the hold
    of its goods, also after they were bound to it; `hold_until` is until when it keeps them unpaid, and can be paid. `store_id` is the
    store whose prices held, `tender` the one that they were asked for. A delivery's discount is inside `delivery_total`.
    """

    id: OrderId
    number: str
    cart_id: UUID
    channel_id: UUID
    shopper_id: UUID | None
    language: str
    currency: Currency
    state: OrderState
    payment_kind: Literal["card", "on_collection"]
    subtotal: int
    discount_total: int
    tax_added: int
    delivery_total: int
    net_total: int
    tax_total: int
    rounding: int
    total: int
    charge_step: int
    hold_id: UUID
    hold_until: datetime
    opened_at: datetime
    placed_at: datetime | None = None
    closed_at: datetime | None = None
    cancel_reason: str | None = None
    store_id: UUID | None = None
    tender: str | None = None
    promotions: tuple[OrderPromotion, ...] = ()
    version: int = 1
    groups: tuple[OrderGroup, ...]
    lines: tuple[OrderLine, ...]
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def goods(self) -> list[OrderLine]:
        """The lines that are goods, in order."""
        return [line for line in self.lines if not line.is_fee]

    @property
    def uses_promotions(self) -> bool:
        """Whether the order holds uses of promotions that are counted."""
        return any(each.limited for each in self.promotions)

    def lines_of(self, group_id: UUID) -> list[OrderLine]:
        """Gives the lines of one group, in order."""
        return [line for line in self.lines if line.group_id == group_id]

    def group(self, group_id: UUID) -> OrderGroup:
        """Gives a group by its id; a strange id is a Bug of the caller (StopIteration)."""
        return next(group for group in self.groups if group.id == group_id)

    @property
    def places(self) -> set[UUID]:
        """The locations that have, or had, a part in the order."""
        return {group.location_id for group in self.groups} | {
            each.location_id for each in self.elsewhere if each.location_id is not None
        }

    @property
    def places_now(self) -> set[UUID]:
        """The locations that have open units now, with those of groups of which units wait for a place; of an order that is over, its groups'."""
        home = {group.id: group.location_id for group in self.groups}
        here = {
            home[line.group_id]
            for line in self.goods
            if (line.stocked and self.units_at(line, None)) or self.units_at(line, UNPLACED)
        }
        away = {each.location_id for each in self.elsewhere if each.location_id is not None and each.units}
        return (here | away) or set(home.values())

    def units_at(self, line: OrderLine, location_id: UUID | None) -> int:
        """Gives a line's open units that are promised at a location (None: its group's), or by `UNPLACED` those that no place has."""
        mine = [each for each in self.elsewhere if each.order_line_id == line.id]
        if location_id is None or location_id == self.group(line.group_id).location_id:
            return line.open - sum(each.units for each in mine)
        place = None if location_id == UNPLACED else location_id
        return sum(each.units for each in mine if each.location_id == place)

    def money(self, amount: int) -> Money:
        """Gives an amount in the order's currency."""
        return Money(amount, self.currency)


class Order(OrderFacts, frozen=True, kw_only=True):
    """An order, whole: with whose it is and where it goes."""

    email: str
    contact_name: str
    contact_phone: str | None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    vat_number: str | None = None

    def facts(self) -> OrderFacts:
        """Gives the order without personal data."""
        return OrderFacts(**{name: getattr(self, name) for name in OrderFacts.__struct_fields__})


class OrderDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is about to be opened: everything but its number and its state. `elsewhere` are units that wait for supply from the start."""

    id: OrderId
    cart_id: UUID
    channel_id: UUID
    shopper_id: UUID | None
    language: str
    currency: Currency
    payment_kind: Literal["card", "on_collection"]
    subtotal: int
    discount_total: int
    tax_added: int
    delivery_total: int
    net_total: int
    tax_total: int
    rounding: int
    total: int
    charge_step: int
    hold_id: UUID
    hold_until: datetime
    email: str
    contact_name: str
    contact_phone: str | None
    billing_address: Address | None
    shipping_address: Address | None
    vat_number: str | None = None
    store_id: UUID | None = None
    tender: str | None = None
    promotions: tuple[OrderPromotion, ...] = ()
    groups: tuple[OrderGroup, ...]
    lines: tuple[OrderLine, ...]
    elsewhere: tuple[Elsewhere, ...] = ()


Wanted = Iterable[tuple[OrderLineId, int]]
"""Units of goods of an order by line: `[(line_id, quantity)]`; one line named twice counts together. Their fees go with them, unnamed."""


class SubstituteArticle(msgspec.Struct, frozen=True, kw_only=True):
    """Another article as an order keeps it, and what one unit of it costs by itself, in the terms (with tax or without) of the line replaced."""

    variant_id: UUID
    product_id: UUID
    sku: str
    title: Text3
    option_text: str
    image_url: str | None = None
    minimum_age: int | None = None
    unit: int


class LineShare(msgspec.Struct, frozen=True):
    """What some units of a line carry of its total and its tax."""

    line_id: OrderLineId
    quantity: int
    total: int
    tax: int


class Entitlement(msgspec.Struct, frozen=True, kw_only=True):
    """What returned units give back: `amount` = the lines' shares + the deliveries that come back too + the rounding of charge steps."""

    amount: Money
    lines: tuple[LineShare, ...]
    deliveries: tuple[UUID, ...] = ()
    delivery_total: int = 0


def new_order_id() -> OrderId:
    """Gives the id of an order to be."""
    return OrderId(new_id())


def new_line_id() -> OrderLineId:
    """Gives the id of an order line to be."""
    return OrderLineId(new_id())
