"""The shop that the demo opens, through the back office: channel, tax, places, a promotion with its code, catalogue, stock, terminals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from commerce.demo.client import Client, Json

BUNDLED = Path(__file__).parent / "catalog.csv"
BATCH = 100
ON_EACH_SHELF = 12
IN_THE_WAREHOUSE = 40
DAYS = range(1, 7)
STORES = (
    ("gracia", "Gràcia", "Europe/Madrid", "ES", "Barcelona", "08012", 41.4036, 2.1561, ("10:00", "20:30")),
    ("chiado", "Chiado", "Europe/Lisbon", "PT", "Lisboa", "1200-094", 38.7107, -9.1420, ("10:00", "20:00")),
    ("kallio", "Kallio", "Europe/Helsinki", "FI", "Helsinki", "00530", 60.1841, 24.9497, ("09:00", "19:00")),
)
# Standard rates of value added tax in force in 2026, as the European Commission's TEDB lists them.
TAX = (("ES", "0.21"), ("PT", "0.23"), ("FI", "0.255"))
CODE = "WELCOME-10"


@dataclass
class Place:
    """A location and the client of its terminal."""

    id: str
    name: str
    city: str
    timezone: str
    open_today: str
    terminal: Client


@dataclass
class Shop:
    """What the demo knows of the shop that it opened."""

    stores: list[Place] = field(default_factory=list)
    warehouse: Place | None = None
    shipping_method_id: str = ""
    variants: int = 0
    imported: Json = None

    @property
    def names(self) -> dict[str, str]:
        """The names of its places, by id."""
        return {place.id: place.name for place in (*self.stores, *([self.warehouse] if self.warehouse else []))}


def open_shop(admin: Client, catalog: Path, currency: str = "EUR") -> Shop:
    """Opens the shop with an administrator's token."""
    open_channel(admin, currency)
    shop = Shop()
    _taxes(admin)
    _delivery(admin, shop, currency)
    _promotion(admin)
    for code, name, zone, country, city, postal_code, latitude, longitude, hours in STORES:
        body = {
            "code": code,
            "name": name,
            "kind": "store",
            "timezone": zone,
            "country": country,
            "address": {"line1": "High Street 1", "postal_code": postal_code, "city": city},
            "latitude": latitude,
            "longitude": longitude,
            "pickup": True,
            "ships": False,
            "lead_minutes": 60,
            "hours": [{"weekday": day, "opens": hours[0], "closes": hours[1]} for day in DAYS],
        }
        shop.stores.append(_place(admin, body))
    shop.warehouse = _place(
        admin,
        {
            "code": "zaragoza",
            "name": "Zaragoza warehouse",
            "kind": "warehouse",
            "timezone": "Europe/Madrid",
            "country": "ES",
            "address": {"line1": "Warehouse Road 1", "postal_code": "50197", "city": "Zaragoza"},
            "pickup": False,
            "ships": True,
            "lead_minutes": 120,
            "hours": [{"weekday": day, "opens": "06:00", "closes": "22:00"} for day in DAYS],
        },
    )
    shop.imported = import_catalog(admin, catalog)
    _stock(admin, shop)
    return shop


def open_channel(admin: Client, currency: str) -> None:
    """Opens the web channel, the default one."""
    body = {"code": "web", "name": "Web", "currency": currency, "country": "ES", "languages": ["es", "ca", "en"]}
    admin.post("/v1/admin/channels", body)


def import_catalog(admin: Client, catalog: Path) -> Json:
    """Imports a product file in Shopify's format and waits until the job is done."""
    job = admin.upload("/v1/admin/imports", catalog.read_bytes(), "text/csv")
    return admin.until(f"/v1/jobs/{job['id']}", lambda each: each["state"] not in {"waiting", "queued", "running"})


def _taxes(admin: Client) -> None:
    known = {each["code"] for each in admin.get("/v1/admin/tax-categories")["items"]}
    if "standard" not in known:
        admin.post("/v1/admin/tax-categories", {"code": "standard", "name": "Standard"})
    rates = {
        (each["category"], each["country"])
        for each in admin.get("/v1/admin/tax-rates", category="standard", limit=100)["items"]
    }
    for country, rate in TAX:
        if ("standard", country) not in rates:
            body = {
                "category": "standard",
                "country": country,
                "rate": rate,
                "name": f"VAT {country}",
                "valid_from": "2025-01-01",
            }
            admin.post("/v1/admin/tax-rates", body)


