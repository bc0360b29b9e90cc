"""Locations, channels and settings over HTTP."""

from typing import Any

import httpx
import pytest

from commerce.kernel.ids import new_id
from tests.given import identity as given_callers, stores as given
from tests.served import Api, Served

BARCELONA = "41.3874,2.1686"


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    tokens = server.tokens
    signed_in = await given_callers.administrator(server.program.db, tokens)
    return server.api.as_(signed_in.access_token)


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def location(code: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": code.title(),
        "timezone": "Europe/Madrid",
        "country": "ES",
        "address": {"line1": "Carrer Gran 1", "city": "Barcelona"},
        "hours": [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)],
        **more,
    }


async def test_a_location_is_opened_and_found_by_anybody(admin: Api, api: Api) -> None:
    opened = await admin.post("/v1/admin/locations", location("Gracia", latitude=41.4, longitude=2.15))

    assert (opened["code"], opened["version"], opened["lead_minutes"]) == ("gracia", 1, 60)
    found = await api.get(f"/v1/locations/{opened['id']}")
    assert (found["open_now"], found["changes_at"], found["services"]) == (True, None, ["pickup"])
    assert found["pickup_ready_at"] is not None
    assert "lead_minutes" not in found
    assert problem(await api.call("GET", f"/v1/locations/{new_id()}")) == (404, "not_found")


