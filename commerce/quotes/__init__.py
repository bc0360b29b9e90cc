"""Quotes: the price of a basket, the same for whoever asks, kept and signed.

Owns: quotes (append-only).
Promises: one basket at one instant has one price in every channel; a quote is signed, holds for thirty minutes, and can be
explained for ever; lines that cannot be priced are each named. Signature: docs/decisions/0041-signed-quotes.md.
Emits: nothing.
Knows: articles, prices, tax rates, delivery methods, channels and locations, which it hands to the price engine as facts.
"""

from commerce.payments import charge_step
from commerce.quotes.errors import CannotPrice
from commerce.quotes.facts import LineProblem, Quoted, Surroundings, Want, WantLine
from commerce.quotes.price_basket import price_basket
from commerce.quotes.schemas import (
    BasketIn,
    BasketLineIn,
    GroupTotalOut,
    PricedDeliveryOut,
    PricedLineOut,
    PricedOut,
    TaxTotalOut,
    priced_out,
)
from commerce.quotes.signed import QuoteDocument, key_named, open_signed
from commerce.quotes.surroundings import surroundings

__all__ = [
    "BasketIn",
    "BasketLineIn",
    "CannotPrice",
    "GroupTotalOut",
    "LineProblem",
    "PricedDeliveryOut",
    "PricedLineOut",
    "PricedOut",
    "QuoteDocument",
    "Quoted",
    "Surroundings",
    "TaxTotalOut",
    "Want",
    "WantLine",
    "charge_step",
    "key_named",
    "open_signed",
    "price_basket",
    "priced_out",
    "surroundings",
]
