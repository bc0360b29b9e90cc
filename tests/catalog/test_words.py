"""The words in use follow the catalogue: noted with the product, known to every process within a second, dropped when nothing uses them."""

import asyncio

import pytest
from sqlalchemy import Text, func, literal_column, select, update

from commerce import catalog
from commerce.catalog import ProductDraft, Status, VariantDraft, put_products
from commerce.catalog.change_product import publish_product
from commerce.catalog.create_product import create_product
from commerce.catalog.folding import catalan_stem
from commerce.catalog.manage_synonyms import (
    SynonymsIn,
    SynonymsPatch,
    change_synonyms,
    create_synonyms,
    delete_synonyms,
    synonym_set,
)
from commerce.catalog.schemas import ProductIn, VariantIn
from commerce.catalog.tables import products
from commerce.catalog.words import count_words
from commerce.catalog.words_tables import words
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Text3
from commerce.platform import events
from commerce.platform.database import Database, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from tests.given import catalog as articles, stores
from tests.soon import seen_soon
from tests.storefront.reading import found, titles

ALL = Statement(
    select(words.c.language, words.c.word, words.c.shown, words.c.uses).order_by(words.c.word, words.c.language)
)
HIDE = Statement(update(products).values(status=Status.DRAFT.value))
SETTING = Statement(select(func.set_config(given("name", Text), given("value", Text), literal_column("true"))))
STEM = Statement(select(func.catalan_stems(given("text", Text))))


async def _noted(db: Database) -> list[tuple[str, str, str, int]]:
    return [tuple(row) for row in await db.reading.fetch(ALL)]


async def test_words_are_noted_with_the_product_that_brings_them(db: Database) -> None:
    title = Text3(es="Cojín de algodón A4", ca="Coixí de cotó")
    await articles.product(db, title, vendor="Casa·Nova", description=Text3(es="<p>Suave y <b>suave</b></p>"))
    await articles.product(db, "Secret", status=Status.DRAFT)
    assert await _noted(db) == [
        ("es", "algodon", "algodón", 1),
        ("", "casanova", "casa·nova", 1),
        ("ca", "coixi", "coixí", 1),
        ("es", "cojin", "cojín", 1),
        ("ca", "coto", "cotó", 1),
        ("es", "suave", "suave", 1),
    ], "no markup, no codes, no short words, and nothing of drafts"


async def test_words_of_the_back_office_and_of_files_are_noted_alike(db: Database) -> None:
    data = ProductIn(title=Text3(en="Lamp"), tags=["bright"], publish=False, variants=[VariantIn()])
    made = await db.transact(create_product, data, at=clock.now())
    assert await _noted(db) == []
    await db.transact(publish_product, made.id, at=clock.now())
    assert [word for _, word, *_ in await _noted(db)] == ["bright", "lamp"]


async def test_two_who_bring_the_same_words_at_once_both_succeed(db: Database) -> None:
    async def bring(nth: int) -> None:
        data = ProductIn(
            title=Text3(en="zebra yak wolf tiger " if nth % 2 else "tiger wolf yak zebra"),
            slug=f"product-{nth}",
            publish=True,
            variants=[VariantIn()],
        )
        await db.transact(create_product, data, at=clock.now())

    await asyncio.gather(*(bring(nth) for nth in range(12)))
    assert [word for _, word, *_ in await _noted(db)] == ["tiger", "wolf", "yak", "zebra"]


async def test_words_are_counted_again_and_dropped_when_no_product_on_show_uses_them(db: Database) -> None:
    await articles.product(db, "Red lamp")
    await articles.product(db, "Blue lamps", handle="blue")
    await db.transact(count_words, None)
    assert {word: uses for _, word, _, uses in await _noted(db)} == {"red": 1, "lamp": 2, "blue": 1, "lamps": 2}
    await db.apply(HIDE)
    await db.transact(count_words, None)
    assert await _noted(db) == []


async def test_each_word_is_read_once_also_where_all_products_are_gone_through(db: Database) -> None:
    letters = "bcdfhklmnp"
    names = [f"word{one}{two}{three}" for one in letters[:3] for two in letters for three in letters]
    drafts = [
        ProductDraft(handle=name, title=Text3(en=name), status=Status.PUBLISHED, variants=(VariantDraft(),))
        for name in names
    ]
    assert not (await db.transact(put_products, drafts, at=clock.now())).trouble

    async def counted(tx: Tx) -> None:
        # As where there are no statistics yet; each word read anew for each product takes twenty seconds.
        for name, value in (("enable_bitmapscan", "off"), ("statement_timeout", "3s")):
            await tx.fetch(SETTING, name=name, value=value)
        await count_words(tx, None)

    await db.transact(counted)
    assert [word for _, word, _, _ in await _noted(db)] == names


async def test_a_misspelt_query_says_what_was_searched_instead(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, Text3(es="Cojín de algodón", en="Cotton cushion"))
    answer = await found(db, "cogín de algodon", language="es")
    assert (answer.total, answer.searched_for, answer.instead_of) == (1, "cojín de algodon", "cogín de algodon")
    right = await found(db, "cojines", language="es")
    assert (right.total, right.searched_for, right.instead_of) == (1, "cojines", None)
    nothing = await found(db, "qwertyuiop", language="es")
    assert (nothing.total, nothing.searched_for, nothing.instead_of) == (0, "qwertyuiop", None)


