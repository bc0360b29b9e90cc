"""One look-up everywhere: what the server finds behind a code and what a till without a network finds in its bundle are the same."""

from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import msgspec

from commerce.catalog import Status, VariantDraft
from commerce.catalog.change_variants import change_variant
from commerce.catalog.schemas import VariantPatch
from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.embedded_codes import check_digit, verifier
from commerce.storefront.embedded import EmbeddedCodeIn, add_rule, remove_rule
from tests.given import catalog, pricing
from tests.till.conftest import Till
from tests.till.offline import FoundOffline, offline

WEIGHT = {"prefix": "21", "kind": "weight", "article_digits": 5, "value_digits": 5}
PRICE = {"prefix": "23", "kind": "price", "article_digits": 4, "value_digits": 5, "verified": True}
LONGER = {"prefix": "215", "kind": "weight", "article_digits": 4, "value_digits": 5, "scale": 1}


def ean(digits: str) -> str:
    return digits + check_digit(digits)


def wrong(code: str) -> str:
    """The same code with another last digit."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def verified(article: str, price: str) -> str:
    return ean(f"23{article}{verifier(price)}{price}")


async def counter(till: Till) -> None:
    """A delicatessen: cheese at 3.25 for 250 g with the short code 42, ham with a barcode for codes without a weight, tea with four barcodes on
    a list without tax, a nail with no content, things that nobody may buy here, and rules of everywhere, of the country and of the store.
    """

    async def article(sku: str, amount: int | None, *, status: Status = Status.PUBLISHED, **how: object) -> UUID:
        draft = msgspec.convert({"sku": sku, **how}, VariantDraft)
        (variant,) = await catalog.product(till.db, sku, variants=[draft], status=status)
        if amount is not None:
            await pricing.prices(till.db, {variant: amount})
        return variant

    await article("CHEESE", 325, short_code="42", content_thousandths=250, content_unit="kg")
    await article("HAM", 2_050, barcode=ean("219999900000"), content_thousandths=1_000, content_unit="kg")
    codes = ["4006381333931", "036000291452", "96385074", "Tea-Box/1"]
    tea = await article(
        "tea-Loose", 999, barcodes=tuple(codes), content_thousandths=100, content_unit="kg", short_code="t5"
    )
    net = await pricing.price_list(till.db, priority=3, includes_tax=False, store_id=till.shop.gracia)
    await pricing.prices(till.db, {tea: 333}, list_id=net)
    await article("NAIL", 5, short_code="77")
    await article("OIL", 799, short_code="88", content_thousandths=750, content_unit="l")
    await article("GIFT", None, short_code="4321")
    await article("DRAFT", 5, short_code="66", barcode=ean("210004200000"), status=Status.DRAFT)
    await article("FIVE", 100, short_code="5001", content_thousandths=1_000, content_unit="kg")
    for rule in (WEIGHT, PRICE, LONGER, {**WEIGHT, "prefix": "24", "country": "FR"}):
        await till.db.transact(add_rule, msgspec.convert(rule, EmbeddedCodeIn), at=time.now())
    own = {**WEIGHT, "prefix": "22", "kind": "price", "location_id": till.shop.gracia}
    await till.db.transact(add_rule, msgspec.convert({**WEIGHT, "prefix": "22"}, EmbeddedCodeIn), at=time.now())
    await till.db.transact(add_rule, msgspec.convert(own, EmbeddedCodeIn), at=time.now())


CODES = [
    ("sku", "CHEESE"),
    ("sku", " tea-loose "),
    ("sku", "CHEES"),
    ("sku", "DRAFT"),
    ("short_code", "42"),
    ("short_code", "T5"),
    ("short_code", "042"),
    ("short_code", "66"),
    ("barcode", "4006381333931"),
    ("barcode", "04006381333931"),
    ("barcode", "0036000291452"),
    ("barcode", "036000291452"),
    ("barcode", "96385074"),
    ("barcode", "tea-box/1"),
    ("barcode", wrong("4006381333931")),
    ("barcode", ean("210004200333")),
    ("barcode", ean("210004200000")),  # a draft's own barcode, and a piece of cheese that weighs nothing
    ("barcode", wrong(ean("210004200333"))),
    ("barcode", ean("210000000333")),
    ("barcode", ean("210012300333")),
    ("barcode", ean("219999900000")),
    ("barcode", ean("219999900001")),
    ("barcode", ean("219999999999")),
    ("barcode", ean("210007700010")),
    ("barcode", ean("210008800500")),
    ("barcode", ean("215500100250")),  # the longer prefix: tens of grams
    ("barcode", ean("220004200333")),  # the store's own rule: a price
    ("barcode", ean("240004200333")),  # read so in another country
    ("barcode", verified("0042", "01999")),
    ("barcode", verified("4321", "00250")),
    ("barcode", verified("0042", "00000")),
    ("barcode", ean("230042" + str((int(verifier("01999")) + 1) % 10) + "01999")),
    ("barcode", "²11234500750X"),
    ("barcode", "21"),
]


async def online(till: Till) -> list[FoundOffline | None]:
    """What the server finds in the till's store."""
    found: list[FoundOffline | None] = []
    for by, code in CODES:
        path = f"/v1/variants/lookup?{by}={quote(code)}&store={till.shop.gracia}"
        answer = await till.api.call("GET", path)
        if answer.status_code == 404:
            found.append(None)
            continue
        assert answer.status_code == 200, (by, code, answer.text)
        body = answer.json()
        variant, read = body["variant"], body["embedded"] or {}
        found.append(
            FoundOffline(
                variant_id=UUID(variant["id"]),
                price=variant["price"] and variant["price"]["amount"],
                kind=read.get("kind"),
                weight_grams=read.get("weight_grams"),
                piece=read.get("price") and read["price"]["amount"],
            )
        )
    return found


