"""Shelves that are counted and corrected: counts, corrections, limits and a shortfall in each of their states, and a valid request for each act."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from commerce.inventory import Demand, hold
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any
ALL_AGREE = 1_000_000


async def count(builder: "Builder") -> None:
    """Makes them, over HTTP: a store counts and asks, so that the administrator can decide."""
    seen, store, post = builder.seen, builder.as_("store"), builder.admin.post
    gracia, plate = builder.world.id("location.gracia"), builder.variant("plate")
    for kind, units in (("correction", 0), ("count", 0), ("recount", ALL_AGREE)):
        body = {"kind": kind, "location_id": gracia, "units": units}
        seen[f"limit.{kind}"] = await post("/v1/admin/stock/limits", body)
    await post("/v1/admin/stock/limits", {"kind": "count", "units": 5})
    seen["limit.spare"] = await post("/v1/admin/stock/limits", {"kind": "correction", "units": 5})
    on_shelf = (await builder.admin.get(f"/v1/stock?variant_id={plate}&location_id={gracia}"))["items"]
    there = on_shelf[0]["on_hand"] if on_shelf else 0
    for name in ("open", "scanned", "spare", "waiting", "doubted"):
        made = await store.post("/v1/counts", {"location_id": gracia, "articles": [{"variant_id": plate}]})
        path = f"/v1/counts/{made['id']}"
        if name in {"scanned", "waiting", "doubted"}:
            scan = {"id": str(new_id()), "variant_id": plate, "units": there + 1, "how": "total"}
            await store.post(f"{path}/scans", {"scans": [scan]})
        if name in {"waiting", "doubted"}:
            made = await store.post(f"{path}/submit", {})
        seen[f"count.{name}"] = made
    ask = {"location_id": gracia, "reason": "found", "lines": [{"variant_id": plate, "units": 1}]}
    for name in ("approved", "rejected", "withdrawn"):
        seen[f"correction.{name}"] = await store.post("/v1/stock/corrections", ask)
    away = {"location_id": builder.world.id("location.sants")}
    seen["count.elsewhere"] = await post("/v1/counts", {**away, "articles": [{"variant_id": plate}]})
    seen["correction.elsewhere"] = await post("/v1/stock/corrections", {**ask, **away})
    await _shortfall(builder, plate)


async def _shortfall(builder: "Builder", plate: str) -> None:
    empty = builder.world.id("location.empty")
    delta = {"variant_id": plate, "location_id": empty, "delta": 3}
    await builder.admin.post("/v1/stock/adjustments", {"reason": "three came", "lines": [delta]})
    kept = [Demand(VariantId(UUID(plate)), LocationId(UUID(empty)), 2)]
    await hold(builder.db, kept, until=clock.now() + timedelta(minutes=15), hold_id=HoldId(new_id()))
    await builder.admin.post("/v1/stock/snapshots", _snapshot(empty, plate, 1))
    (builder.seen["shortfall.told"],) = (await builder.admin.get("/v1/stock/shortfalls"))["items"]


def _snapshot(location_id: str, variant_id: str, units: int) -> Json:
    return {
        "source": "erp",
        "location_id": location_id,
        "taken_at": clock.now().isoformat(),
        "sequence": units,
        "lines": [{"variant_id": variant_id, "units": units}],
    }


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    plate, gracia = w.seen["product.plate"]["variants"][0]["id"], w.id("location.gracia")
    scan = {"id": str(new_id()), "variant_id": plate, "units": 3, "how": "add"}
    line = {"variant_id": plate, "units": 2, "lot": "A-1", "expires_on": "2026-12-31"}
    reason = {"name": {"en": "For the window"}, "direction": "off", "spot": "quarantine"}

    def of(kind: str, name: str) -> Json:
        return {"path": {f"{kind}_id": w.id(f"{kind}.{name}")}}

    return {
        "openCount": {"body": {"location_id": gracia, "most": 10, "note": "after the holidays"}},
        "listCounts": {"query": {"location_id": gracia, "state": "counting"}},
        "getCount": of("count", "scanned"),
        "getCountDifferences": of("count", "scanned"),
        "takeScans": {**of("count", "open"), "body": {"scans": [scan]}},
        "submitCount": {**of("count", "scanned"), "body": {"uncounted": "leave_out"}},
        "approveCount": of("count", "waiting"),
        "countAgain": {**of("count", "doubted"), "body": {"variant_ids": [plate]}},
        "cancelCount": of("count", "spare"),
        "correctStock": {"body": {"location_id": gracia, "reason": "found", "lines": [line]}},
        "listCorrections": {"query": {"location_id": gracia, "state": "waiting"}},
        "getCorrection": of("correction", "approved"),
        "approveCorrection": of("correction", "approved"),
        "rejectCorrection": {**of("correction", "rejected"), "body": {"reason": "look again"}},
        "withdrawCorrection": {"who": "store", **of("correction", "withdrawn")},
        "listCorrectionReasons": {},
        "getCorrectionReason": {"path": {"code": "damaged"}},
        "putCorrectionReason": {
            "path": {"code": "own_use"},
            "body": reason,
            "version_at": "/v1/admin/stock/correction-reasons/own_use",
        },
        "listStockLimits": {},
        "setStockLimit": {"body": {"kind": "recount", "location_id": gracia, "role": "store_associate", "units": 3}},
        "getStockLimit": of("limit", "count"),
        "dropStockLimit": {**of("limit", "spare"), "version_at": f"/v1/admin/stock/limits/{w.id('limit.spare')}"},
        "applyStockSnapshot": {"body": {**_snapshot(gracia, plate, 9), "dry_run": True}},
        "listShortfalls": {"query": {"include_resolved": "true"}},
        "resolveShortfall": {**of("shortfall", "told"), "body": {"resolution": "asked the customers"}},
    }
