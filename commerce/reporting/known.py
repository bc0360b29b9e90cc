"""What is known beside the orders of a batch, as it is today: articles, costs, what gifts would cost, taxes, zones."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from commerce import catalog, pricing, quotes
from commerce.catalog import Article
from commerce.kernel import clock
from commerce.platform.database import Reading
from commerce.price_engine import ArticleFact, Book, PriceFact, PriceList
from commerce.reporting.rebuild import Known
from commerce.reporting.sold_orders import SoldOrder


class _OfCurrency(Struct, frozen=True):
    """What depends on the currency: articles with their floors, costs of one unit before tax."""

    articles: Mapping[UUID, ArticleFact]
    costs: Mapping[UUID, int]


class _OfChannel(Struct, frozen=True):
    """What gifts would cost in a channel, and the lists that say so."""

    prices: Mapping[UUID, tuple[PriceFact, ...]]
    lists: Mapping[UUID, PriceList]


class Knowledge(Struct, frozen=True):
    """What is known of the orders of a batch."""

    book: Book
    by_currency: Mapping[str, _OfCurrency]
    by_channel: Mapping[tuple[UUID, str], _OfChannel]

    def of(self, order: SoldOrder) -> Known:
        """Gives what is known beside an order."""
        channel = self.book.channels.get(order.channel_id)
        store = None if order.store_id is None else self.book.places.get(order.store_id)
        gifts = self.by_channel[order.channel_id, order.currency]
        return Known(
            taxes=self.book.taxes.at(order.opened_at),
            articles=self.by_currency[order.currency].articles,
            gift_prices=gifts.prices,
            gift_lists=gifts.lists,
            zone=store.zone if store is not None else "UTC" if channel is None else channel.zone,
        )

    def costs_in(self, currency: str) -> Mapping[UUID, int]:
        """Gives what one unit of each article costs before tax, as far as known."""
        return self.by_currency[currency].costs


async def gather(reading: Reading, orders: Sequence[SoldOrder], gifts: Collection[UUID]) -> Knowledge:
    """Gathers what is known of a batch of orders and of the articles that promotions may give with them."""
    around = await quotes.surroundings(reading)
    wanted = list({line.variant_id for order in orders for line in order.articles}.union(gifts))
    found = await catalog.articles(reading, wanted)
    tree = await catalog.category_tree(reading)
    by_currency = {}
    for currency in sorted({order.currency for order in orders}):
        floors = await pricing.floors(reading, wanted, currency=currency)
        articles: dict[UUID, ArticleFact] = {
            each.variant_id: _fact(each, tree, floors.get(each.variant_id)) for each in found.values()
        }
        by_currency[currency] = _OfCurrency(articles, await pricing.costs(reading, wanted, currency=currency))
    by_channel = {}
    for channel_id, currency in sorted({(order.channel_id, order.currency) for order in orders}):
        by_channel[channel_id, currency] = await _gift_prices(reading, around.book, channel_id, currency, gifts)
    return Knowledge(around.book, by_currency, by_channel)


async def _gift_prices(
    reading: Reading, book: Book, channel_id: UUID, currency: str, gifts: Collection[UUID]
) -> _OfChannel:
    if not gifts:
        return _OfChannel({}, {})
    audience = pricing.Audience(currency=currency, channel_id=channel_id)
    lists = await pricing.price_lists(reading)
    prices, lists = await pricing.candidates(reading, gifts, audience=audience, at=clock.now(), lists=lists)
    return _OfChannel(prices, lists.by_id)


def _fact(article: Article, tree: Mapping[UUID, tuple[UUID, ...]], floor: int | None) -> ArticleFact:
    above = {each: None for own in article.category_ids for each in tree.get(own, ())}
    return ArticleFact(
        variant_id=article.variant_id,
        product_id=article.product_id,
        tax_category=article.tax_category,
        categories=tuple(above),
        brand=article.brand,
        sellable=article.sellable,
        shippable=article.shippable,
        measure=article.measure,
        floor_net=floor,
    )
