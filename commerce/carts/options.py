"""What a cart could be collected and sent by."""

from datetime import datetime

from commerce.carts.facts import Cart
from commerce.carts.schemas_options import (
    CartDeliveryOptionsOut,
    CartPickupOptionOut,
    CartShippingOptionOut,
    CartShortOut,
)
from commerce.kernel.ids import ChannelId
from commerce.kernel.money import Money
from commerce.platform.database import Reading
from commerce.promise import PickupOption, pickup_options
from commerce.quotes import Surroundings


async def delivery_options(
    reading: Reading, around: Surroundings, cart: Cart, language: str, *, at: datetime
) -> CartDeliveryOptionsOut:
    """Gives each place where the whole cart could be collected, with what it is short of, and each way to send it. One statement."""
    channel = around.channels.get(cart.channel_id)
    collecting = around.methods.pickup(channel.currency)
    price = Money(collecting.amount if collecting else 0, channel.currency)
    options = await pickup_options(
        reading, [(line.variant_id, line.quantity) for line in cart.lines], at, channel_id=ChannelId(channel.id)
    )
    return CartDeliveryOptionsOut(
        pickup=[_collected(option, around, price) for option in options],
        shipping=[
            CartShippingOptionOut(
                method_id=method.id,
                code=method.code,
                name=method.name.said(language),
                price=Money(method.amount, method.currency),
                includes_tax=method.includes_tax,
                min_days=method.min_days,
                max_days=method.max_days,
            )
            for method in around.methods.shipping(channel.currency, cart.destination)
        ],
    )


def _collected(option: PickupOption, around: Surroundings, price: Money) -> CartPickupOptionOut:
    location = around.locations.get(option.location_id)
    return CartPickupOptionOut(
        location_id=location.id,
        code=location.code,
        name=location.name,
        available=option.available,
        ready_by=option.ready_by if option.available else None,
        price=price,
        short=[
            CartShortOut(variant_id=each.variant_id, requested=each.requested, available=max(0, each.available))
            for each in option.short
        ],
        expected_from=option.expected_from,
        slots=location.terms_of("pickup").slot_minutes is not None,
    )
