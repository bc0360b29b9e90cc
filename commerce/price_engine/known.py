"""All that the engine is told beside the basket."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from commerce.price_engine.facts import Agreed, ArticleFact, PriceFact, PriceList, TaxFact, TaxProfile
from commerce.price_engine.promotion_index import NO_PROMOTIONS, PromotionIndex


class Facts(Struct, frozen=True, kw_only=True):
    """All that is known for one basket; more than it needs does no harm.

    `prices` are the candidates for each variant, from whatever lists; `articles` has every variant of the basket and
    every gift. `charge_step` is the smallest step that the payment provider can charge in this currency, in minor units
    (10 for KWD, else mostly 1). `given_taxes` are taxes that an outside engine computed, by `PricedLine.key` and, for
    deliveries, by `delivery_key`: taken as they are. `agreed` are prices of other times, asked in this
    order.
    """

    lists: Mapping[UUID, PriceList]
    prices: Mapping[UUID, tuple[PriceFact, ...]]
    articles: Mapping[UUID, ArticleFact]
    taxes: Mapping[tuple[str, str], TaxFact]
    promotions: PromotionIndex = NO_PROMOTIONS
    charge_step: int = 1
    profile: TaxProfile = TaxProfile()
    given_taxes: Mapping[str, int] | None = None
    agreed: tuple[Agreed, ...] = ()