async def test_words_written_by_one_process_put_queries_right_in_another_within_a_second(db: Database) -> None:
    await stores.channel(db)
    other = Database(db.dsn, before_commit=events.store)
    try:
        await articles.product(db, "Umbrella")
        assert await titles(other, "umbrela") == ["Umbrella"]
        await articles.product(db, "Sandals")
        await seen_soon(lambda: titles(other, "sandls"), ["Sandals"])
    finally:
        await other.close()


async def test_most_words_are_enough_where_all_are_nowhere(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Ludo")
    await articles.product(db, "Chess board game")
    assert await titles(db, "ludo game box") == [], "a third is not most"
    assert set(await titles(db, "ludo game")) == {"Ludo", "Chess board game"}
    assert await titles(db, "chess game") == ["Chess board game"]


async def test_figures_that_nothing_has_keep_no_words_from_being_found(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, Text3(es="Taza grande"))
    await articles.product(db, Text3(es="Plato hondo, 6 piezas"))
    await articles.product(db, Text3(en="Set of 3 charms, 5 keys"))
    assert set(await titles(db, "3 tazas 5 platos", language="es")) == {"Taza grande", "Plato hondo, 6 piezas"}
    assert await titles(db, "taza 3/4", language="es") == ["Taza grande"]
    assert await titles(db, "platos tazas 6", language="es") == ["Plato hondo, 6 piezas", "Taza grande"], (
        "a figure weighs"
    )
    assert await titles(db, "3 17 41", language="es") == [], "a figure alone says nothing"
    assert await titles(db, "5 3", language="es") == ["Set of 3 charms, 5 keys"]


async def test_words_of_title_and_description_meet(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Red lamp", description="For reading")
    await articles.product(db, "Blue lamp", description="For the garden")
    assert await titles(db, "lamp reading") == ["Red lamp"]


async def test_synonyms_are_found_in_any_number_and_forgotten_at_once(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, Text3(es="Batería externa"))
    await articles.product(db, Text3(es="Camiseta de lino"))
    data = SynonymsIn(language="es", words=["batería externa", "power bank"])
    made = await db.transact(create_synonyms, data, at=clock.now())
    shirts = await db.transact(
        create_synonyms, SynonymsIn(language="es", words=["camiseta", "playera"]), at=clock.now()
    )
    assert await titles(db, "power bank", language="es") == ["Batería externa"]
    assert await titles(db, "playeras de lino", language="es") == ["Camiseta de lino"]
    assert await titles(db, "plallera", language="es") == ["Camiseta de lino"], "misspelt synonyms are put right too"
    changed = await db.transact(change_synonyms, made.id, made.version, SynonymsPatch(words=["batería", "pila"]))
    assert await titles(db, "power bank", language="es") == []
    assert await titles(db, "pilas", language="es") == ["Batería externa"]
    with pytest.raises(StaleVersion):
        await db.transact(delete_synonyms, made.id, made.version)
    await db.transact(delete_synonyms, made.id, changed.version)
    await db.transact(delete_synonyms, shirts.id, shirts.version)
    assert await titles(db, "pilas", language="es") == []
    with pytest.raises(NotFound):
        await synonym_set(db.reading, made.id)


@pytest.mark.parametrize("phrases", [["a", "!!"], ["one", "One"], ["a b c d e", "x"]])
async def test_synonyms_that_say_nothing_too_much_or_the_same_are_refused(db: Database, phrases: list[str]) -> None:
    with pytest.raises(InvalidInput):
        await db.transact(create_synonyms, SynonymsIn(language="en", words=phrases), at=clock.now())


@pytest.mark.parametrize(
    "word", "sabons tasses coixins taronges vaques places botigues pisos gossos verdes llums casa".split()
)
async def test_catalan_is_stemmed_alike_in_sql_and_in_python(db: Database, word: str) -> None:
    assert await db.reading.fetch_value(STEM, text=word) == catalan_stem(word)


@pytest.mark.usefixtures("nothing_ages")
async def test_a_file_notes_the_words_of_each_batch_in_one_statement(db: Database) -> None:
    drafts = [
        ProductDraft(handle=f"h-{nth}", title=Text3(en=f"Lamp of {name}"), variants=(VariantDraft(),))
        for nth, name in enumerate(("oak", "steel", "glass"))
    ]
    before = db.statements
    await db.transact(catalog.put_products, drafts, at=clock.now())
    spent = db.statements - before
    more = [
        ProductDraft(handle=f"i-{nth}", title=Text3(en=f"Lamp {nth}"), variants=(VariantDraft(),)) for nth in range(30)
    ]
    before = db.statements
    await db.transact(catalog.put_products, more, at=clock.now())
    assert db.statements - before == spent
    assert {word: uses for _, word, _, uses in await _noted(db)}["lamp"] == 3, (
        "as first noted, until they are counted again"
    )
