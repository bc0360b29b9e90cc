"""What a page says beside texts and prices: attributes, makers, warnings; kits and what no stock is kept of; assortments; old addresses; variants by the hundred."""

from datetime import timedelta

import msgspec
import pytest

from commerce.catalog import PartyDraft, PlaceDraft, ProductDraft, VariantDraft, put_products, queries
from commerce.catalog.change_product import change_product
from commerce.catalog.definition_schemas import AttributeIn, ChoiceIn, CustomFieldIn, ProductTypeIn
from commerce.catalog.manage_definitions import create_attribute, create_custom_field, create_product_type
from commerce.catalog.schemas import ProductPatch
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.wire import Page, Text3
from commerce.platform.database import Database
from commerce.platform.http.paging import listing
from commerce.storefront import product_page
from commerce.storefront.schemas import (
    AttributeValueOut,
    ProductVariantOut,
    ShownAttributeOut,
    ShownFieldOut,
    ShownPartyOut,
)
from tests.given import catalog as articles, inventory, kits, pricing as prices, stores
from tests.served import Api, Served
from tests.storefront.reading import listed, looked_up, page, shop_of


async def test_a_page_says_in_words_what_the_product_is_described_by_and_who_answers_for_it(
    db: Database, clock: HeldClock
) -> None:
    await stores.channel(db)
    red = [ChoiceIn(code="red", label=Text3(en="Red", ca="Vermell"))]
    for new in (
        AttributeIn(code="width", name=Text3(en="Width"), kind="number", unit="cm"),
        AttributeIn(code="colour", name=Text3(en="Colour", ca="Color"), kind="choice", choices=red, many=True),
        AttributeIn(code="grip", name=Text3(en="Grip"), kind="text", for_variants=True),
    ):
        await db.transact(create_attribute, new, at=clock.at)
    kind = ProductTypeIn(code="pan", name=Text3(en="Pan"), attributes=["width", "colour", "grip"])
    await db.transact(create_product_type, kind, at=clock.at)
    field = CustomFieldIn(code="origin", name=Text3(en="Made in"), kind="text", shown=True)
    await db.transact(create_custom_field, field, at=clock.at)
    maker = PartyDraft(
        code="works", name="Works", postal_address="Way 1", electronic_address="mail@works.example", country="CH"
    )
    draft = ProductDraft(
        handle="pan",
        title=Text3(en="Pan"),
        product_type="pan",
        attributes={"colour": ["red"], "width": 24},
        custom={"origin": "Olot"},
        maker=maker,
        warnings=Text3(en="Hot handle.", es="Mango caliente."),
        minimum_age=18,
        variants=(VariantDraft(sku="PAN", attributes={"grip": "wood"}),),
    )
    assert not (await db.transact(put_products, [draft], at=clock.at)).trouble
    await _publish(db, clock)
    shown = await page(db, "pan", language="ca")
    assert shown.attributes == [
        ShownAttributeOut(code="width", name="Width", unit="cm", values=[AttributeValueOut(value="24", label="24")]),
        ShownAttributeOut(
            code="colour", name="Color", unit=None, values=[AttributeValueOut(value="red", label="Vermell")]
        ),
    ]
    (grip,) = shown.variants[0].attributes
    assert (grip.code, grip.values[0].label) == ("grip", "wood")
    assert shown.custom == [ShownFieldOut(code="origin", name="Made in", value="Olot")]
    assert shown.maker == ShownPartyOut(
        name="Works", postal_address="Way 1", electronic_address="mail@works.example", country="CH"
    )
    assert (shown.responsible, shown.warnings, shown.minimum_age) == (None, "Hot handle.", 18)
    assert (await page(db, "pan", language="es")).warnings == "Mango caliente."


async def _publish(db: Database, clock: HeldClock) -> None:
    from commerce.catalog import Status

    put = await db.transact(put_products, [ProductDraft(handle="pan", status=Status.PUBLISHED)], at=clock.at)
    assert not put.trouble


