"""The shop that is searched: products written by hand in Spanish and Catalan, and the English articles of a real retailer."""

import csv
import lzma
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from commerce import catalog
from commerce.catalog import ProductDraft, VariantDraft
from commerce.catalog.manage_synonyms import SynonymsIn, create_synonyms
from commerce.kernel import clock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.given import stores
from tests.relevance.queries import HERE, lines

DATA = Path(os.environ.get("COMMERCE_SAMPLE_DATA", HERE.parents[2] / "shared" / "data"))
RETAIL = DATA / "online-retail" / "online-retail.csv.xz"
BATCH = 500
# What stands on invoices and is no article.
NO_ARTICLES = {"POST", "DOT", "M", "C2", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "B", "PADS"}


def barcode(nth: int) -> str:
    """Gives the EAN-13 of the nth product."""
    digits = f"84000000{nth:04d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def written_by_hand() -> list[ProductDraft]:
    """Gives the products in Spanish and Catalan."""
    drafts = []
    for nth, line in enumerate(lines("products.psv", 10), start=1):
        handle, sku, brand, kind, _colour, _material, es, ca, es_text, ca_text = line
        drafts.append(
            ProductDraft(
                handle=handle,
                title=Text3(es=es, ca=ca),
                description=Text3(es=f"<p>{es_text}</p>", ca=f"<p>{ca_text}</p>"),
                vendor=brand,
                product_type=kind,
                variants=(VariantDraft(sku=sku, barcode=barcode(nth)),),
            )
        )
    return drafts


def few_english() -> list[ProductDraft]:
    """Gives a choice of the retailer's articles, for where the whole file is not at hand."""
    return [_retail(code, title) for code, title in lines("retail.psv", 2)]


def all_english() -> list[ProductDraft]:
    """Gives the articles of the retailer's year: of each code its most frequent description, where it was sold for money.

    Left out are codes that are no articles (postage, fees, vouchers) and descriptions in small letters, which are remarks on lost stock.
    """
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    sold: set[str] = set()
    with lzma.open(RETAIL, "rt", encoding="utf-8", errors="replace") as lines_of:
        for row in csv.DictReader(lines_of):
            code, title = row["StockCode"].upper(), row["Description"].strip()
            if title:
                titles[code][title] += 1
            if float(row["UnitPrice"]) > 0:
                sold.add(code)
    return [
        _retail(code, title)
        for code in sorted(sold & titles.keys())
        if code not in NO_ARTICLES
        and not code.startswith(("GIFT_", "DCGS"))
        and re.search("[A-Z]{3}", title := titles[code].most_common(1)[0][0])
    ]


def _retail(code: str, title: str) -> ProductDraft:
    return ProductDraft(handle=code.lower(), title=Text3(en=title), variants=(VariantDraft(sku=code),))


async def build(db: Database, *, whole: bool) -> dict[str, str]:
    """Makes the shop, with the whole of the retailer's year or a choice of it; gives the English or Spanish titles by handle."""
    await stores.channel(db)
    for language, words in lines("synonyms.psv", 2):
        data = SynonymsIn(language=language, words=words.split("|"))  # type: ignore[arg-type]
        await db.transact(create_synonyms, data, at=clock.now())
    drafts = [*written_by_hand(), *(all_english() if whole else few_english())]
    for batch in _batches(drafts):
        put = await db.transact(catalog.put_products, batch, at=clock.now())
        assert not put.trouble, put.trouble
    return {draft.handle: draft.title.said("en") if draft.title else "" for draft in drafts}


def _batches(drafts: list[ProductDraft]) -> Iterator[list[ProductDraft]]:
    for start in range(0, len(drafts), BATCH):
        yield drafts[start : start + BATCH]
