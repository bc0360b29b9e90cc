"""The made-up shop is always the same, is as sound as one that the verbs built, and has the words that it promises."""

import io

from commerce.app.proof import audit
from commerce.kernel.money import Money
from commerce.platform.database import Database
from tests.scale import articles, generate
from tests.storefront.reading import found, looked_up, page


async def test_a_filled_database_is_sound_and_its_pages_tell_what_the_generator_says(dsn: str, db: Database) -> None:
    filled = await generate.fill(dsn, products=45)
    assert [each.name for each in await audit(dsn) if each.rows] == []

    last = articles.article(44)
    option = last.options[2]
    shown = await page(db, last.handle)
    assert (shown.title, shown.vendor, shown.id) == (last.title[0], last.brand, generate.product_id(44))
    assert shown.variants[2].price == Money(option.price, "EUR")
    there = {place.location_id: place.stock for place in shown.variants[2].pickup}
    for store, location in enumerate(filled.stores):
        units = generate.units(44, 2, store) or 0
        assert there[location] == ("out" if units == 0 else "few" if units <= 5 else "in")

    assert (await looked_up(db, barcode=option.barcode)).variant.id == generate.variant_id(44, 2)
    assert [card.slug for card in (await found(db, articles.BROAD)).items] == [articles.handle(articles.BROAD_AT)]
    assert (await found(db, articles.series(44))).total == 5  # those from 40 on


def test_an_article_is_the_same_however_many_there_are_and_the_file_has_a_line_for_each_variant() -> None:
    files = []
    for products in (30, 60):
        file = io.StringIO()
        generate.write_csv(file, products)
        files.append(file.getvalue())
    assert files[1].startswith(files[0])
    assert len(files[0].splitlines()) == 1 + 30 * articles.OPTIONS
