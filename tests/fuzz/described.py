"""What products are described by, bulk edits that were looked at and made; and a valid request for each act on them."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any
REACHED = {"postal_address": "Street 1, Town", "electronic_address": "safety@example.com", "country": "ES"}
CHOICES = [{"code": "red", "label": {"es": "Rojo"}}, {"code": "blue", "label": {"es": "Azul"}}]


async def define(builder: "Builder") -> None:
    """Makes them, over HTTP: each noun once in use and once unused, and a product that says all that it can."""
    seen, post = builder.seen, builder.admin.post
    colour = {"code": "colour", "name": {"en": "Colour"}, "kind": "choice", "choices": CHOICES, "filterable": True}
    await post("/v1/admin/attributes", colour)
    for code, own in (("shade", {"for_variants": True}), ("unused", {})):
        await post("/v1/admin/attributes", {"code": code, "name": {"en": code}, "kind": "text", **own})
    for code, has in (("lamp", ["colour", "shade"]), ("unused", [])):
        await post("/v1/admin/product-types", {"code": code, "name": {"en": code}, "attributes": has})
        await post("/v1/admin/custom-fields", {"code": code, "name": {"en": code}, "kind": "text", "shown": True})
    for code in ("maker", "unused"):
        seen[f"party.{code}"] = await post("/v1/admin/parties", {"code": code, "name": code.title(), **REACHED})
    lamp = {
        "title": {"en": "Lamp"},
        "product_type": "lamp",
        "tags": ["bright"],
        "attributes": {"colour": "red"},
        "custom": {"lamp": "A-1"},
        "maker_id": seen["party.maker"]["id"],
        "warnings": {"en": "Hot"},
        "assortment": [{"location_id": builder.world.id("location.gracia")}],
        "variants": [
            {"sku": "LAMP", "attributes": {"shade": "dark"}, "more_barcodes": ["LAMP-BOX"], "short_code": "9"}
        ],
    }
    seen["product.described"] = await post("/v1/admin/products", lamp)
    edit = {"selection": {"tag": "bright"}, "changes": {"add_tags": ["new"]}}
    for name in ("looked_at", "spare"):
        seen[f"bulk_edit.{name}"] = await post("/v1/admin/bulk-edits", edit)


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    product = {"product_id": w.id("product.described")}
    edit = {"bulk_edit_id": w.id("bulk_edit.looked_at")}
    return {
        **_definitions(w),
        "previewBulkEdit": {
            "body": {
                "selection": {"status": "draft", "product_type": "lamp"},
                "changes": {"vendor": "House", "attributes": {"colour": None}, "status": "published"},
            }
        },
        "getBulkEdit": {"path": edit},
        "listBulkEditProducts": {"path": edit},
        "applyBulkEdit": {"path": {"bulk_edit_id": w.id("bulk_edit.spare")}, "body": {"version": 1}},
        "listProductHistory": {"path": product},
        "listProductMissing": {"path": product},
        "listAdminVariants": {"path": {"product_id": w.id("product.cup")}},
    }


def _definitions(w: "World") -> dict[str, Json]:
    found: dict[str, Json] = {}
    text = {"name": {"en": "Other"}, "kind": "text"}
    for noun, many, key, used, new, changes in (
        (
            "Attribute",
            "Attributes",
            "attribute",
            "colour",
            {"code": "size", **text},
            {"choices": [*CHOICES, {"code": "green"}]},
        ),
        (
            "ProductType",
            "ProductTypes",
            "product_type",
            "lamp",
            {"code": "hat", "name": {"en": "Hat"}},
            {"required": ["colour"]},
        ),
        ("CustomField", "CustomFields", "custom_field", "lamp", {"code": "shelf", **text}, {"limits": {"most": 30}}),
    ):
        found |= {
            f"list{many}": {"query": {"limit": "1"}},
            f"create{noun}": {"body": new},
            f"get{noun}": {"path": {key: used}},
            f"change{noun}": {"path": {key: used}, "body": changes},
            f"delete{noun}": {"path": {key: "unused"}},
        }
    maker = {"party_id": w.id("party.maker")}
    return found | {
        "listParties": {},
        "createParty": {"body": {"code": "other", "name": "Other", **REACHED}},
        "getParty": {"path": maker},
        "changeParty": {"path": maker, "body": {"country": "PT"}},
        "deleteParty": {"path": {"party_id": w.id("party.unused")}},
    }
