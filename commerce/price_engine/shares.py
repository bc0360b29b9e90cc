"""What a part of an agreed charge comes to: for capture per shipment, for cancellation, for return.

The charge is read from the order as it was placed, never priced again (RET-13). Any split that covers everything, in
any order, gives exactly what was charged, per line, per delivery and per tax; no part is negative.
Where a provider charges in steps, what to send is a difference of `commerce.kernel.money.chargeable` over the growing
sum of these shares.
"""

from msgspec import Struct

from commerce.kernel.money import share_upto, units_upto
from commerce.price_engine.facts import Allocation
from commerce.price_engine.priced import PricedDelivery, PricedLine


class Charge(Struct, frozen=True, kw_only=True, gc=False):
    """An amount with the tax inside it, in minor units; 0 <= tax <= total."""

    total: int
    tax: int

    @property
    def net(self) -> int:
        """The amount before tax."""
        return self.total - self.tax


NOTHING = Charge(total=0, tax=0)


class SoldLine(Struct, frozen=True, kw_only=True):
    """A placed line as the order keeps it: `total` is what was paid for all of its units, discounts already off."""

    quantity: int
    total: int
    tax: int
    discounts: tuple[Allocation, ...] = ()


class UnitsShare(Struct, frozen=True, kw_only=True):
    """What some units of a line carry of its total, its tax and each of its discounts."""

    units: int
    total: int
    net: int
    tax: int
    discounts: tuple[Allocation, ...]


def sold_line(line: PricedLine) -> SoldLine:
    """Gives what an order keeps of a priced line for later shares."""
    return SoldLine(quantity=line.quantity, total=line.total, tax=line.tax, discounts=line.discounts)


def whole(part: PricedLine | PricedDelivery | SoldLine) -> Charge:
    """Gives the entire charge of a line or delivery."""
    return Charge(total=part.total, tax=part.tax)


def units_share(line: SoldLine, start: int, stop: int) -> UnitsShare:
    """Gives the share of the units from position `start` up to but not including `stop`, counted from 0.

    Each unit has its own share, fixed when the order was placed: discounts, net and tax lie on each other as layers
    from 0 up to the full price, each level is split evenly over the units with the odd ones first, and a unit's part
    of a layer is the difference of its two levels. So 10.00 off 3 units is 3.34 + 3.33 + 3.33, every part of a unit is
    zero or more, and they sum to its price.
    Captures and returns go through the units from the front, cancellations from the back, so that what is returned was
    captured. Raises ValueError for units that the line does not have.
    """
    if start > stop:
        raise ValueError(f"units from {start} to {stop}")
    level = low_start = low_stop = 0
    given: list[Allocation] = []
    for discount in line.discounts:
        level += discount.amount
        high_start = units_upto(level, start, line.quantity)
        high_stop = units_upto(level, stop, line.quantity)
        given.append(Allocation(discount.source, (high_stop - low_stop) - (high_start - low_start)))
        low_start, low_stop = high_start, high_stop
    below_net = low_stop - low_start
    level += line.total - line.tax
    below_tax = units_upto(level, stop, line.quantity) - units_upto(level, start, line.quantity)
    level += line.tax
    top = units_upto(level, stop, line.quantity) - units_upto(level, start, line.quantity)
    return UnitsShare(
        units=stop - start,
        total=top - below_net,
        net=below_tax - below_net,
        tax=top - below_tax,
        discounts=tuple(given),
    )


def unit_shares(line: SoldLine) -> tuple[UnitsShare, ...]:
    """Gives the share of each unit, to be kept with the placed line."""
    return tuple(units_share(line, unit, unit + 1) for unit in range(line.quantity))


def amount_share(charged: Charge, given_before: Charge, amount: int) -> Charge:
    """Gives the tax in the next `amount` of a charge of which `given_before` was captured or refunded already.

    The tax follows the amounts pro rata, rounded half-up on the running total, and the last part takes what is left.
    For deliveries and for goodwill on a line; it stays exact when parts were given by units before, since it goes by
    what was truly given. Raises ValueError for more than is left: whoever asks refuses that first.
    """
    left, tax_left = charged.total - given_before.total, charged.tax - given_before.tax
    if not 0 <= amount <= left or not 0 <= tax_left <= left:
        raise ValueError(f"{amount} of the {left} that are left, with a tax of {tax_left}")
    tax = share_upto(charged.tax, given_before.total + amount, charged.total) - given_before.tax
    return Charge(total=amount, tax=min(max(tax, 0), amount))


def plus(one: Charge, other: Charge) -> Charge:
    """Gives the sum of two charges, such as what was refunded before and what is refunded now."""
    return Charge(total=one.total + other.total, tax=one.tax + other.tax)