async def test_a_till_without_a_network_finds_the_article_the_weight_and_the_price_that_the_server_finds(
    till: Till, clock: HeldClock, tmp_path: Path
) -> None:
    await counter(till)
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(await till.bundle())
    found = await online(till)
    assert offline(bundle, [], time.now(), codes=CODES).found == found
    told = dict(zip(CODES, found, strict=True))
    piece = told["barcode", ean("210004200333")]
    assert piece is not None
    assert (piece.price, piece.weight_grams, piece.piece) == (325, 333, 433)
    assert told["barcode", ean("210004200000")] is None, "no piece weighs nothing"
    tea = told["barcode", "96385074"]
    assert tea is not None
    assert tea.price == 403, "3.33 and 21 % of it"
    assert told["barcode", wrong(ean("210004200333"))] is None
    assert sum(each is not None for each in found) == 20
    await till.server.work()


async def test_codes_and_rules_that_change_reach_the_till_with_the_next_delta(
    till: Till, clock: HeldClock, tmp_path: Path
) -> None:
    await counter(till)
    await till.server.work()
    bundle, delta = tmp_path / "bundle.json", tmp_path / "delta.json"
    bundle.write_bytes(await till.bundle())
    rules = (await till.admin.get("/v1/admin/embedded-codes"))["items"]
    (weight,) = (each for each in rules if each["prefix"] == "21")
    await till.db.transact(remove_rule, UUID(weight["id"]))
    new = {**WEIGHT, "prefix": "21", "article_digits": 6, "value_digits": 4}
    await till.db.transact(add_rule, msgspec.convert(new, EmbeddedCodeIn), at=time.now())
    tea = await till.api.get("/v1/variants/lookup?sku=TEA-LOOSE")
    patch = VariantPatch(short_code="123", more_barcodes=["4012345678901", "5901234123457"])
    await till.db.transact(change_variant, UUID(tea["variant"]["id"]), 1, patch, at=time.now())
    clock.move(minutes=1)
    version = msgspec.json.decode(bundle.read_bytes())["version"]
    delta.write_bytes(await till.bundle(f"?since={version}"))
    sent = msgspec.json.decode(delta.read_bytes())
    assert (sent["since"], [each["sku"] for each in sent["articles"]]) == (version, ["tea-Loose"])
    assert [each["prefix"] for each in sent["embedded_codes"]] == ["21", "215", "22", "23"]
    found = await online(till)
    assert offline(bundle, [], time.now(), deltas=[delta], codes=CODES).found == found
    told = dict(zip(CODES, found, strict=True))
    assert told["short_code", "T5"] is None
    assert told["barcode", "96385074"] is None
    await till.server.work()
