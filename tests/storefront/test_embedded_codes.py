"""Barcodes that hold a weight or a price: read by the rules of the place, checked, and worth what the article's price per kilogram makes it."""

import pytest

from commerce.catalog import VariantDraft
from commerce.kernel import clock
from commerce.kernel.embedded_codes import EmbeddedRule, check_digit, fits, read_embedded, verifier
from commerce.kernel.errors import AlreadyExists, InvalidInput, NotFound
from commerce.kernel.ids import ChannelId, new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.storefront.embedded import EmbeddedCodeIn, add_rule, remove_rule
from commerce.storefront.schemas import EmbeddedOut
from tests.given import catalog as articles, identity as callers, pricing as prices, stores
from tests.served import Api, Served
from tests.storefront.reading import looked_up

WEIGHT = EmbeddedRule(prefix="21", kind="weight", article_digits=5, value_digits=5)
PRICE = EmbeddedRule(prefix="23", kind="price", article_digits=4, value_digits=5, verified=True)


def code(text: str) -> str:
    return text + check_digit(text)


def test_the_verifiers_are_those_of_the_specification_and_catch_each_wrong_digit() -> None:
    assert (verifier("2875"), verifier("14685")) == ("9", "6")
    for value in ("2875", "14685"):
        for place in range(len(value)):
            wrong = {value[:place] + str(digit) + value[place + 1 :] for digit in range(10)} - {value}
            assert verifier(value) not in {verifier(each) for each in wrong}


def test_a_code_is_read_by_the_rule_with_the_longest_prefix_and_not_at_all_when_a_digit_is_wrong() -> None:
    longer = EmbeddedRule(prefix="215", kind="weight", article_digits=4, value_digits=5, scale=1)
    read = read_embedded(code("211234500750"), [WEIGHT, longer, PRICE])
    assert read is not None
    assert (read.article, read.kind, read.value, read.bare) == ("12345", "weight", 750, code("211234500000"))
    tens = read_embedded(code("215123400750"), [WEIGHT, longer])
    assert tens is not None
    assert (tens.article, tens.value) == ("1234", 7_500)
    priced = read_embedded(code(f"234321{verifier('01999')}01999"), [PRICE])
    assert priced is not None
    assert (priced.article, priced.kind, priced.value) == ("4321", "price", 1_999)
    assert read_embedded(code("234321" + str((int(verifier("01999")) + 1) % 10) + "01999"), [PRICE]) is None
    right = code("211234500750")
    assert [digit for digit in "0123456789" if read_embedded(right[:-1] + digit, [WEIGHT])] == [right[-1]]
    assert read_embedded("²11234500750X", [WEIGHT]) is None
    assert not fits(EmbeddedRule(prefix="21", kind="weight", article_digits=4, value_digits=5))
    assert not fits(EmbeddedRule(prefix="21", kind="price", article_digits=3, value_digits=6, verified=True))


def test_a_code_is_read_with_as_many_zeros_before_as_a_scanner_gives() -> None:
    upc = EmbeddedRule(prefix="02", kind="price", article_digits=5, value_digits=5)
    whole = code("021234500199")
    read = [read_embedded(each, [upc]) for each in (whole, whole[1:], f"0{whole}")]
    assert read[0] is not None
    assert (read[0].article, read[0].value) == ("12345", 199)
    assert read == [read[0]] * 3
    assert read_embedded(f"1{whole}", [upc]) is None, "a case of them, not the piece"
    assert read_embedded(whole[2:], [upc]) is None
    assert (
        read_embedded("20000000", [upc, EmbeddedRule(prefix="20", kind="price", article_digits=5, value_digits=5)])
        is None
    )


async def shop_with_cheese(db: Database) -> ChannelId:
    """Cheese at 12.99 a kilogram in pieces of 250 g, short code 42; ham with a barcode of its own for codes without a weight."""
    channel = await stores.channel(db)
    cheese = VariantDraft(sku="CHEESE", short_code="42", content_thousandths=250, content_unit="kg")
    (piece,) = await articles.product(db, "Cheese", variants=[cheese])
    ham = VariantDraft(sku="HAM", barcode=code("219999900000"), content_thousandths=1_000, content_unit="kg")
    (whole,) = await articles.product(db, "Ham", variants=[ham])
    (nail,) = await articles.product(db, "Nail", variants=[VariantDraft(sku="NAIL", short_code="77")])
    await prices.prices(db, {piece: 325, whole: 2_050, nail: 5})
    return channel


