"""The bundle over HTTP: what is in it, for whom, and that a till prices with it as the server does."""

from commerce.price_engine.bundle import open_bundle
from tests.till.conftest import Till


async def test_a_till_finds_its_articles_in_the_bundle(till: Till) -> None:
    bundle = open_bundle(await till.bundle())
    cup = bundle.by_sku("CUP")
    assert cup is not None
    assert (cup.fact.variant_id, cup.title.en, [price.unit for price in cup.prices]) == (till.shop.cup, "Cup", [1999])
    assert bundle.head.location_id == till.shop.gracia
    assert len(bundle.articles) == 2
