"""Promotions: rules that make a basket cheaper, the codes that open them, and how often each was used.

Owns: promotions, promotion_versions (append-only), promotion_counters, promotion_customers, promotion_uses,
promotion_code_batches, promotion_codes.
Promises: what is published reaches every process within a second, whole; what was in force at any instant can be told
for ever; uses, budgets, codes and what one customer may use never pass their bound, however many at once; each use ends
once. How promotions apply is the engine's (docs/decisions/0062-how-promotions-apply.md).
Emits: PromotionPublished, PromotionChanged, PromotionWithdrawn, PromotionUsedUp.
Knows: the price engine (its Promotion), orders by id. Articles, channels, stores, groups by id, looked up by table.
"""

from commerce.promotions.draft import change_promotion, create_promotion
from commerce.promotions.errors import CouponCodeTaken, PromotionCodeTaken, PromotionUsedUp
from commerce.promotions.events import PromotionChanged, PromotionPublished, PromotionWithdrawn
from commerce.promotions.facts import SOMEBODY, CodeWhy, Customer, Resolved, Use, opened
from commerce.promotions.index import live_at, promotions_now
from commerce.promotions.publish import publish_promotion, withdraw_promotion
from commerce.promotions.queries import promotion_of
from commerce.promotions.resolve_codes import CODES_MOST, resolve_codes
from commerce.promotions.unavailable import unavailable
from commerce.promotions.uses import commit_uses, release_uses, reserve_uses

__all__ = [
    "CODES_MOST",
    "SOMEBODY",
    "CodeWhy",
    "CouponCodeTaken",
    "Customer",
    "PromotionChanged",
    "PromotionCodeTaken",
    "PromotionPublished",
    "PromotionUsedUp",
    "PromotionWithdrawn",
    "Resolved",
    "Use",
    "change_promotion",
    "commit_uses",
    "create_promotion",
    "live_at",
    "opened",
    "promotion_of",
    "promotions_now",
    "publish_promotion",
    "release_uses",
    "reserve_uses",
    "resolve_codes",
    "unavailable",
    "withdraw_promotion",
]
