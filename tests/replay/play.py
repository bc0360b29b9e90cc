"""Play a history through the verbs that the program itself sells, takes back and writes off with; read what the ledger says after it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import func, select

from commerce import catalog
from commerce.catalog import ProductDraft, VariantDraft
from commerce.inventory import Cause, Move, Spot, move, set_initial
from commerce.inventory.tables import stock_levels, stock_movements
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.given import stores
from tests.replay.history import WAREHOUSE, History, Invoice, lanes, places

BATCH = 500
WORKERS = 6
ACTOR = "service:replay"
At = tuple[str, str]
Told = Callable[[int, int], None]

SHELVES = Statement(select(stock_levels.c.variant_id, stock_levels.c.location_id, stock_levels.c.on_hand))
MOVEMENTS = Statement(select(func.count()).select_from(stock_movements))
KINDS = Statement(
    select(
        stock_movements.c.document_kind, func.sum(func.abs(stock_movements.c.quantity)).label("units"), func.count()
    ).group_by(stock_movements.c.document_kind)
)


@dataclass
class Shop:
    """The world of a replay: places and articles by what the file calls them."""

    locations: dict[str, LocationId] = field(default_factory=dict)
    variants: dict[str, VariantId] = field(default_factory=dict)


async def build(db: Database, history: History) -> Shop:
    """Makes the warehouse, the stores, and the articles; books what stood there on the first morning."""
    shop = Shop()
    for place in places():
        make = stores.warehouse if place == WAREHOUSE else stores.location
        shop.locations[place] = await make(db, place, timezone="Europe/London", country="GB")
    for start in range(0, len(history.articles), BATCH):
        codes = history.articles[start : start + BATCH]
        drafts = [_product(code, start + nth) for nth, code in enumerate(codes)]
        put = await db.transact(catalog.put_products, drafts, at=clock.now())
        assert not put.trouble, put.trouble
        shop.variants |= {code: put.variant_ids[nth, 0] for nth, code in enumerate(codes)}
    opening = sorted(history.opening().items())
    for start in range(0, len(opening), BATCH):
        entries = [
            (shop.variants[article], shop.locations[place], units)
            for (place, article), units in opening[start : start + BATCH]
        ]
        cause = Cause("opening", uuid5(NAMESPACE_URL, f"online-retail:opening:{start}"), ACTOR)
        await db.transact(set_initial, entries, cause, f"online-retail:opening:{start}")
    return shop


def _product(code: str, nth: int) -> ProductDraft:
    return ProductDraft(
        handle=f"article-{nth}", title=Text3(en=f"Article {code}"), options=(), variants=(VariantDraft(sku=code),)
    )


async def play(db: Database, shop: Shop, invoices: Sequence[Invoice], told: Told | None = None) -> float:
    """Books each invoice in a transaction of its own, those of one place one after the other; gives the seconds that it took."""
    began = time.perf_counter()
    waiting = list(reversed(list(lanes(invoices))))
    done = 0

    async def work() -> None:
        nonlocal done
        while waiting:
            for invoice in waiting.pop():
                await db.transact(book, shop, invoice)
                done += 1
                if told is not None and done % 1_000 == 0:
                    told(done, len(invoices))

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    return time.perf_counter() - began


async def book(tx: Tx, shop: Shop, invoice: Invoice) -> None:
    """Books one invoice: first what came back, then what was sold, then what was written off. The number of the invoice makes the keys."""
    here = shop.locations[invoice.place]
    document = uuid5(NAMESPACE_URL, f"online-retail:{invoice.number}")
    shelf, customer, gone = (Spot.SHELF, here), (Spot.CUSTOMER, None), (Spot.SHRINKAGE, None)
    for kind, units, from_, to in (
        ("return", invoice.returned, customer, shelf),
        ("sale", invoice.sold, shelf, customer),
        ("write_off", invoice.written_off, shelf, gone),
    ):
        if units:
            moves = [Move(shop.variants[article], quantity, *from_, *to) for article, quantity in units.items()]
            await move(tx, moves, Cause(kind, document, ACTOR), f"online-retail:{invoice.number}:{kind}")


async def balances(db: Database, shop: Shop) -> Mapping[At, int]:
    """Gives what each shelf holds, by place and article; shelves that hold nothing are left out."""
    codes = {variant_id: code for code, variant_id in shop.variants.items()}
    names = {location_id: name for name, location_id in shop.locations.items()}
    rows = await db.reading.fetch(SHELVES)
    return {
        (names[row["location_id"]], codes[row["variant_id"]]): row["on_hand"] for row in rows if row["on_hand"] != 0
    }


async def movements(db: Database) -> int:
    """Gives how many movements there are."""
    count: int = await db.reading.fetch_value(MOVEMENTS)
    return count


async def units_moved(db: Database) -> dict[str, int]:
    """Gives the units that documents of each kind moved."""
    return {row["document_kind"]: row["units"] for row in await db.reading.fetch(KINDS)}