def _delivery(admin: Client, shop: Shop, currency: str) -> None:
    pickup = {
        "code": "pickup",
        "name": {"en": "Collect in the store", "es": "Recogida en tienda", "ca": "Recollida a la botiga"},
        "kind": "pickup",
        "price": {"amount": 0, "currency": currency},
        "tax_category": "standard",
    }
    parcel = {
        "code": "parcel",
        "name": {"en": "Parcel to your door", "es": "Envío a domicilio", "ca": "Enviament a domicili"},
        "kind": "ship",
        "price": {"amount": 495, "currency": currency},
        "tax_category": "standard",
        "min_days": 1,
        "max_days": 3,
    }
    admin.post("/v1/admin/delivery-methods", pickup)
    shop.shipping_method_id = admin.post("/v1/admin/delivery-methods", parcel)["id"]


def _promotion(admin: Client) -> None:
    """Publishes a tenth off all articles together, for whoever has the code."""
    body = {
        "code": "welcome",
        "name": {"en": "Welcome: 10 % off", "es": "Bienvenida: 10 % menos", "ca": "Benvinguda: 10 % menys"},
        "conditions": {"code": True},
        "effect": {"kind": "percent_off", "rate": "0.1", "of": "order"},
    }
    draft = admin.post("/v1/admin/promotions", body)
    path = f"/v1/admin/promotions/{draft['id']}"
    admin.post(f"{path}/codes", {"code": CODE})
    admin.post(f"{path}/publish", {"version": draft["version"]})


def _place(admin: Client, body: dict[str, object]) -> Place:
    made = admin.post("/v1/admin/locations", body)
    terminal = admin.post("/v1/terminals", {"name": f"{made['name']} counter", "location_id": made["id"]})
    token = terminal_token(admin, terminal)
    city = made["address"]["city"]
    return Place(made["id"], made["name"], city, made["timezone"], _open_today(made), admin.as_(token))


def _open_today(location: Json) -> str:
    """Says when a location is open on this day of its own, in its own time."""
    now = datetime.now(ZoneInfo(location["timezone"]))
    today = [each for each in location["hours"] if each["weekday"] == now.isoweekday()]
    hours = " and ".join(f"{each['opens'][:5]} to {each['closes'][:5]}" for each in today)
    return f"{now:%a %H:%M} there, {'open ' + hours if hours else 'closed today'}"


def terminal_token(admin: Client, terminal: Json) -> str:
    """Gives a terminal's access token for its secret."""
    credentials = {
        "grant_type": "client_credentials",
        "client_id": terminal["client_id"],
        "client_secret": terminal["client_secret"],
    }
    return str(admin.as_(None).form("/v1/auth/token", credentials)["access_token"])


def _stock(admin: Client, shop: Shop) -> None:
    variants = _stocked(admin, shop)
    places = [*shop.stores, *([shop.warehouse] if shop.warehouse else [])]
    lines = [
        {
            "variant_id": variant,
            "location_id": place.id,
            "delta": IN_THE_WAREHOUSE if place is shop.warehouse else ON_EACH_SHELF,
        }
        for variant in variants
        for place in places
    ]
    for start in range(0, len(lines), BATCH):
        admin.post("/v1/stock/adjustments", {"reason": "first delivery", "lines": lines[start : start + BATCH]})


def _stocked(admin: Client, shop: Shop) -> Sequence[str]:
    """Gives the articles of which stock is kept: not the services of a catalogue."""
    found: list[Json] = []
    cursor: str | None = None
    while True:
        page = admin.get("/v1/products", limit=100, **({"cursor": cursor} if cursor else {}))
        for card in page["items"]:
            found += admin.get(f"/v1/admin/products/{card['id']}")["variants"]
        cursor = page["next_cursor"]
        if cursor is None:
            shop.variants = len(found)
            return [variant["id"] for variant in found if variant["stock"] == "kept"]