async def test_the_piece_has_its_weight_and_what_that_costs_or_the_price_that_stands_on_it(db: Database) -> None:
    await shop_with_cheese(db)
    gracia = await stores.location(db)
    with pytest.raises(NotFound):
        await looked_up(db, barcode=code("210004200333"))
    weight = {"kind": "weight", "article_digits": 5, "value_digits": 5}
    spain = await db.transact(add_rule, EmbeddedCodeIn(prefix="21", country="ES", **weight), at=clock.now())  # type: ignore[arg-type]
    await db.transact(add_rule, EmbeddedCodeIn(prefix="22", country="FR", **weight), at=clock.now())  # type: ignore[arg-type]
    own = EmbeddedCodeIn(prefix="21", kind="price", article_digits=5, value_digits=5, location_id=gracia)
    await db.transact(add_rule, own, at=clock.now())

    cheese = await looked_up(db, barcode=code("210004200333"))
    # 3.25 for 250 g is 13.00 a kilogram; 333 g of that are 432.9 cents.
    assert (cheese.variant.sku, cheese.embedded) == (
        "CHEESE",
        EmbeddedOut(kind="weight", weight_grams=333, price=Money(433, "EUR")),
    )
    ham = await looked_up(db, barcode=code("219999900100"))
    assert (ham.variant.sku, ham.embedded) == (
        "HAM",
        EmbeddedOut(kind="weight", weight_grams=100, price=Money(205, "EUR")),
    )
    assert (await looked_up(db, barcode=code("219999900000"))).embedded is None, "the very barcode of an article"
    nail = (await looked_up(db, barcode=code("210007700010"))).embedded
    assert nail == EmbeddedOut(kind="weight", weight_grams=10, price=None), "it has no price by the kilogram"
    in_store = await looked_up(db, barcode=code("210004200333"), store_id=gracia)
    assert in_store.embedded == EmbeddedOut(kind="price", weight_grams=None, price=Money(333, "EUR"))
    with pytest.raises(NotFound):
        await looked_up(db, barcode=code("220004200333"))  # read so in France only
    assert (await looked_up(db, short_code="42")).variant.sku == "CHEESE"

    await db.transact(remove_rule, spain.id)
    with pytest.raises(NotFound):
        await looked_up(db, barcode=code("210004200333"))


async def test_a_rule_that_makes_no_code_and_a_prefix_that_has_one_are_refused(db: Database) -> None:
    good = EmbeddedCodeIn(prefix="21", kind="weight", article_digits=5, value_digits=5)
    await db.transact(add_rule, good, at=clock.now())
    with pytest.raises(AlreadyExists) as taken:
        await db.transact(add_rule, good, at=clock.now())
    assert [each.pointer for each in taken.value.errors] == ["/prefix"]
    with pytest.raises(InvalidInput):
        await db.transact(
            add_rule, EmbeddedCodeIn(prefix="24", kind="weight", article_digits=5, value_digits=4), at=clock.now()
        )
    with pytest.raises(NotFound):
        await db.transact(remove_rule, new_id())


async def test_the_back_office_keeps_the_rules_and_a_till_reads_by_them(server: Served, api: Api) -> None:
    db = server.program.db
    await shop_with_cheese(db)
    client = await callers.service(db, ["catalog:write"])
    token = await callers.token_of(db, server.program.services.tokens, client)  # type: ignore[arg-type]
    rule = {"prefix": "21", "kind": "weight", "article_digits": 5, "value_digits": 5}
    made = await api.as_(token).post("/v1/admin/embedded-codes", rule)
    assert (await api.as_(token).get("/v1/admin/embedded-codes"))["items"] == [made]
    assert (
        await api.as_(token).call("POST", "/v1/admin/embedded-codes", {**rule, "value_digits": 4})
    ).status_code == 400
    found = await api.get(f"/v1/variants/lookup?barcode={code('210004200333')}")
    assert found["embedded"] == {"kind": "weight", "weight_grams": 333, "price": {"amount": 433, "currency": "EUR"}}
    gone = await api.as_(token).call("DELETE", f"/v1/admin/embedded-codes/{made['id']}")
    assert gone.status_code == 204
