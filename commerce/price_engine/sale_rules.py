"""Rules about the sale of an article, decided in one place for carts, quotes, checkout and tills: pure, so that a till without a net decides alike."""

from collections.abc import Collection
from typing import Literal

# not_online: over the counter only. not_shipped, not_collected: only the other way. once_per_order: one unit of it in an order.
SaleRule = Literal["not_collected", "not_online", "not_shipped", "once_per_order"]

SAID: dict[SaleRule, str] = {
    "not_online": "This article is sold in stores only, over the counter.",
    "not_shipped": "This article is not sent; it can be collected in a store.",
    "not_collected": "This article is only sent; it cannot be collected.",
    "once_per_order": "Only one unit of this article can be in an order.",
}


def broken_rule(
    rules: Collection[SaleRule], *, counter: bool, sent: bool, collected: bool, units: int
) -> SaleRule | None:
    """Gives the rule that a sale would break, if any.

    `counter` says that somebody of the store sells it there. `sent` and `collected` say how it reaches the buyer; neither is: not chosen yet,
    or handed over at once. `units` are those of the product in the whole basket, in all of its lines and variants.
    """
    broken: dict[SaleRule, bool] = {
        "not_online": not counter,
        "not_shipped": sent,
        "not_collected": collected,
        "once_per_order": units > 1,
    }
    return next((rule for rule in rules if broken[rule]), None)


def too_young(minimum_age: int | None, confirmed_age: int | None) -> bool:
    """Says whether an article may not be sold yet: it has an age limit, and nobody confirmed that the buyer has it."""
    return minimum_age is not None and (confirmed_age is None or confirmed_age < minimum_age)
