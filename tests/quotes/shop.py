"""A small shop to quote from: a web channel in Spain with a store, tax rates, delivery, and articles of three tax categories."""

from uuid import UUID

from msgspec import Struct

from commerce import quotes
from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.price_engine import Destination
from commerce.quotes import Quoted, Want, WantLine
from tests.given import catalog, pricing, stores


class Shop(Struct, frozen=True, kw_only=True):
    """What is there, by id."""

    channel: UUID
    store: UUID
    parcel: UUID
    pot: UUID
    cheese: UUID
    book: UUID

    @property
    def collect(self) -> str:
        """The group of what is collected in the store."""
        return f"pickup:{self.store}"

    @property
    def send(self) -> str:
        """The group of what is sent as a parcel."""
        return f"ship:{self.parcel}"


async def open_shop(
    db: Database, *, currency: str = "EUR", country: str = "ES", prices: tuple[int, int, int] = (1999, 1050, 990)
) -> Shop:
    """A pot at the standard rate, a cheese at the reduced and a book at the super-reduced one; a parcel for 4.95."""
    await pricing.taxes(db)
    channel = await stores.channel(db, currency=currency, country=country)
    store = await stores.location(db)
    parcel = await pricing.delivery_method(db, code="parcel", currency=currency)
    ids = [(await catalog.product(db, tax_category=each))[0] for each in ("standard", "reduced", "super_reduced")]
    await pricing.prices(db, dict(zip(ids, prices, strict=True)), currency=currency)
    return Shop(channel=channel, store=store, parcel=parcel, pot=ids[0], cheese=ids[1], book=ids[2])


async def quoted(
    db: Database, *lines: tuple[UUID, int, str | None], country: str | None = None, channel: UUID | None = None
) -> Quoted:
    """The price of variant, quantity, group; keys are `1`, `2` …"""
    around = await quotes.surroundings(db.reading)
    want = Want(
        channel_id=around.channels.get(channel).id,
        destination=None if country is None else Destination(country=country),
        at=clock.now(),
        lines=tuple(
            WantLine(key=str(nth), variant_id=variant, quantity=quantity, group=group)
            for nth, (variant, quantity, group) in enumerate(lines, start=1)
        ),
    )
    return await quotes.price_basket(db.reading, around, want)
