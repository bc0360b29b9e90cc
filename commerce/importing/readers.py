"""The reader of each format, and what of the shop a file may name."""

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from commerce import pricing, stores
from commerce.importing.facts import Format, Readings, Shop
from commerce.importing.online_retail import RetailReadings
from commerce.importing.plain_csv import PlainReadings
from commerce.importing.plain_jsonl import JsonReadings
from commerce.importing.queries import ImportRow
from commerce.importing.shopify import ShopifyReadings
from commerce.platform.database import Reading

# What makes a variant, by format: a new product needs one.
A_VARIANT: Final[Mapping[Format, str]] = MappingProxyType(
    {
        "shopify": "a row with a SKU, a price, a barcode or an option value",
        "csv": "a row where a column of variants is filled, such as sku, price:<list>, barcodes or option1_value",
        "jsonl": 'one in `variants`, at least {"option_values": []}',
        "online-retail": "a line with a StockCode",
    }
)


def readings(format_: Format, text: io.TextIOWrapper, shop: Shop, *, after: int) -> Readings:
    """Opens a file in its format, to be read from after the line `after` on. Refuses with Unreadable what is not in this format."""
    match format_:
        case "shopify":
            return ShopifyReadings(text, shop, after)
        case "csv":
            return PlainReadings(text, shop, after)
        case "jsonl":
            return JsonReadings(text, shop, after)
        case "online-retail":
            return RetailReadings(text, shop, after)


async def shop_of(reading: Reading, row: ImportRow) -> Shop:
    """Gives what the file of an import may name, as it is when the import begins or goes on."""
    lists = await pricing.price_lists(reading)
    locations = await stores.locations(reading)
    channels = await stores.channels(reading)
    return Shop(
        currency=row.currency,
        language=row.language,
        lists={each.code: (each.id, each.currency) for each in lists.by_id.values()},
        locations={each.code: each.id for each in locations.by_id.values()},
        channels={each.code: each.id for each in channels.all},
    )
