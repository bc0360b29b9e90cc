"""The price engine's facts for tests: one list, one price for each variant."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from commerce.price_engine import ArticleFact, Circumstances, Facts, PriceFact, PriceList, TaxFact

LIST_ID = UUID(int=0x115)
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = Circumstances(at=AT, zone="Europe/Madrid")


def one_list(currency: str = "EUR", *, includes_tax: bool = True, list_id: UUID = LIST_ID) -> PriceList:
    """Gives a list for everybody."""
    return PriceList(
        id=list_id, code="list", version=1, terms=1, currency=currency, includes_tax=includes_tax, priority=0
    )


def rate(percent: str = "21", category: str = "standard", zone: str = "ES") -> TaxFact:
    """Gives a rate of tax."""
    return TaxFact(category=category, country=zone, rate=Decimal(percent) / 100, id=UUID(int=0x7A), version=1)


def facts(
    units: Mapping[UUID, int],
    *,
    currency: str = "EUR",
    includes_tax: bool = True,
    taxes: Iterable[TaxFact] | None = None,
    charge_step: int = 1,
) -> Facts:
    """Gives facts for variants at these unit prices, taxed as `standard`."""
    held = [rate()] if taxes is None else list(taxes)
    return Facts(
        lists={LIST_ID: one_list(currency, includes_tax=includes_tax)},
        prices={
            variant: (PriceFact(variant_id=variant, list_id=LIST_ID, unit=unit),) for variant, unit in units.items()
        },
        articles={
            variant: ArticleFact(variant_id=variant, product_id=variant, tax_category="standard") for variant in units
        },
        taxes={(tax.category, tax.country): tax for tax in held},
        charge_step=charge_step,
    )
