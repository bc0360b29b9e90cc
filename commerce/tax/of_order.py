"""What an order leaves in the books of tax: its distance sale and its exempt supplies, from its price alone."""

from collections import defaultdict
from uuid import UUID

from msgspec import Struct

from commerce.kernel.money import Money
from commerce.price_engine import Business, Priced, PricedDelivery, PricedLine, ReliefKind, distance_of
from commerce.tax.facts import DistanceSale, ExemptSupply

SENT = "ship:"


class OrderRecords(Struct, frozen=True, kw_only=True):
    """What is to be recorded when an order is placed, for `record_distance_sale` and `record_exempt_supply`."""

    distance: DistanceSale | None
    exempt: tuple[ExemptSupply, ...]


def records_of(
    order_id: UUID,
    priced: Priced,
    *,
    seller_country: str,
    destination: str,
    business: Business | None = None,
    consultation: str | None = None,
) -> OrderRecords:
    """Gives what an order leaves in the books. `destination` is the zone where goods that are sent arrive.

    Exempt supplies are one for each kind: what is collected is supplied where it is taxed, what is sent at `destination`.
    """
    distance = distance_of(priced, seller_country=seller_country, destination=destination, business=business)
    exempt: dict[ReliefKind, list[PricedLine | PricedDelivery]] = defaultdict(list)
    every: tuple[PricedLine | PricedDelivery, ...] = (*priced.lines, *priced.deliveries)
    for part in every:
        if part.relief is not None:
            exempt[part.relief].append(part)
    return OrderRecords(
        distance=None
        if distance is None
        else DistanceSale(
            order_id=order_id,
            seller_country=seller_country,
            destination=destination,
            net=Money(distance.net, priced.currency),
            at_origin=distance.at_origin,
        ),
        exempt=tuple(
            ExemptSupply(
                order_id=order_id,
                kind=kind,
                origin=parts[0].tax_country,
                destination=destination if any(part.group.startswith(SENT) for part in parts) else parts[0].tax_country,
                net=Money(sum(part.net for part in parts), priced.currency),
                vat_number=None if business is None else business.vat_number,
                consultation=consultation,
            )
            for kind, parts in sorted(exempt.items())
        ),
    )
