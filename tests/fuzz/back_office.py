"""What who runs the shop asks for: people, customers, places, the catalogue, stock, and how the server is."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import World
from tests.given.identity import PASSWORD

Json: TypeAlias = Any


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    return {**_people(w), **_customers(w), **_places(w), **_channels(w), **_catalogue(w), **_operation(w)}


def _people(w: "World") -> dict[str, Json]:
    grant = {"role_id": w.id("role.counter"), "location_id": w.id("location.gracia")}
    staff, role = {"staff_id": w.id("staff.somebody")}, {"role_id": w.id("role.unused")}
    new = {"email": "new@shop.example", "name": "New", "password": PASSWORD, "language": "es", "roles": [grant]}
    client, terminal = {"client_id": w.id("client.revoked")}, {"terminal_id": w.id("terminal.revoked")}
    place = w.id("location.gracia")
    return {
        "listStaff": {"query": {"limit": "1"}},
        "createStaff": {"body": new},
        "getStaff": {"path": staff},
        "changeStaff": {"path": staff, "body": {"name": "Somebody Else", "roles": [grant]}},
        "inviteStaff": {"path": {"staff_id": w.id("staff.invited")}},
        "listScopes": {},
        "listRoles": {"query": {"limit": "2"}},
        "createRole": {"body": {"code": "picker", "name": "Picker", "scopes": ["fulfilment:work"]}},
        "getRole": {"path": role},
        "changeRole": {"path": {"role_id": w.id("role.counter")}, "body": {"name": "Desk", "scopes": ["orders:read"]}},
        "deleteRole": {"path": role},
        "listApiClients": {},
        "createApiClient": {"body": {"name": "ERP", "scopes": ["stock:read"], "location_ids": [place]}},
        "getApiClient": {"path": client},
        "revokeApiClient": {"path": client},
        "listTerminals": {},
        "createTerminal": {"body": {"name": "Till 9", "location_id": place}},
        "getTerminal": {"path": terminal},
        "revokeTerminal": {"path": terminal},
        "listAuditLog": {"query": {"since": "2026-01-01T00:00:00Z", "limit": "5"}},
    }


def _customers(w: "World") -> dict[str, Json]:
    group, unused = {"group_id": w.id("group.vip")}, {"group_id": w.id("group.unused")}
    customer, mine = {"customer_id": w.id("customer.leaving")}, {"who": "shopper"}
    business = {"company_name": "Ca la Maria", "country": "GR", "vat_number": "EL 094259216"}
    members = {"join": [w.id("customer.shopper")], "leave": [w.id("customer.leaving")]}
    return {
        "listCustomerGroups": {"query": {"kind": "group", "limit": "1"}},
        "createCustomerGroup": {"body": {"code": "lapsed", "name": {"ca": "Perduts"}, "kind": "segment"}},
        "getCustomerGroup": {"path": group},
        "changeCustomerGroup": {"path": group, "body": {"name": {"es": "Preferentes"}}},
        "deleteCustomerGroup": {"path": unused},
        "listCustomerGroupMembers": {"path": group, "query": {"limit": "2"}},
        "changeCustomerGroupMembers": {"path": group, "body": members},
        "listGroupsOfCustomer": {"path": customer},
        "getBusinessOfCustomer": {"path": customer},
        "setBusinessOfCustomer": {"path": customer, "body": business},
        "removeBusinessOfCustomer": {"path": customer},
        "getMyBusiness": mine,
        "setMyBusiness": {**mine, "body": business},
        "removeMyBusiness": mine,
    }


def _places(w: "World") -> dict[str, Json]:
    path = {"location_id": w.id("location.empty")}
    day = {**path, "day": "2026-12-24"}
    at = f"/v1/admin/locations/{path['location_id']}"
    hours = [{"weekday": 1, "opens": "10:00", "closes": "14:00"}, {"weekday": 1, "opens": "16:00", "closes": "24:00"}]
    new = {
        "code": "new",
        "name": "New",
        "timezone": "Europe/Lisbon",
        "country": "PT",
        "address": {"line1": "Rua 1", "city": "Lisboa"},
        "hours": hours,
    }
    holidays = {"calendar_id": w.id("holidays.es")}
    of_holidays = f"/v1/admin/holiday-calendars/{holidays['calendar_id']}"
    return {
        "adminListLocations": {"query": {"limit": "2"}},
        "openLocation": {"body": new},
        "adminGetLocation": {"path": path},
        "changeLocation": {"path": path, "body": {"name": "Other", "phone": None, "lead_minutes": 90}},
        "setLocationHours": {"path": path, "body": {"hours": hours}, "version_at": at},
        "setLocationException": {
            "path": day,
            "body": {"hours": [{"opens": "10:00", "closes": "14:00"}], "reason": "Christmas Eve"},
            "version_at": at,
        },
        "dropLocationException": {"path": day, "version_at": at},
        "setLocationService": {
            "path": {**path, "service": "pickup"},
            "body": {
                "lead_minutes": 30,
                "daily_capacity": 40,
                "slot_minutes": 30,
                "slot_capacity": 4,
                "cutoffs": [{"weekday": 6, "at": "14:00"}],
            },
            "version_at": at,
        },
        "dropLocationService": {"path": {**path, "service": "pickup"}, "version_at": at},
        "pauseLocation": {"path": path, "body": {"reason": "flood", "until": "2030-01-01T10:00:00Z"}},
        "resumeLocation": {"path": path},
        "followHolidayCalendars": {
            "path": path,
            "body": {"calendars": [w.seen["holidays.es"]["code"]]},
            "version_at": at,
        },
        "listHolidayCalendars": {"query": {"limit": "2"}},
        "createHolidayCalendar": {
            "body": {"code": "pt", "name": "Portugal", "country": "PT", "days": [{"day": "2026-06-10", "name": "Day"}]}
        },
        "getHolidayCalendar": {"path": holidays},
        "putHolidayCalendar": {"path": holidays, "body": {"name": "Spain", "days": []}, "version_at": of_holidays},
    }


def _channels(w: "World") -> dict[str, Json]:
    channel = {"channel_id": w.id("channel.outlet")}
    web = {"code": "app", "name": "App", "currency": "EUR", "country": "PT", "languages": ["en"]}
    return {
        "listChannels": {},
        "openChannel": {"body": web},
        "getChannel": {"path": channel},
        "changeChannel": {"path": channel, "body": {"name": "Outlet 2", "languages": ["en", "es"]}},
        "getSettings": {},
        "changeSettings": {"body": {"shop_name": "A shop", "return_days": 30}},
    }


def _catalogue(w: "World") -> dict[str, Json]:
    product, unused = {"product_id": w.id("product.draft")}, {"product_id": w.id("product.unused")}
    variant = {"variant_id": w.seen["product.draft"]["variants"][0]["id"]}
    other = {"variant_id": w.seen["product.draft"]["variants"][1]["id"]}
    category = {"category_id": w.id("category.unused")}
    new = {
        "title": {"en": "Bowl", "es": "Cuenco", "ca": "Bol"},
        "tags": ["clay"],
        "publish": True,
        "options": [{"en": "Size"}],
        "images": [{"url": "https://images.example/bowl.jpg", "alt": "A bowl"}],
        "category_ids": [w.id("category.kitchen")],
        "variants": [{"sku": "BOWL", "option_values": ["one"], "barcode": "4006381333931", "weight_grams": 250}],
    }
    return {
        "listAdminProducts": {"query": {"status": "draft", "q": "draft", **category}},
        "listAdminCategories": {"query": {"limit": "2"}},
        "createProduct": {"body": new},
        "getAdminProduct": {"path": product},
        "changeProduct": {"path": product, "body": {"title": {"en": "Draft 2"}, "vendor": "Maker"}},
        "deleteProduct": {"path": unused},
        "publishProduct": {"path": product},
        "withdrawProduct": {"path": {"product_id": w.id("product.old")}},
        "addVariant": {"path": product, "body": {"sku": "DRAFT-XL", "option_values": ["xl"]}},
        "getVariant": {"path": variant},
        "changeVariant": {"path": variant, "body": {"sku": "DRAFT-XS", "weight_grams": None}},
        "deleteVariant": {"path": other},
        "createCategory": {"body": {"name": {"en": "Garden"}, "parent_id": w.id("category.kitchen"), "position": 3}},
        "getAdminCategory": {"path": category},
        "changeCategory": {"path": category, "body": {"name": {"en": "Used"}, "parent_id": None}},
        "deleteCategory": {"path": category},
        "startImport": {
            "content": b"Handle,Title,Variant SKU,Variant Price\nvase,Vase,VASE,30.00\n",
            "media_type": "text/csv",
            "query": {"lang": "en", "currency": "EUR"},
        },
        "listImports": {},
        "stopImport": {"path": {"import_id": w.id("import.waiting")}},
        "getImport": {"path": {"import_id": w.id("import.done")}},
        "streamJob": {"path": {"job_id": w.id("import.done")}, "query": {"seconds": "1"}},
        "listImportDifferences": {"path": {"import_id": w.id("import.done")}},
        "exportProductsCsv": {},
        "exportProductsJsonl": {},
        "listImportErrors": {"path": {"import_id": w.id("import.done")}},
        "getJob": {"path": {"job_id": w.id("import.done")}},
    }


def _operation(w: "World") -> dict[str, Json]:
    cup, place = w.seen["product.cup"]["variants"][0]["id"], w.id("location.gracia")
    line = {"variant_id": cup, "location_id": place, "delta": 3}
    asks = w.seen["product.unused"]["variants"][1]["id"]
    kept = {"variant_id": cup, "location_id": place}
    return {
        "listStock": {"who": "terminal", "query": {"variant_id": cup}},
        "explainStock": {"who": "terminal", "path": {"variant_id": cup}},
        "listStockMovements": {"who": "terminal", "query": {"location_id": place, "kind": "adjusted"}},
        "listReservations": {"who": "terminal", "query": {"variant_id": cup}},
        "listLots": {"who": "terminal", "query": {"variant_id": cup, "expiring_before": "2026-12-31"}},
        "listSerials": {"who": "terminal", "query": {"variant_id": cup, "serial": "SN-1", "spot": "shelf"}},
        "listTraces": {"who": "terminal", "query": {"variant_id": cup, "code": "SN-1"}},
        "listTracking": {},
        "getTracking": {"path": {"variant_id": asks}},
        "setTracking": {
            "path": {"variant_id": asks},
            "body": {"tracking": "lot", "dated": True, "reason": "It spoils"},
        },
        "listTrackingChanges": {"path": {"variant_id": asks}},
        "proveStock": {"query": {"articles": "5"}},
        "getKeptBack": {"path": kept},
        "setKeptBack": {
            "path": kept,
            "body": {
                "safety": 1,
                "buffers": [{"channel_id": w.id("channel.web"), "units": 2}],
                "reason": "The last ones are often damaged",
            },
            "version_at": f"/v1/admin/stock/{cup}/{place}",
        },
        "listKeptBackChanges": {"path": kept},
        "getSupplyTerms": {"path": kept},
        "setSupplyTerms": {
            "path": kept,
            "body": {"kind": "back_order", "allowed": 3, "lead_days": 10, "reason": "The potter makes more"},
            "version_at": f"/v1/admin/supply-terms/{cup}/{place}",
        },
        "listSupplyTermsChanges": {"path": kept},
        "listSupplyClaims": {"query": {"variant_id": cup, "location_id": place, "limit": "5"}},
        "adjustStock": {"body": {"reason": "found some", "lines": [line]}},
        "getHealth": {"who": "nobody"},
        "getReady": {"who": "nobody"},
        "getMetrics": {"who": "nobody"},
        "listEvents": {"query": {"limit": "5"}},
    }