async def test_locations_are_listed_by_distance_each_once(server: Served, api: Api) -> None:
    db = server.program.db
    places = {"madrid": (40.42, -3.70), "girona": (41.98, 2.82), "gracia": (41.40, 2.15), "post": (None, None)}
    for code, (latitude, longitude) in places.items():
        await given.location(db, code, latitude=latitude, longitude=longitude)
    await given.location(db, "closed", active=False)
    await given.warehouse(db)

    async def walk(query: str) -> list[str]:
        found, cursor = [], ""
        while True:
            page = await api.get(f"/v1/locations?{query}{cursor}")
            found += [each["code"] for each in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert await walk(f"near={BARCELONA}&limit=1") == ["gracia", "girona", "madrid", "post"]
    assert await walk("limit=3") == ["girona", "gracia", "madrid", "post"]
    nearest = (await api.get(f"/v1/locations?near={BARCELONA}"))["items"]
    assert [each["distance_km"] for each in nearest] == [pytest.approx(2.086, abs=0.01), pytest.approx(85.4, abs=1), pytest.approx(505, abs=1), None]  # fmt: skip


async def test_locations_are_filtered_by_service_and_by_being_open(server: Served, api: Api) -> None:
    db = server.program.db
    await given.location(db, "always", hours=given.round_the_clock())
    await given.location(db, "never", hours=[], ships=True)
    await given.location(db, "counter-less", pickup=False, ships=True, hours=given.round_the_clock())

    async def codes(query: str) -> list[str]:
        return [each["code"] for each in (await api.get(f"/v1/locations?{query}"))["items"]]

    assert await codes("service=pickup") == ["always", "never"]
    assert await codes("service=ships") == ["counter-less", "never"]
    assert await codes("open_now=true") == ["always", "counter-less"]
    assert await codes("open_now=false") == ["never"]
    assert await codes("service=pickup&open_now=true") == ["always"]


BAD_QUESTIONS = ["near=north", "near=91,0", "near=0,181", "near=1", "service=delivery", "open_now=maybe", "limit=0", "limit=101", "cursor=x"]  # fmt: skip


async def test_bad_questions_are_refused(api: Api) -> None:
    for query in BAD_QUESTIONS:
        answer = await api.call("GET", f"/v1/locations?{query}")

        assert problem(answer) == (400, "invalid_input")
        assert answer.json()["errors"][0]["pointer"].removeprefix("?") == query.partition("=")[0]


async def test_public_answers_can_be_held_by_a_cdn(server: Served, api: Api) -> None:
    place = await given.location(server.program.db, hours=given.round_the_clock(), pickup=False)

    first = await api.call("GET", f"/v1/locations/{place}")
    assert first.headers["cache-control"] == "public, max-age=10"
    again = await api.call("GET", f"/v1/locations/{place}", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


async def test_hours_and_exceptions_are_changed_by_version(admin: Api, api: Api) -> None:
    opened = await admin.post("/v1/admin/locations", location("gracia"))
    path = f"/v1/admin/locations/{opened['id']}"
    week = {"hours": [{"weekday": 1, "opens": "09:00", "closes": "14:00"}]}

    assert problem(await admin.call("PUT", f"{path}/hours", week)) == (428, "precondition_required")
    changed = await admin.call("PUT", f"{path}/hours", week, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"], changed.json()["hours"]) == (200, '"2"', week["hours"])
    assert problem(await admin.call("PUT", f"{path}/hours", week, If_Match='"1"')) == (412, "stale_version")

    day = {"hours": [{"opens": "10:00", "closes": "12:00"}], "reason": "Inventory"}
    with_day = await admin.put(f"{path}/exceptions/2031-12-24", day, If_Match='"2"')
    assert with_day["exceptions"] == [{"day": "2031-12-24", **day}]
    closed = await admin.put(f"{path}/exceptions/2031-12-24", {"hours": []}, If_Match='"3"')
    assert closed["exceptions"] == [{"day": "2031-12-24", "hours": [], "reason": None}]
    assert (await api.get(f"/v1/locations/{opened['id']}"))["exceptions"] == closed["exceptions"]
    dropped = await admin.call("DELETE", f"{path}/exceptions/2031-12-24", If_Match='"4"')
    assert (dropped.status_code, dropped.headers["etag"]) == (204, '"5"')
    again = await admin.call("DELETE", f"{path}/exceptions/2031-12-24", If_Match='"5"')
    assert problem(again) == (404, "not_found")
    shown = await admin.get(path)
    assert (shown["version"], shown["exceptions"]) == (5, [])


async def test_a_location_is_changed_and_closed(admin: Api, api: Api) -> None:
    opened = await admin.post("/v1/admin/locations", location("gracia", phone="+34 93 000 00 00"))
    path = f"/v1/admin/locations/{opened['id']}"

    alone = await admin.call("PATCH", path, {"latitude": 41.0}, If_Match='"1"')
    assert problem(alone) == (400, "invalid_input")
    zone = await admin.call("PATCH", path, {"timezone": "Mars/Olympus"}, If_Match='"1"')
    assert zone.json()["errors"][0]["pointer"] == "/timezone"
    changed = await admin.patch(path, {"name": "New", "phone": None, "latitude": 1, "longitude": 2}, If_Match='"1"')
    assert (changed["name"], changed["phone"], changed["latitude"], changed["lead_minutes"]) == ("New", None, 1.0, 60)
    await admin.patch(path, {"active": False}, If_Match='"2"')

    assert problem(await api.call("GET", f"/v1/locations/{opened['id']}")) == (404, "not_found")
    assert (await api.get("/v1/locations"))["items"] == []
    assert [each["code"] for each in (await admin.get("/v1/admin/locations"))["items"]] == ["gracia"]
    log = await admin.get(f"/v1/admin/audit-log?subject_id={opened['id']}")
    assert [each["operation"] for each in log["items"]] == ["changeLocation", "changeLocation", "openLocation"]
    assert (log["items"][1]["before"]["name"], log["items"][1]["after"]["name"]) == ("Gracia", "New")


async def test_two_who_change_a_location_at_once_do_not_overwrite_each_other(admin: Api) -> None:
    import asyncio

    opened = await admin.post("/v1/admin/locations", location("gracia"))
    path = f"/v1/admin/locations/{opened['id']}"

    answers = await asyncio.gather(
        *(admin.call("PATCH", path, {"name": f"Name {n}"}, If_Match='"1"') for n in range(6))
    )

    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412, 412, 412]


async def test_who_is_bound_to_a_location_changes_that_one_only(server: Served, admin: Api, api: Api) -> None:
    db = server.program.db
    mine, other = await given.location(db, "mine"), await given.location(db, "other")
    client = await given_callers.service(db, ["locations:write", "settings:manage"], [mine])
    token = await given_callers.token_of(db, server.tokens, client)
    bound = api.as_(token)

    assert [each["code"] for each in (await bound.get("/v1/admin/locations"))["items"]] == ["mine"]
    assert (await bound.patch(f"/v1/admin/locations/{mine}", {"name": "Mine"}, If_Match='"1"'))["name"] == "Mine"
    hidden = [
        await bound.call("GET", f"/v1/admin/locations/{other}"),
        await bound.call("PATCH", f"/v1/admin/locations/{other}", {"name": "Mine"}, If_Match='"1"'),
        await bound.call("PUT", f"/v1/admin/locations/{other}/hours", {"hours": []}, If_Match='"1"'),
        await bound.call("PUT", f"/v1/admin/locations/{other}/exceptions/2031-01-01", {"hours": []}, If_Match='"1"'),
        await bound.call("DELETE", f"/v1/admin/locations/{other}/exceptions/2031-01-01", If_Match='"1"'),
    ]
    assert [problem(each) for each in hidden] == [(404, "not_found")] * 5
    everywhere = [
        await bound.call("POST", "/v1/admin/locations", location("third")),
        await bound.call(
            "POST",
            "/v1/admin/channels",
            {"code": "app", "name": "App", "currency": "EUR", "country": "ES", "languages": ["es"]},
        ),
        await bound.call("PATCH", "/v1/admin/settings", {"shop_name": "Mine"}, If_Match='"1"'),
    ]
    assert [problem(each) for each in everywhere] == [(403, "forbidden")] * 3
    assert (await admin.get(f"/v1/admin/locations/{other}"))["version"] == 1


async def test_settings_and_channels_hold_together(admin: Api) -> None:
    channel = {"code": "web", "name": "Web", "currency": "EUR", "country": "ES", "languages": ["es", "ca"]}
    assert (await admin.get("/v1/admin/settings"))["version"] == 1
    web = await admin.post("/v1/admin/channels", channel)
    app = await admin.post("/v1/admin/channels", {**channel, "code": "app"})
    twice = await admin.call("POST", "/v1/admin/channels", {**channel, "code": "WEB"})
    assert problem(twice) == (409, "channel_code_taken")
    settings = await admin.call("GET", "/v1/admin/settings")
    assert settings.json()["default_channel_id"] == web["id"]
    etag = settings.headers["etag"]

    off = await admin.call("PATCH", f"/v1/admin/channels/{web['id']}", {"active": False}, If_Match='"1"')
    assert problem(off) == (409, "default_channel_needed")
    unknown = await admin.call("PATCH", "/v1/admin/settings", {"default_channel_id": str(new_id())}, If_Match=etag)
    assert unknown.json()["errors"][0]["pointer"] == "/default_channel_id"
    changed = await admin.patch(
        "/v1/admin/settings", {"default_channel_id": app["id"], "pickup_hold_days": 3}, If_Match=etag
    )
    assert (changed["default_channel_id"], changed["pickup_hold_days"], changed["return_days"]) == (app["id"], 3, 30)
    stale = await admin.call("PATCH", "/v1/admin/settings", {"shop_name": "Shop"}, If_Match=etag)
    assert problem(stale) == (412, "stale_version")
    assert (await admin.patch(f"/v1/admin/channels/{web['id']}", {"active": False}, If_Match='"1"'))["version"] == 2
    inactive = await admin.call(
        "PATCH", "/v1/admin/settings", {"default_channel_id": web["id"]}, If_Match=f'"{changed["version"]}"'
    )
    assert inactive.status_code == 400
    assert [each["code"] for each in (await admin.get("/v1/admin/channels"))["items"]] == ["app", "web"]


async def test_a_channel_goes_by_the_zone_of_its_capital_until_another_one_is_set(admin: Api) -> None:
    channel = {"code": "web", "name": "Web", "currency": "EUR", "country": "ES", "languages": ["es"]}
    web = await admin.post("/v1/admin/channels", channel)
    path = f"/v1/admin/channels/{web['id']}"
    assert web["timezone"] == "Europe/Madrid"
    islands = await admin.patch(path, {"timezone": "Atlantic/Canary"}, If_Match='"1"')
    assert islands["timezone"] == "Atlantic/Canary"
    moved = await admin.patch(path, {"timezone": None, "country": "PT"}, If_Match='"2"')
    assert moved["timezone"] == "Europe/Lisbon"
    for wrong in (
        await admin.call("PATCH", path, {"timezone": "Europe/Nowhere"}, If_Match='"3"'),
        await admin.call("POST", "/v1/admin/channels", {**channel, "code": "app", "timezone": "Europe/Nowhere"}),
    ):
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/timezone")


async def test_the_back_office_is_closed_to_everybody_else(api: Api) -> None:
    for path in ("locations", "channels", "settings"):
        assert problem(await api.call("GET", f"/v1/admin/{path}")) == (401, "unauthenticated")
