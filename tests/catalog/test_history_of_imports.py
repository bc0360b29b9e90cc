"""What a file changed stands in the history of each product, with the import as its cause."""

from commerce import catalog
from commerce.catalog import ProductDraft, PutBy, PutResult, VariantDraft
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.served import Api, Served


def draft(handle: str, title: str, *skus: str, vendor: str = "", grams: int | None = None) -> ProductDraft:
    return ProductDraft(
        handle=handle,
        title=Text3(en=title),
        vendor=vendor,
        options=(Text3(en="Size"),),
        variants=tuple(VariantDraft(sku=sku, option_values=(sku,), weight_grams=grams) for sku in skus),
    )


async def put(db: Database, by: PutBy, *drafts: ProductDraft) -> PutResult:
    return await db.transact(catalog.put_products, drafts, at=clock.now(), by=by)


async def test_a_file_leaves_one_line_for_each_product_that_it_changed(server: Served, admin: Api) -> None:
    db = server.program.db
    person = str(new_id())
    by = PutBy(actor=f"staff:{person}", import_id=new_id())
    cups = [draft("cup", "Cup", "S", "M"), draft("pot", "Pot", "P"), draft("pan", "Pan", "X")]
    await put(db, by, *cups)
    await put(db, by, *cups)
    products = {each["handle"]: each for each in (await admin.get("/v1/admin/products"))["items"]}
    history = {handle: f"/v1/admin/products/{each['id']}/history" for handle, each in products.items()}
    for path in history.values():
        assert (await admin.get(path))["items"] == [], "what was made, and what stayed, has no line"

    before = db.statements
    await put(
        db, by, draft("cup", "Cup", "S", "M", "L", grams=90), draft("pot", "Tea pot", "P", vendor="Acme"), cups[2]
    )
    with_lines = db.statements - before
    before = db.statements
    again = PutBy(actor="service:test", import_id=new_id())
    await put(db, again, *(draft(handle, "Thing", sku) for handle, sku in (("pot", "P"), ("pan", "X"))))
    assert abs(db.statements - before - with_lines) <= 3, "one statement however many products"

    (cup,) = (await admin.get(history["cup"]))["items"]
    assert (cup["actor_kind"], cup["actor_id"], cup["operation"]) == ("staff", person, "startImport")
    assert cup["import_id"] == str(by.import_id)
    assert cup["before"] == {"variants": {"S": {"weight_grams": None}, "M": {"weight_grams": None}}}
    assert {sku: each["weight_grams"] for sku, each in cup["after"]["variants"].items()} == {"S": 90, "M": 90, "L": 90}
    latest, pot = (await admin.get(history["pot"]))["items"]
    assert (pot["before"]["title"]["en"], pot["before"]["vendor"]) == ("Pot", "")
    assert (pot["after"]["title"]["en"], pot["after"]["vendor"]) == ("Tea pot", "Acme")
    assert (latest["import_id"], latest["actor_kind"], latest["actor_id"]) == (str(again.import_id), "service", None)
    (pan,) = (await admin.get(history["pan"]))["items"]
    assert pan["after"]["title"]["en"] == "Thing"
    await admin.patch(f"/v1/admin/products/{products['pan']['id']}", {"vendor": "House"}, if_match='"2"')
    latest, _ = (await admin.get(history["pan"]))["items"]
    assert (latest["operation"], latest["import_id"]) == ("changeProduct", None)
