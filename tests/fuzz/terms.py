"""What a basket is priced and sourced by, as who sets it asks for it: prices, promotions, sourcing rules, simulations, taxes."""

from typing import Any, TypeAlias

from tests.fuzz.rules import A_MONTH
from tests.fuzz.world import World

Json: TypeAlias = Any


def examples(w: World) -> dict[str, Json]:
    """Gives the request for each operation."""
    return {**_prices(w), **_delivery(w), **_promotions(w), **_sourcing(w), **_simulations(w), **_tax(w)}


def _prices(w: World) -> dict[str, Json]:
    main, cup = {"list_id": w.id("list.main")}, w.seen["product.cup"]["variants"][0]["id"]
    of_cup = {**main, "variant_id": cup}
    price = {"amount": 2099, "currency": "EUR"}
    return {
        "listPriceLists": {"query": {"limit": "1"}},
        "createPriceList": {
            "body": {
                "code": "b2b",
                "name": "B2B",
                "currency": "EUR",
                "priority": 5,
                "store_id": w.id("location.gracia"),
                "starts_at": "2026-11-27T00:00:00Z",
                "store_time": True,
            }
        },
        "getPriceList": {"path": main},
        "changePriceList": {"path": {"list_id": w.id("list.sale")}, "body": {"name": "Sale!", "ends_at": None}},
        "listPrices": {"path": main},
        "setPrices": {
            "path": main,
            "body": {
                "prices": [
                    {"variant_id": cup, "price": price, "compare_at": None},
                    {"variant_id": cup, "price": price, "min_quantity": 10, "starts_at": "2900-01-01T00:00:00Z"},
                ]
            },
        },
        "removePrice": {"path": of_cup},
        "listPriceChanges": {"path": of_cup},
        "announceReduction": {
            "path": {"list_id": w.id("list.sale")},
            "body": {
                "percent": "0.20",
                "variant_ids": [w.seen["product.plate"]["variants"][0]["id"]],
                "perishable": False,
            },
        },
        "listLabels": {
            "who": "terminal",
            "query": {"variant_ids": cup, "store": w.id("location.gracia"), "limit": "5"},
        },
        "listCosts": {"query": {"currency": "EUR"}},
        "setCosts": {
            "body": {"currency": "EUR", "costs": [{"variant_id": cup, "cost": {"amount": 800, "currency": "EUR"}}]}
        },
        "listCostChanges": {"path": {"variant_id": cup}, "query": {"currency": "EUR"}},
        "listMarginGuards": {},
        "getMarginGuard": {"path": {"currency": "USD"}},
        "setMarginGuard": {"path": {"currency": "USD"}, "body": {"of": "price", "share": "0.30"}},
        "dropMarginGuard": {"path": {"currency": "USD"}},
        "listOverrideLimits": {},
        "getOverrideLimit": {"path": {"limited": "prices:override"}},
        "setOverrideLimit": {
            "path": {"limited": "prices:override"},
            "body": {"most": "0.15", "reason_required": True},
        },
    }


def _delivery(w: World) -> dict[str, Json]:
    method, price = {"method_id": w.id("method.van")}, {"amount": 2099, "currency": "EUR"}
    new_method = {
        "code": "bike",
        "name": {"en": "Bike"},
        "kind": "ship",
        "price": price,
        "tax_category": "standard",
        "countries": ["ES"],
        "max_days": 1,
    }
    return {
        "listDeliveryMethods": {},
        "createDeliveryMethod": {"body": new_method},
        "getDeliveryMethod": {"path": method},
        "changeDeliveryMethod": {"path": method, "body": {"price": price, "countries": ["ES", "PT"], "max_days": 4}},
    }


