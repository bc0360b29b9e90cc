"""Chosen prices with their lists, as the engine takes them; gives way to `candidates`."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from commerce.platform.database import Reads
from commerce.price_engine import PriceFact, PriceList
from commerce.pricing.queries import PRICES


async def chosen_prices(
    reads: Reads, variant_ids: Collection[UUID], *, channel_id: UUID | None, currency: str, at: datetime
) -> tuple[dict[UUID, tuple[PriceFact, ...]], dict[UUID, PriceList]]:
    """Gives the price that holds for each variant, and the lists that gave them."""
    rows = await reads.fetch(
        PRICES, variant_ids=variant_ids, channel_id=channel_id, store_id=None, currency=currency, at=at, wall=at
    )
    lists = {
        row["list_id"]: PriceList(
            id=row["list_id"],
            code="",
            version=row["list_version"],
            terms=1,
            currency=currency,
            includes_tax=row["includes_tax"],
            priority=0,
        )
        for row in rows
    }
    facts: dict[UUID, tuple[PriceFact, ...]] = {
        row["variant_id"]: (
            PriceFact(
                variant_id=row["variant_id"],
                list_id=row["list_id"],
                unit=row["amount"],
                version=row["list_version"],
                compare_at=row["compare_at"],
            ),
        )
        for row in rows
    }
    return facts, lists
