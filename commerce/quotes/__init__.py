"""Quotes: the price of a basket, the same for whoever asks, kept and signed.

Owns: quotes (append-only).
Promises: one basket at one instant has one price in every channel; a quote is signed, holds for thirty minutes, and can be
explained for ever; lines that cannot be priced are each named. Signature: docs/decisions/0041-signed-quotes.md.
Emits: nothing.
Knows: articles, price lists, taxes and fees, promotions and their codes, customers, delivery methods, channels and stores,
which it hands to the price engine as facts.
"""

from commerce.payments import charge_step
from commerce.quotes.asked import AskedOnce
from commerce.quotes.buyer import buyer_of
from commerce.quotes.codes import code_answers
from commerce.quotes.errors import CannotPrice, NotSoldThisWay, QuoteNotHonoured, refusal_of
from commerce.quotes.facts import LineProblem, Quoted, RefusedCode, Surroundings, Want, WantLine, at_counter
from commerce.quotes.honour import Honoured, honour
from commerce.quotes.on_wire import discounts_out, priced_out
from commerce.quotes.price_basket import asked_for, price_assessed, price_basket
from commerce.quotes.read_facts import Ahead, facts_arguments, facts_beside
from commerce.quotes.schemas import (
    AppliedPromotionOut,
    BasketIn,
    BasketLineIn,
    CodeOut,
    CouponCode,
    DiscountOut,
    GroupTotalOut,
    OverrideIn,
    PricedDeliveryOut,
    PricedLineOut,
    PricedOut,
    TaxedBy,
    TaxTotalOut,
    Tender,
    UnitPriceOut,
    VatNumber,
)
from commerce.quotes.signed import QuoteDocument, key_named, open_signed
from commerce.quotes.surroundings import surroundings

__all__ = [
    "Ahead",
    "AppliedPromotionOut",
    "AskedOnce",
    "BasketIn",
    "BasketLineIn",
    "CannotPrice",
    "CodeOut",
    "CouponCode",
    "DiscountOut",
    "GroupTotalOut",
    "Honoured",
    "LineProblem",
    "NotSoldThisWay",
    "OverrideIn",
    "PricedDeliveryOut",
    "PricedLineOut",
    "PricedOut",
    "QuoteDocument",
    "QuoteNotHonoured",
    "Quoted",
    "RefusedCode",
    "Surroundings",
    "TaxTotalOut",
    "TaxedBy",
    "Tender",
    "UnitPriceOut",
    "VatNumber",
    "Want",
    "WantLine",
    "asked_for",
    "at_counter",
    "buyer_of",
    "charge_step",
    "code_answers",
    "discounts_out",
    "facts_arguments",
    "facts_beside",
    "honour",
    "key_named",
    "open_signed",
    "price_assessed",
    "price_basket",
    "priced_out",
    "refusal_of",
    "surroundings",
]
