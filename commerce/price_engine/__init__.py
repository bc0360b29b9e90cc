"""The price engine: a basket and the facts about it in, the price of every part with its trace and canonical bytes out.

Owns: nothing that is stored; it is arithmetic over the kernel, with no input or output, no clock and no database.
Promises: the same basket and facts give the same figures anywhere, whatever the order of lines; headers are the exact
sums of their parts (G2); a discount takes what is left at most and is recorded as given (G3); parts of a charge sum to
it exactly (G4); no figure is negative.
Emits: nothing.
Knows: price lists and tax only as facts, named by id and version in the trace. Amounts are whole minor units;
rounding is explained in docs/decisions/0020-rounding-and-money.md.
"""

from commerce.price_engine.errors import CannotPrice, Malformed, Unpriced
from commerce.price_engine.facts import (
    Allocation,
    Basket,
    BasketLine,
    DeliveryCharge,
    Facts,
    PriceFact,
    TaxFact,
    facts_of,
)
from commerce.price_engine.price_basket import price
from commerce.price_engine.priced import (
    ENGINE_VERSION,
    Discounted,
    GroupTotal,
    ListPrice,
    Priced,
    PricedDelivery,
    PricedLine,
    SteppedTotal,
    Taxed,
    TaxTotal,
    TraceStep,
    canonical,
)
from commerce.price_engine.shares import (
    NOTHING,
    Charge,
    SoldLine,
    UnitsShare,
    amount_share,
    plus,
    sold_line,
    unit_shares,
    units_share,
    whole,
)

__all__ = [
    "ENGINE_VERSION",
    "NOTHING",
    "Allocation",
    "Basket",
    "BasketLine",
    "CannotPrice",
    "Charge",
    "DeliveryCharge",
    "Discounted",
    "Facts",
    "GroupTotal",
    "ListPrice",
    "Malformed",
    "PriceFact",
    "Priced",
    "PricedDelivery",
    "PricedLine",
    "SoldLine",
    "SteppedTotal",
    "TaxFact",
    "TaxTotal",
    "Taxed",
    "TraceStep",
    "UnitsShare",
    "Unpriced",
    "amount_share",
    "canonical",
    "facts_of",
    "plus",
    "price",
    "sold_line",
    "unit_shares",
    "units_share",
    "whole",
]
