"""Suggestions as one types: words in the language of the page, and the categories, brands and products that are called so."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.create_product import create_product
from commerce.catalog.facts import PlaceDraft
from commerce.catalog.manage_categories import create_category
from commerce.catalog.manage_synonyms import SynonymsIn, create_synonyms
from commerce.catalog.schemas import CategoryIn, ProductIn, VariantIn
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.storefront import suggest
from commerce.storefront.schemas import SuggestionOut
from tests.given import stores
from tests.storefront.reading import found, shop_of


async def _suggested(db: Database, text: str, language: str = "es", most: int = 10) -> list[SuggestionOut]:
    return (
        await suggest.suggestions(db.reading, await shop_of(db, language=language), text=text, most=most)
    ).suggestions


async def _shop(db: Database) -> None:
    await stores.channel(db)
    at = kernel_clock.now()
    await db.transact(create_category, CategoryIn(name=Text3(en="Cushions", es="Cojines", ca="Coixins")), at=at)
    for sku, es, ca, vendor in (
        ("1", "Cojín de lino", "Coixí de lli", "Cojinería"),
        ("2", "Cojín de algodón", "Coixí de cotó", "Casa"),
        ("3", "Copa de vino", "Copa de vi", "Vidres"),
    ):
        data = ProductIn(title=Text3(es=es, ca=ca), vendor=vendor, publish=True, variants=[VariantIn(sku=sku)])
        await db.transact(create_product, data, at=at)


async def test_a_begun_word_goes_on_as_what_there_is(db: Database) -> None:
    await _shop(db)
    items = await _suggested(db, "coj")
    assert [(each.kind, each.text, each.slug) for each in items] == [
        ("words", "cojín", None),
        ("words", "cojinería", None),
        ("category", "Cojines", "cushions"),
        ("brand", "Cojinería", None),
        ("product", "Cojín de algodón", "cojin-de-algodon"),
        ("product", "Cojín de lino", "cojin-de-lino"),
    ] or {each.text for each in items} == {
        "cojín",
        "cojinería",
        "Cojines",
        "Cojinería",
        "Cojín de algodón",
        "Cojín de lino",
    }
    assert [each.text for each in await _suggested(db, "coi", "ca")][:2] == ["coixí", "Coixins"]


async def test_only_words_that_stand_beside_those_before_are_suggested(db: Database) -> None:
    await _shop(db)
    words = [each.text for each in await _suggested(db, "cojín de l") if each.kind == "words"]
    assert words == ["cojín de lino"]


async def test_words_of_the_page_come_before_those_that_have_no_language(db: Database) -> None:
    await stores.channel(db)
    for sku, title in (("1", "Lámpara"), ("2", "Foco")):
        data = ProductIn(title=Text3(es=title), product_type="lamp", publish=True, variants=[VariantIn(sku=sku)])
        await db.transact(create_product, data, at=kernel_clock.now())
    assert [each.text for each in await _suggested(db, "lam") if each.kind == "words"] == ["lámpara", "lamp"]


async def test_misspelt_words_go_on_too(db: Database) -> None:
    await _shop(db)
    assert "cojín de algodón" in [each.text for each in await _suggested(db, "cogin de algod")]


async def test_what_stands_before_the_begun_word_stays_as_it_was_typed(db: Database) -> None:
    await _shop(db)
    data = ProductIn(title=Text3(es="Aceite de oliva", ca="Oli d'oliva"), publish=True, variants=[VariantIn()])
    await db.transact(create_product, data, at=kernel_clock.now())
    assert [each.text for each in await _suggested(db, "oli d'ol", "ca") if each.kind == "words"][:1] == ["oli d'oliva"]
    assert [each.text for each in await _suggested(db, "  Cojín  de l") if each.kind == "words"] == ["Cojín de lino"]


async def test_what_means_the_same_is_suggested_too(db: Database) -> None:
    await _shop(db)
    for words in (["cojín", "almohadón"], ["copa de vino", "cáliz"]):
        await db.transact(create_synonyms, SynonymsIn(language="es", words=words), at=kernel_clock.now())
    named = [each.text for each in await _suggested(db, "almohadón de li") if each.kind != "words"]
    assert named == ["Cojín de lino"]
    assert "Copa de vino" in [each.text for each in await _suggested(db, "cáliz")]


async def test_words_written_apart_and_measures_are_suggested_as_they_stand(db: Database) -> None:
    await _shop(db)
    for title in ("Doormat", "Marbles 500g", "Red doormat", "Frame 13x18"):
        data = ProductIn(title=Text3(en=title), publish=True, variants=[VariantIn()])
        await db.transact(create_product, data, at=kernel_clock.now())
    assert {each.text for each in await _suggested(db, "door mat", "en")} == {"Doormat", "Red doormat"}
    assert "Red doormat" in [each.text for each in await _suggested(db, "red door mat", "en")]
    assert [each.text for each in await _suggested(db, "500 g mar", "en")] == ["500 g marbles", "Marbles 500g"]
    assert [each.text for each in await _suggested(db, "frame 13 x 1", "en")] == ["Frame 13x18"]


@pytest.mark.parametrize("text", ["", " ", "!", "c", "'", ":*", "a' & b", "🙂", "x" * 200, "\\", "%"])
async def test_odd_beginnings_suggest_nothing_and_break_nothing(db: Database, text: str) -> None:
    await _shop(db)
    assert await _suggested(db, text) == []


async def test_suggestions_are_as_many_as_asked_for_and_one_statement(db: Database) -> None:
    await _shop(db)
    assert len(await _suggested(db, "co", most=3)) == 3
    seen_by = await shop_of(db, language="es")
    before = db.statements
    await suggest.suggestions(db.reading, seen_by, text="coj", most=5)
    assert db.statements == before + 1


async def test_words_of_what_is_shown_later_or_elsewhere_only_are_not_suggested(db: Database, clock: HeldClock) -> None:
    await _shop(db)
    app, gracia = await stores.channel(db, "app"), await stores.location(db)
    later = clock.at + timedelta(hours=1)

    def draft(handle: str, title: str, **how: Any) -> ProductDraft:
        return ProductDraft(handle=handle, title=Text3(es=title), variants=(VariantDraft(sku=handle),), **how)

    drafts = [
        draft("later", "Tetera Zafiro", vendor="Zafra", on_show_from=later),
        draft("app", "Zapatero", assortment=(PlaceDraft(channel_id=app),)),
        draft("store", "Zanahoria", assortment=(PlaceDraft(location_id=gracia),)),
    ]
    assert not (await db.transact(put_products, drafts, at=clock.at)).trouble

    async def texts(**how: Any) -> list[str]:
        shop = await shop_of(db, language="es", **how)
        return sorted(
            each.text for each in (await suggest.suggestions(db.reading, shop, text="za", most=10)).suggestions
        )

    assert await texts() == []
    assert await texts(channel_id=app) == ["Zapatero", "zapatero"]
    assert await texts(store_id=gracia) == ["Zanahoria", "zanahoria"]
    assert await _suggested(db, "tetera zafir") == []
    for typed in ("zafirro", "cojín zafirro"):
        answer = await found(db, typed, language="es")
        assert (answer.searched_for, answer.instead_of) == (typed, None), "nobody is told of a word that is not on show"
    clock.move(hours=1)
    assert await texts() == ["Tetera Zafiro", "Zafra", "zafiro", "zafra"]
    answer = await found(db, "zafirro", language="es")
    assert (answer.searched_for, answer.instead_of, answer.total) == ("zafiro", "zafirro", 1)
