"""A basket and exactly the facts that it needs, kept as bytes: to price it again years later, or to freeze another one on its prices.

The bytes are MessagePack of `_Record`; a field may be added to what is in it, with a default, but none renamed or
removed. A golden file in the tests holds the form.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.price_engine.book import Assembled
from commerce.price_engine.errors import Malformed
from commerce.price_engine.facts import (
    Agreed,
    ArticleFact,
    Basket,
    Circumstances,
    PriceFact,
    PriceList,
    TaxFact,
    TaxProfile,
)
from commerce.price_engine.known import Facts
from commerce.price_engine.price_basket import price
from commerce.price_engine.priced import ENGINE_VERSION, Priced
from commerce.price_engine.promotion import Gift, Promotion
from commerce.price_engine.promotion_index import PromotionIndex

FORMAT: Final = 1
KNOWN_ENGINES: Final = frozenset({ENGINE_VERSION})
"""The versions whose arithmetic this program has: who changes it keeps the old one for what was recorded under it."""


class _Agreed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    circumstances: Circumstances
    lists: tuple[PriceList, ...]
    prices: tuple[PriceFact, ...]
    first: bool = True


class _Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    format: int
    engine: int
    basket: Basket
    lists: tuple[PriceList, ...]
    prices: tuple[PriceFact, ...]
    articles: tuple[ArticleFact, ...]
    taxes: tuple[TaxFact, ...]
    promotions: tuple[Promotion, ...] = ()
    promotions_version: int = 0
    charge_step: int = 1
    profile: TaxProfile = TaxProfile()
    given_taxes: Mapping[str, int] | None = None
    agreed: tuple[_Agreed, ...] = ()


_encoder: Final = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder: Final = msgspec.msgpack.Decoder(_Record)


def record(assembled: Assembled) -> bytes:
    """Gives a basket with the facts that it needs as bytes, for `replay` and for `facts_recorded`; the lines left out are not in it.

    Of the promotions it keeps those that an article of the basket could take, and of the prices every candidate.
    """
    basket, facts = assembled.basket, assembled.facts
    variants = list({line.variant_id: None for line in basket.lines})
    promotions = facts.promotions.candidates(
        [facts.articles[each] for each in variants if each in facts.articles],
        [promotion for _, promotion in basket.circumstances.codes],
    )
    gifts = [each.effect.variant_id for each in promotions if isinstance(each.effect, Gift)]
    variants = list(dict.fromkeys((*variants, *gifts)))
    articles = tuple(facts.articles[each] for each in variants if each in facts.articles)
    prices = tuple(fact for each in variants for fact in facts.prices.get(each, ()))
    return _encoder.encode(
        _Record(
            format=FORMAT,
            engine=ENGINE_VERSION,
            basket=basket,
            lists=_lists(prices, facts.lists),
            prices=prices,
            articles=articles,
            taxes=_taxes(basket, articles, facts.taxes),
            promotions=promotions,
            promotions_version=facts.promotions.version,
            charge_step=facts.charge_step,
            profile=facts.profile,
            given_taxes=facts.given_taxes,
            agreed=tuple(_agreed(each, variants) for each in facts.agreed),
        )
    )


def facts_recorded(data: bytes) -> Assembled:
    """Gives what was recorded. Raises Malformed for anything else, and for arithmetic that this program does not have."""
    try:
        kept = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise Malformed(f"this is no recorded basket: {error}") from error
    if kept.format != FORMAT or kept.engine not in KNOWN_ENGINES:
        raise Malformed(f"recorded in the form {kept.format} by version {kept.engine} of the engine")
    facts = Facts(
        lists={each.id: each for each in kept.lists},
        prices=_by_variant(kept.prices),
        articles={each.variant_id: each for each in kept.articles},
        taxes={(each.category, each.country): each for each in kept.taxes},
        promotions=PromotionIndex(kept.promotions, version=kept.promotions_version),
        charge_step=kept.charge_step,
        profile=kept.profile,
        given_taxes=kept.given_taxes,
        agreed=tuple(
            Agreed(
                circumstances=each.circumstances,
                lists={terms.id: terms for terms in each.lists},
                prices=_by_variant(each.prices),
                first=each.first,
            )
            for each in kept.agreed
        ),
    )
    return Assembled(basket=kept.basket, facts=facts, problems=())


def replay(data: bytes, *, more: Iterable[Promotion] = (), explain_all: bool = False) -> Priced:
    """Prices what was recorded once more: the same canonical bytes as the first time.

    `more` are promotions that were live then and are not in the record: with `explain_all` the trace says of each of them
    why it gave nothing. One that is in the record is not taken from them.
    """
    assembled = facts_recorded(data)
    facts = assembled.facts
    here = {each.id for each in facts.promotions.all}
    added = [each for each in more if each.id not in here]
    if added:
        index = PromotionIndex((*facts.promotions.all, *added), version=facts.promotions.version)
        facts = msgspec.structs.replace(facts, promotions=index)
    return price(assembled.basket, facts, explain_all=explain_all)


def _lists(prices: Iterable[PriceFact], lists: Mapping[UUID, PriceList]) -> tuple[PriceList, ...]:
    return tuple(lists[each] for each in sorted({fact.list_id for fact in prices}))


def _taxes(
    basket: Basket, articles: Iterable[ArticleFact], taxes: Mapping[tuple[str, str], TaxFact]
) -> tuple[TaxFact, ...]:
    """The rates of every category in every zone of the basket."""
    categories = {each.tax_category for each in basket.deliveries}
    for article in articles:
        categories.add(article.tax_category)
        categories.update(fee.tax_category for fee in article.fees)
    zones = {basket.country}
    zones.update(each.tax_country or basket.country for each in basket.lines)
    zones.update(each.tax_country or basket.country for each in basket.deliveries)
    return tuple(
        taxes[category, zone] for category in sorted(categories) for zone in sorted(zones) if (category, zone) in taxes
    )


def _agreed(agreed: Agreed, variants: Iterable[UUID]) -> _Agreed:
    prices = tuple(fact for each in variants for fact in agreed.prices.get(each, ()))
    return _Agreed(
        circumstances=agreed.circumstances, lists=_lists(prices, agreed.lists), prices=prices, first=agreed.first
    )


def _by_variant(prices: Iterable[PriceFact]) -> dict[UUID, tuple[PriceFact, ...]]:
    found: dict[UUID, list[PriceFact]] = {}
    for fact in prices:
        found.setdefault(fact.variant_id, []).append(fact)
    return {variant: tuple(facts) for variant, facts in found.items()}