def _promotions(w: World) -> dict[str, Json]:
    coded, draft = {"promotion_id": w.id("promotion.coded")}, {"promotion_id": w.id("promotion.draft")}
    batch = {**coded, "batch_id": w.id("batch.whole")}
    plate = w.seen["product.plate"]["variants"][0]["id"]
    amount = {"amount": 300, "currency": "EUR"}
    new = {
        "code": "third",
        "name": {"en": "Every third plate", "es": "Cada tercer plato"},
        "priority": 5,
        "currency": "EUR",
        "targets": {"variants": [plate]},
        "conditions": {
            "channels": [w.id("channel.web")],
            "hours": [{"since": "09:00", "until": "20:00", "weekdays": [1, 6]}],
            "fulfilment": ["pickup"],
            "needs": [{"targets": {"variants": [plate]}, "quantity": 3, "amount": amount}],
        },
        "effect": {"kind": "buy_get", "buy": 2, "get": 1, "rate": "1", "times_most": 2},
        "exclusion": "plates",
        "window": {"starts_at": "2026-03-01T00:00:00Z", "ends_at": "2027-03-01T00:00:00Z", "store_time": True},
        "limits": {"uses_most": 500, "amount_most": {**amount}, "per_customer_most": 1},
    }
    return {
        "listPromotions": {"query": {"state": "published"}},
        "createPromotion": {"body": new},
        "lintPromotions": {},
        "getPromotion": {"path": coded},
        "changePromotion": {"path": draft, "body": {"priority": 3, "window": {"ends_at": "2027-01-01T00:00:00Z"}}},
        "lintPromotion": {"path": draft},
        "publishPromotion": {"path": {"promotion_id": w.id("promotion.unpublished")}, "body": {"version": 1}},
        "withdrawPromotion": {"path": {"promotion_id": w.id("promotion.spare")}},
        "listPromotionVersions": {"path": coded},
        "getPromotionUsage": {"path": coded},
        "listPromotionUses": {"path": coded},
        "listPromotionCodes": {"path": coded},
        "addPromotionCode": {"path": coded, "body": {"code": "winter-27", "uses_most": 9}},
        "withdrawPromotionCode": {"path": coded, "body": {"code": "autumn"}},
        "listCodeBatches": {"path": coded},
        "startCodeBatch": {"path": coded, "body": {"count": 2, "prefix": "VIP"}},
        "getCodeBatch": {"path": batch},
        "withdrawCodeBatch": {"path": {**coded, "batch_id": w.id("batch.second")}},
        "exportCodeBatch": {"path": batch},
    }


def _sourcing(w: World) -> dict[str, Json]:
    draft = {"rule_id": w.id("sourcing.draft")}
    place, plate = w.id("location.gracia"), w.seen["product.plate"]["variants"][0]["id"]
    step = {
        "name": "near and full",
        "kinds": ["store", "warehouse"],
        "not_locations": [place],
        "distance_most_km": 500,
        "ready_within_minutes": 1_440,
        "keep": 1,
        "exclusions": [{"location_id": place, "variant_ids": [plate]}],
        "parcels_most": 2,
        "mode": "weighted",
        "rank": [{"by": "parcels", "weight": 300}, {"by": "cost"}, {"by": "distance", "weight": 2}],
    }
    routing = {"steps": [step], "costs": [{"kinds": ["store"], "amount": 450, "per_km": 1}], "split_from_value": 5_000}
    return {
        "listParcelCosts": {"path": {"location_id": place}},
        "sayParcelCost": {"path": {"location_id": place}, "body": {"currency": "EUR", "amount": 450, "per_km": 2}},
        "listSourcingRules": {"query": {"state": "draft"}},
        "createSourcingRule": {"body": {"code": "near", "name": {"en": "Near"}, "routing": routing}},
        "trySourcingRule": {
            "body": {
                "rule_id": w.id("sourcing.draft"),
                "lines": [{"variant_id": plate, "quantity": 2}],
                "to": {"latitude": 41.39, "longitude": 2.16},
                "value": 4_000,
            }
        },
        "getSourcingRule": {"path": draft},
        "changeSourcingRule": {"path": draft, "body": {"name": {"en": "Nearer"}, "routing": routing}},
        "lintSourcingRule": {"path": draft},
        "publishSourcingRule": {"path": {"rule_id": w.id("sourcing.unpublished")}, "body": {"version": 1}},
        "withdrawSourcingRule": {"path": {"rule_id": w.id("sourcing.spare")}},
        "listSourcingRuleVersions": {"path": draft},
        "simulateSourcingRule": {"path": draft, "body": {**A_MONTH, "channels": [w.id("channel.web")]}},
        "listSourcingSimulations": {"path": draft},
        "getSourcingSimulation": {"path": {**draft, "simulation_id": w.id("shadow.done")}},
        "listResourcedOrders": {"path": {**draft, "simulation_id": w.id("shadow.done")}},
        "cancelSourcingSimulation": {"path": {**draft, "simulation_id": w.id("shadow.spare")}},
    }


