"""The price engine's facts and book for tests: one list, one price for each variant, one channel in Spain."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from commerce.price_engine import (
    NO_PROMOTIONS,
    ArticleFact,
    Book,
    Channel,
    Circumstances,
    Facts,
    FeeFact,
    Method,
    Place,
    PriceFact,
    PriceList,
    Promotion,
    PromotionIndex,
    Rate,
    Seller,
    TaxBook,
    TaxFact,
    TaxProfile,
    Want,
    WantLine,
)

LIST_ID = UUID(int=0x115)
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = Circumstances(at=AT, zone="Europe/Madrid")
CHANNEL, STORE, CANARY_STORE = UUID(int=0xC0), UUID(int=0x570), UUID(int=0x571)
COURIER, COLLECTING = UUID(int=0x5E), UUID(int=0x5F)


def one_list(
    currency: str = "EUR", *, includes_tax: bool = True, list_id: UUID = LIST_ID, version: int = 1
) -> PriceList:
    """Gives a list for everybody."""
    return PriceList(
        id=list_id, code="list", version=version, terms=1, currency=currency, includes_tax=includes_tax, priority=0
    )


def rate(percent: str = "21", category: str = "standard", zone: str = "ES") -> TaxFact:
    """Gives a rate of tax."""
    return TaxFact(category=category, country=zone, rate=Decimal(percent) / 100, id=UUID(int=0x7A), version=1)


def article(
    variant: UUID, category: str = "standard", *, floor_net: int | None = None, fees: tuple[FeeFact, ...] = ()
) -> ArticleFact:
    """Gives an article that is a product of its own."""
    return ArticleFact(variant_id=variant, product_id=variant, tax_category=category, floor_net=floor_net, fees=fees)


def facts(
    units: Mapping[UUID, int],
    *,
    currency: str = "EUR",
    includes_tax: bool = True,
    taxes: Iterable[TaxFact] | None = None,
    charge_step: int = 1,
    articles: Iterable[ArticleFact] = (),
    profile: TaxProfile = TaxProfile(),  # noqa: B008 -- immutable
) -> Facts:
    """Gives facts for variants at these unit prices, taxed as `standard` unless the articles say otherwise."""
    held = [rate()] if taxes is None else list(taxes)
    return Facts(
        lists={LIST_ID: one_list(currency, includes_tax=includes_tax)},
        prices={
            variant: (PriceFact(variant_id=variant, list_id=LIST_ID, unit=unit),) for variant, unit in units.items()
        },
        articles={variant: article(variant) for variant in units} | {each.variant_id: each for each in articles},
        taxes={(tax.category, tax.country): tax for tax in held},
        charge_step=charge_step,
        profile=profile,
    )


def tax_book(*rates: tuple[str, str, str], sellers: Iterable[Seller] = (), rounding: str = "line") -> TaxBook:
    """Gives a tax book of rates as (zone, category, percent); without any, Spain at 21 %, the Canary Islands at 7 %, France at 20 %."""
    held = rates or (("ES", "standard", "21"), ("ES-CN", "standard", "7"), ("FR", "standard", "20"))
    return TaxBook(
        rates=tuple(
            Rate(
                id=UUID(int=0x7A0 + number),
                category=category,
                zone=zone,
                rate=Decimal(percent) / 100,
                since=None,
                until=None,
                version=1,
            )
            for number, (zone, category, percent) in enumerate(held)
        ),
        sellers={each.country: each for each in sellers},
        profiles={"ES": TaxProfile(rounding="document")} if rounding == "document" else {},
    )


def book(
    *,
    currency: str = "EUR",
    lists: Iterable[PriceList] | None = None,
    taxes: TaxBook | None = None,
    promotions: Iterable[Promotion] = (),
    pickup_costs: int | None = None,
) -> Book:
    """Gives a book with one channel, a store in Madrid and one on Gran Canaria, and a courier for 4.95."""
    methods = [_method(COURIER, "ship", 495, currency)]
    if pickup_costs is not None:
        methods.append(_method(COLLECTING, "pickup", pickup_costs, currency))
    offered = tuple(promotions)
    return Book(
        channels={CHANNEL: Channel(id=CHANNEL, currency=currency, country="ES", zone="Europe/Madrid")},
        places={
            STORE: _place(STORE, "28001", "Europe/Madrid"),
            CANARY_STORE: _place(CANARY_STORE, "35001", "Atlantic/Canary"),
        },
        methods={each.id: each for each in methods},
        lists={each.id: each for each in ([one_list(currency)] if lists is None else lists)},
        taxes=taxes or tax_book(),
        promotions=PromotionIndex(offered) if offered else NO_PROMOTIONS,
        charge_steps={currency: 1},
    )


def _place(place: UUID, postal_code: str, zone: str) -> Place:
    return Place(id=place, country="ES", region=None, postal_code=postal_code, zone=zone, pickup=True)


def _method(method: UUID, kind: str, amount: int, currency: str) -> Method:
    return Method(
        id=method,
        kind="pickup" if kind == "pickup" else "ship",
        amount=amount,
        currency=currency,
        includes_tax=True,
        tax_category="standard",
    )


def want(*lines: WantLine, at: datetime = AT, **more: object) -> Want:
    """Gives a wanted basket in the channel of `book`."""
    return Want(channel_id=CHANNEL, lines=lines, at=at, **more)  # type: ignore[arg-type]


def wanted(
    variant: UUID, quantity: int = 1, *, key: str | None = None, group: str | None = None, **more: object
) -> WantLine:
    """Gives a wanted line, its key the variant's number unless another is given."""
    name = str(variant.int) if key is None else key
    return WantLine(key=name, variant_id=variant, quantity=quantity, group=group, **more)  # type: ignore[arg-type]


def priced_at(
    variant: UUID, unit: int, *, on: UUID = LIST_ID, from_units: int = 1, version: int = 1
) -> dict[UUID, tuple[PriceFact, ...]]:
    """Gives the candidates of one variant: one price on one list."""
    return {variant: (PriceFact(variant_id=variant, list_id=on, unit=unit, min_quantity=from_units, version=version),)}
