"""Where the shop sells and from where it sends, by which methods, with which taxes."""

from typing import TYPE_CHECKING, Any, TypeAlias

from commerce import tax
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money

if TYPE_CHECKING:
    from tests.fuzz.world import Builder

Json: TypeAlias = Any


async def open_places(builder: "Builder") -> None:
    """Opens them, over HTTP."""
    post = builder.admin.post
    web = {"code": "web", "name": "Web", "currency": "EUR", "country": "ES", "languages": ["es", "ca", "en"]}
    web["product_url"] = "https://shop.example.com/{language}/{slug}"
    builder.seen["channel.web"] = await post("/v1/admin/channels", web)
    outlet = {**web, "code": "outlet", "name": "Outlet", "languages": ["en"]}
    builder.seen["channel.outlet"] = await post("/v1/admin/channels", outlet)
    hours = [{"weekday": day, "opens": "09:00", "closes": "20:00"} for day in range(1, 7)]
    for code, kind in (("gracia", "store"), ("sants", "store"), ("depot", "warehouse"), ("empty", "store")):
        body = {
            "code": code,
            "name": code.title(),
            "kind": kind,
            "timezone": "Europe/Madrid",
            "country": "ES",
            "address": {"line1": "Carrer Gran 1", "postal_code": "08012", "city": "Barcelona"},
            "latitude": 41.4,
            "longitude": 2.15,
            "pickup": kind == "store",
            "ships": kind == "warehouse",
            "lead_minutes": 60,
            "hours": hours,
        }
        builder.seen[f"location.{code}"] = await post("/v1/admin/locations", body)
    spain = {"code": "es", "name": "Spain", "country": "ES", "days": [{"day": "2026-12-25", "name": "Christmas"}]}
    builder.seen["holidays.es"] = await post("/v1/admin/holiday-calendars", spain)
    for code, kind, amount in (("collect", "pickup", 0), ("parcel", "ship", 495), ("van", "ship", 990)):
        body = {
            "code": code,
            "name": {"en": code.title()},
            "kind": kind,
            "price": {"amount": amount, "currency": "EUR"},
            "tax_category": "standard",
        }
        if code == "collect":
            await _taxes(builder)
        builder.seen[f"method.{code}"] = await post("/v1/admin/delivery-methods", body)


async def _taxes(builder: "Builder") -> None:
    await builder.admin.post("/v1/admin/tax-categories", {"code": "standard", "name": "Standard"})
    rate = {
        "category": "standard",
        "country": "ES",
        "rate": "0.21",
        "name": "IVA",
        "valid_from": "2020-01-01",
    }
    builder.seen["rate.spain"] = await builder.admin.post("/v1/admin/tax-rates", rate)
    await builder.admin.post("/v1/admin/tax-profiles", {"zone": "FR", "rounding": "document"})
    await builder.admin.post("/v1/admin/tax-sellers", {"country": "ES", "distance": "origin"})
    fee = {
        "code": "bottle",
        "kind": "deposit",
        "amount": {"amount": 25, "currency": "EUR"},
        "tax_category": "standard",
    }
    builder.seen["fee.bottle"] = await builder.admin.post("/v1/admin/fees", {**fee, "variant_id": str(new_id())})
    supply = tax.ExemptSupply(order_id=new_id(), kind="export", origin="ES", destination="CH", net=Money(5_000, "EUR"))
    await builder.db.transact(tax.record_exempt_supply, supply, at=clock.now())
    (builder.seen["supply.exempt"],) = (await builder.admin.get("/v1/admin/exempt-supplies"))["items"]
