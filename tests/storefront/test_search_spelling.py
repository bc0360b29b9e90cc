"""Search finds what people mean where they write words together or apart, measures with or without spaces, and whole questions."""

import pytest

from commerce.catalog import VariantDraft
from commerce.catalog.asking_words import ASKING
from commerce.catalog.folding import search_words
from commerce.catalog.words import count_words
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.given import catalog as articles, stores
from tests.storefront.reading import found, titles


async def _shop(db: Database) -> None:
    await stores.channel(db)
    for title in (
        Text3(es="Taza de desayuno", ca="Tassa d'esmorzar", en="Breakfast mug"),
        Text3(es="Lámpara de mesa", ca="Llum de taula", en="Table lamp"),
        Text3(es="Aceite de oliva 750 ml", ca="Oli d'oliva 750 ml", en="Olive oil 750 ml"),
        Text3(es="Perchero de pie", ca="Penja-robes de peu", en="Doormat"),
        Text3(es="Rompecabezas", ca="Trencaclosques", en="Jigsaw puzzle"),
    ):
        await articles.product(db, title)


@pytest.mark.parametrize(
    ("language", "query", "instead", "title"),
    [
        ("es", "tazadesayuno", "taza desayuno", "Taza de desayuno"),
        ("es", "lamparademesa", "lámpara de mesa", "Lámpara de mesa"),
        ("ca", "olidoliva", "oli d oliva", "Oli d'oliva 750 ml"),
        ("ca", "penjarobes", "penja robes", "Penja-robes de peu"),
        ("en", "tablelamp", "table lamp", "Table lamp"),
        ("es", "taza aceitedeoliva", "taza aceite de oliva", "Aceite de oliva 750 ml"),
    ],
)
async def test_words_without_the_space_between_them_are_parted(
    db: Database, language: str, query: str, instead: str, title: str
) -> None:
    await _shop(db)
    answer = await found(db, query, language=language)
    assert (answer.items[0].title, answer.searched_for, answer.instead_of) == (title, instead, query)


@pytest.mark.parametrize(
    ("language", "query", "title"),
    [
        ("es", "rompe cabezas", "Rompecabezas"),
        ("ca", "trenca-closques", "Trencaclosques"),
        ("en", "door mats", "Doormat"),
        ("en", "jig saw puzzle", "Jigsaw puzzle"),
    ],
)
async def test_words_written_apart_are_sought_as_one_too(db: Database, language: str, query: str, title: str) -> None:
    await _shop(db)
    answer = await found(db, query, language=language)
    assert [card.title for card in answer.items] == [title]
    assert answer.instead_of is None, "nothing was misspelt"


async def test_two_words_that_one_is_made_of_are_still_found(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Notebook")
    await articles.product(db, "Note from a book")
    await articles.product(db, "Cookbook")
    assert set(await titles(db, "note book")) == {"Notebook", "Note from a book"}


async def test_a_rare_word_that_is_mostly_written_apart_finds_both(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Old photoframe")
    for nth in range(12):
        await articles.product(db, f"Photo frame {nth}")
    await db.transact(count_words, None)
    await articles.product(db, "Newer thing")  # so that what was counted is read again
    assert (await found(db, "photoframe")).total == 13


@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("Marco 13x18", ["marco 13x18", "marco 13 x 18", "marco 13×18", "13 x 18"]),
        ("Pad 40 x 40 cm", ["pad 40x40", "pad 40x40cm", "40x40 cm", "40 x 40 cm"]),
        ("Oil 750 ml", ["oil 750ml", "750ml", "750 ML"]),
        ("Marbles 500g", ["500 g marbles", "marbles 500g", "500 g"]),
        ("Power bank 10000 mAh", ["10.000 mah", "10 000 mAh", "10000mah", "bank 10,000mAh"]),
    ],
)
async def test_measures_are_found_with_and_without_spaces(db: Database, title: str, queries: list[str]) -> None:
    await stores.channel(db)
    await articles.product(db, title)
    await articles.product(db, "Box of 7 marco pad oil marbles bank")
    for query in queries:
        answer = await found(db, query)
        assert [card.title for card in answer.items] == [title], query
        assert answer.instead_of is None


async def test_words_of_asking_are_not_put_right_and_need_not_be_found(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, Text3(es="Tabla de cortar pan"))
    await articles.product(db, Text3(es="Taburete alto"))
    answer = await found(db, "quiero algo para cortar pan", language="es")
    assert ([card.title for card in answer.items], answer.instead_of) == (["Tabla de cortar pan"], None)
    assert (await found(db, "algo", language="es")).instead_of is None
    await articles.product(db, Text3(es="Libro: Algo que contar"))
    assert await titles(db, "algo que contar", language="es") == ["Libro: Algo que contar"], (
        "where one has them they count"
    )


def test_words_of_asking_are_words_as_a_text_is_read() -> None:
    assert all(search_words(word) == [word] for word in ASKING)


async def test_signs_that_cannot_be_seen_part_no_words(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Umbrella")
    for query in (
        "um\u00adbrella",
        "um\u200bbrella",
        "\u200fumbrella",
        "\uff35\uff4d\uff42\uff52\uff45\uff4c\uff4c\uff41",
    ):
        assert await titles(db, query) == ["Umbrella"], query


async def test_forms_that_stemmers_do_not_join_are_found(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Scarf")
    await articles.product(db, "Bread knife")
    await articles.product(db, "Wrap")
    assert await titles(db, "scarves") == ["Scarf"]
    assert await titles(db, "knives") == ["Bread knife"]
    assert await titles(db, "wraping") == ["Wrap"]


async def test_a_barcode_is_found_as_it_is_printed(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Mug", variants=[VariantDraft(barcode="4006381333931")])
    await articles.product(db, "Bowl 4")
    assert await titles(db, "4 006381 333931") == ["Mug"]
    assert await titles(db, "4-006381-333931") == ["Mug"]