def _simulations(w: World) -> dict[str, Json]:
    draft = {"promotion_id": w.id("promotion.draft")}
    line = {"key": "a", "variant_id": w.seen["product.plate"]["variants"][0]["id"], "quantity": 2}
    return {
        "simulatePromotion": {"path": draft, "body": {**A_MONTH, "channels": [w.id("channel.web")]}},
        "listSimulations": {"path": draft},
        "getSimulation": {"path": {**draft, "simulation_id": w.id("simulation.done")}},
        "cancelSimulation": {"path": {**draft, "simulation_id": w.id("simulation.spare")}},
        "previewPromotion": {"path": draft, "body": {"basket": {"lines": [line]}, "at": "2026-03-01T10:00:00Z"}},
        "getBundle": {"who": "terminal", "query": {"channel_id": w.id("channel.web")}},
    }


def _tax(w: World) -> dict[str, Json]:
    rate = {"rate_id": w.id("rate.spain")}
    new_rate = {"category": "standard", "country": "PT", "rate": "0.23", "name": "IVA", "valid_from": "2020-01-01"}
    fee, supply = {"fee_id": w.id("fee.bottle")}, {"supply_id": w.id("supply.exempt")}
    deposit = {
        "code": "crate",
        "kind": "deposit",
        "amount": {"amount": 150, "currency": "EUR"},
        "tax_category": "standard",
    }
    return {
        "listTaxCategories": {},
        "addTaxCategory": {"body": {"code": "books", "name": "Books"}},
        "listTaxRates": {"query": {"country": "ES", "category": "standard"}},
        "addTaxRate": {"body": new_rate},
        "getTaxRate": {"path": rate},
        "changeTaxRate": {"path": rate, "body": {"name": "I.V.A.", "valid_to": "2030-01-01"}},
        "listTaxProfiles": {},
        "addTaxProfile": {"body": {"zone": "ES-CN", "rounding": "document"}},
        "getTaxProfile": {"path": {"zone": "FR"}},
        "changeTaxProfile": {"path": {"zone": "FR"}, "body": {"rounding": "line"}},
        "listTaxSellers": {},
        "addTaxSeller": {"body": {"country": "FR", "distance": "destination", "domestic_reverse": ["standard"]}},
        "getTaxSeller": {"path": {"country": "ES"}},
        "changeTaxSeller": {"path": {"country": "ES"}, "body": {"domestic_reverse": ["standard"]}},
        "listExemptSupplies": {"query": {"lacking": "true", "limit": "5"}},
        "getExemptSupply": {"path": supply},
        "addTransportProof": {"path": supply, "body": {"kind": "cmr", "issuer": "A carrier", "reference": "CMR-1"}},
        "listFees": {"query": {"variant_id": w.seen["fee.bottle"]["variant_id"]}},
        "addFee": {"body": {**deposit, "variant_id": w.seen["product.cup"]["variants"][0]["id"], "zone": "ES"}},
        "getFee": {"path": fee},
        "changeFee": {"path": fee, "body": {"ends_at": "2030-01-01T00:00:00Z"}},
        "checkVatNumber": {"who": "shopper", "body": {"number": "ESB58378431"}},
    }
