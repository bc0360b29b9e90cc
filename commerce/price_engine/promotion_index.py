"""Promotions compiled for finding: those that an article could take, without a look at the others."""

from collections.abc import Iterable
from typing import Final

from commerce.price_engine.promotion import Promotion


class PromotionIndex:
    """Any number of promotions, found by variant, product, category and brand. Immutable; `version` names the set."""

    def __init__(self, promotions: Iterable[Promotion], *, version: int = 0) -> None:
        self.all: tuple[Promotion, ...] = tuple(sorted(promotions, key=lambda each: each.id))
        self.version = version


NO_PROMOTIONS: Final = PromotionIndex(())
