"""Reads a retailer's invoice lines as a catalogue: an article for each code, called what it is called most often, at its last positive price.

The data set is "Online Retail" of the UCI repository (a UK retailer's year, prices in pounds). Only what a code's lines come to is kept while the
file is read, so memory follows the number of articles, not of lines. What is no article is told with its first line and the reason.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from commerce.catalog import ProductDraft, VariantDraft, slug_of
from commerce.importing.facts import Offer, Passage, Reading, Shop, Trouble, as_read
from commerce.importing.read_csv import Columns, Row, Sheet
from commerce.kernel.currencies import exponent
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3

MOST_ARTICLES = 100_000
MOST_NAMES = 20  # of one code; the data set's odd rows are notes of the staff
MOST_TITLE, MOST_CODE = 200, 100
# Postage, commission, bad debt, manual entries, samples, vouchers: booked like goods, and none.
NO_GOODS = re.compile(
    r"POST|DOT|M|C2|D|S|BANK CHARGES|AMAZONFEE|CRUK|B|PADS|TEST\d*|ADJUST\d*|GIFT_0001_\d\d", re.IGNORECASE
)
_PRICE = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_FIELDS = {"stockcode": "code", "description": "name", "unitprice": "price"}
RETAIL = Columns(
    field=lambda name: _FIELDS.get(name.casefold()), one_of=("code",), lacking=lambda _: "there is no column StockCode"
)


class _Article:
    def __init__(self, line: int, code: str) -> None:
        self.line, self.code = line, code
        self.names: Counter[str] = Counter()
        self.spellings: dict[str, int] = {code: line}
        self.price: Decimal | None = None

    def add(self, row: Row) -> None:
        name = re.sub(r"\s+", " ", row.text("name")).strip()
        if name and (name in self.names or len(self.names) < MOST_NAMES):
            self.names[name] += 1
        price = row.text("price")
        if _PRICE.fullmatch(price) and Decimal(price) > 0:
            self.price = Decimal(price)

    @property
    def title(self) -> str:
        """The name that it has most often; of several the one that came first."""
        return max(self.names, key=self.names.__getitem__, default="")[:MOST_TITLE]


class RetailReadings:
    """The articles of a file of invoice lines, in the order of their first lines; codes that differ in case only are one article."""

    def __init__(self, text: io.TextIOWrapper, shop: Shop, after: int) -> None:
        """Reads the header; articles whose first lines are up to `after` are passed over. Refuses with Unreadable as `Sheet` does."""
        self._sheet = Sheet(text, RETAIL)
        self._shop, self._after = shop, after
        self.names: Mapping[str, str] = {**self._sheet.names, "handle": "StockCode", "sku": "StockCode"}

    def __iter__(self) -> Iterator[Passage]:
        """Reads the whole file, then gives its articles; raises Unreadable as `Sheet` does."""
        articles: dict[str, _Article] = {}
        for row in self._sheet:
            code = row.text("code")
            key = code.upper()
            article = articles.get(key)
            if article is None:
                if len(articles) >= MOST_ARTICLES:
                    continue
                article = articles.setdefault(key, _Article(row.line, code))
            article.spellings.setdefault(code, row.line)
            article.add(row)
        for article in articles.values():
            if article.line > self._after:
                yield as_read(self._reading(article))

    def _reading(self, article: _Article) -> Reading:
        line, code = article.line, article.code
        joined = tuple(
            Trouble(at, "code", f"{spelling} is {code} in another case; its lines count for that one")
            for spelling, at in article.spellings.items()
            if spelling != code
        )
        if reason := _left_out(article):
            return Reading(line, line, None, (), (Trouble(line, *reason), *joined))
        exact = (article.price or Decimal(0)).quantize(Decimal(1).scaleb(-exponent(self._shop.currency)), ROUND_HALF_UP)
        variant = VariantDraft(sku=code.upper())
        draft = ProductDraft(
            handle=slug_of(code),
            title=Text3(**{self._shop.language: article.title}),
            options=(),
            variants=(variant,),
        )
        offer = Offer(line, amount=Money.from_decimal(exact, self._shop.currency).amount)
        return Reading(line, line, draft, (offer,), joined)


def _left_out(article: _Article) -> tuple[str, str] | None:
    if not slug_of(article.code) or len(article.code) > MOST_CODE:
        return "code", "the line has no code of an article"
    if NO_GOODS.fullmatch(article.code):
        return "code", f"{article.code} is a charge or an entry of the books, no article"
    if not article.title:
        return "name", f"no line of {article.code} has a description"
    if article.price is None or article.price < Decimal("0.005"):
        return "price", f"no line of {article.code} has a positive price"
    return None