async def test_a_kit_has_what_its_parts_make_and_what_no_stock_is_kept_of_is_always_there(db: Database) -> None:
    await stores.channel(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    cup, plate = await articles.variant(db, "Cup"), await articles.variant(db, "Plate")
    book = await articles.variant(db, "Book", sku="BOOK", stock="none")
    both = await kits.kit(db, "Tea for two", {cup: 2, plate: 1, book: 1}, sku="TEA")
    await inventory.stock(db, {(cup, gracia): 13, (plate, gracia): 8, (cup, sants): 99})
    tea = await looked_up(db, sku="TEA")
    assert tea.variant.id == both
    assert {each.code: each.stock for each in tea.variant.pickup} == {"gracia": "in", "sants": "out"}  # 6 of them
    await inventory.stock(db, {(plate, sants): 3})
    assert [each.stock for each in (await looked_up(db, sku="TEA")).variant.pickup] == ["in", "few"]
    digital = (await looked_up(db, sku="BOOK")).variant
    assert (digital.delivery, {each.stock for each in digital.pickup}) == ("in", {"in"})
    cards = {card.title: card.stock for card in (await listed(db)).items}
    assert cards == {"Cup": "in", "Plate": "in", "Book": "in", "Tea for two": "in"}


async def test_a_page_says_what_a_kit_is_made_of_and_of_what_no_stock_is_kept(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    cups = await articles.product(
        db,
        "Cup",
        handle="cup",
        options=("Size",),
        variants=[VariantDraft(sku="CUP-S", option_values=("S",)), VariantDraft(sku="CUP-L", option_values=("L",))],
    )
    book = await articles.variant(db, "Book", sku="BOOK", stock="none")
    patch = ProductPatch(title=Text3(en="Cup", es="Taza"))
    cup = (await page(db, "cup")).id
    await db.transact(change_product, cup, (await queries.product(db.reading, cup)).version, patch, at=clock.at)
    tea = await kits.kit(db, "Tea for two", {cups[1]: 2, book: 1}, sku="TEA")

    seen = (await looked_up(db, sku="TEA", language="es")).variant
    assert seen.id == tea
    assert [(each.variant_id, each.quantity, each.title, each.slug) for each in seen.parts or ()] == [
        (cups[1], 2, "Taza", "cup"),
        (book, 1, "Book", (await looked_up(db, sku="BOOK")).product.slug),
    ]
    assert [each.option_values for each in seen.parts or ()] == [["L"], []]
    kit = await page(db, (await looked_up(db, sku="TEA")).product.slug, language="es")
    assert kit.variants == [seen]
    further = await product_page.product_variants(db.reading, await shop_of(db, language="es"), str(kit.id), None)
    assert msgspec.json.decode(further, type=Page[ProductVariantOut]).items == [seen]
    plain = (await looked_up(db, sku="CUP-S")).variant
    assert (plain.parts, plain.keeps_stock) == (None, True)
    assert (await looked_up(db, sku="BOOK")).variant.keeps_stock is False
    hide = ProductPatch(on_show_until=clock.at + timedelta(hours=1))
    await db.transact(change_product, cup, (await queries.product(db.reading, cup)).version, hide, at=clock.at)
    clock.move(hours=2)
    gone = (await looked_up(db, sku="TEA")).variant.parts or []
    assert (gone[0].title, gone[0].slug) == ("Cup", None), "told, without a page to go to"


async def test_what_is_sold_somewhere_or_later_only_is_on_no_other_page(db: Database, clock: HeldClock) -> None:
    web, app = await stores.channel(db), await stores.channel(db, "app")
    await articles.product(db, "Mug", handle="mug", variants=[VariantDraft(sku="MUG")])
    put = [
        ProductDraft(handle="mug", assortment=(PlaceDraft(channel_id=app),), on_show_from=clock.at + timedelta(hours=1))
    ]
    assert not (await db.transact(put_products, put, at=clock.at)).trouble
    for hours, seen in ((0, set()), (1, {app})):
        clock.move(hours=hours)
        for channel in (web, app):
            assert len((await listed(db, channel_id=channel)).items) == (channel in seen)
            for read in (page(db, "mug", channel_id=channel), looked_up(db, sku="MUG", channel_id=channel)):
                if channel in seen:
                    await read
                else:
                    with pytest.raises(NotFound):
                        await read


async def test_an_address_of_before_leads_to_the_one_of_now_with_what_was_asked(server: Served, api: Api) -> None:
    db = server.program.db
    await stores.channel(db)
    await articles.product(db, "Mug", handle="mug")
    shown = await api.get("/v1/products/mug")
    await db.transact(change_product, shown["id"], 1, ProductPatch(slug="cup"), at=kernel_clock.now())
    moved = await api.call("GET", "/v1/products/mug?lang=es")
    assert (moved.status_code, moved.headers["location"]) == (308, "/v1/products/cup?lang=es")
    assert (await api.get(moved.headers["location"]))["id"] == shown["id"]
    assert (await api.call("GET", "/v1/products/never")).status_code == 404


async def test_a_thousand_variants_come_a_hundred_at_a_time_each_once_on_twenty_channels(db: Database) -> None:
    channels = [await stores.channel(db, f"channel-{nth}") for nth in range(20)]
    variants = [VariantDraft(option_values=(str(nth),), sku=f"V-{nth}") for nth in range(1_000)]
    ids = await articles.product(db, handle="many", options=["N"], variants=variants)
    await prices.prices(db, dict.fromkeys(ids, 100))
    assert [each for each in channels if (await page(db, "many", channel_id=each)).next_variants is None] == []
    first = await page(db, "many", channel_id=channels[7])
    seen, shop = [each.id for each in first.variants], await shop_of(db, channel_id=channels[7])
    listing.set("listProductVariants")
    before = db.statements
    for pages in range(1, 11):
        assert len(seen) == 100 * pages
        body = await product_page.product_variants(db.reading, shop, "many", seen[-1])
        found = msgspec.json.decode(body, type=Page[ProductVariantOut])
        seen += [each.id for each in found.items]
        assert (found.next_cursor is None) == (len(seen) == 1_000)
        if found.next_cursor is None:
            break
    assert seen == list(ids)
    assert db.statements == before + 9
