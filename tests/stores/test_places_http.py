"""Services, pauses and holiday calendars over HTTP; what the public sees of them."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from tests.given import identity as given_callers, stores as given
from tests.served import Api, Served

HOURS = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    tokens = server.tokens
    signed_in = await given_callers.administrator(server.program.db, tokens)
    return server.api.as_(signed_in.access_token)


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def place(code: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": code.title(),
        "timezone": "Europe/Madrid",
        "country": "ES",
        "address": {"line1": "Carrer Gran 1", "city": "Barcelona"},
        "hours": HOURS,
        **more,
    }


async def test_services_are_offered_on_terms_and_found_by_the_public(admin: Api, api: Api) -> None:
    opened = await admin.post("/v1/admin/locations", place("gracia", pickup=False))
    path = f"/v1/admin/locations/{opened['id']}/services"
    terms = {"lead_minutes": 15, "slot_minutes": 30, "slot_capacity": 2, "cutoffs": [{"weekday": 6, "at": "14:00"}]}

    assert problem(await admin.call("PUT", f"{path}/pickup", terms)) == (428, "precondition_required")
    offered = await admin.put(f"{path}/pickup", terms, If_Match='"1"')
    assert (offered["version"], offered["pickup"]) == (2, True)
    assert offered["terms"] == [{"service": "pickup", "daily_capacity": None, **terms}]
    assert problem(await admin.call("PUT", f"{path}/pickup", terms, If_Match='"1"')) == (412, "stale_version")
    await admin.put(f"{path}/curbside", {}, If_Match='"2"')
    assert problem(await admin.call("PUT", f"{path}/teleport", {}, If_Match='"3"')) == (400, "invalid_input")

    shown = await api.get(f"/v1/locations/{opened['id']}")
    assert (shown["services"], shown["slots"]) == (["pickup", "curbside"], True)
    assert [each["code"] for each in (await api.get("/v1/locations?service=curbside"))["items"]] == ["gracia"]
    assert (await api.get("/v1/locations?service=returns"))["items"] == []
    gone = await admin.call("DELETE", f"{path}/curbside", If_Match='"3"')
    assert (gone.status_code, gone.headers["etag"], len(gone.json()["terms"])) == (200, '"4"', 1)
    assert problem(await admin.call("DELETE", f"{path}/curbside", If_Match='"4"')) == (404, "not_found")
    assert len((await api.get(f"/v1/locations/{opened['id']}/slots"))["slots"]) > 100


async def test_a_paused_location_says_so_promises_later_and_leaves_a_trail(admin: Api, api: Api) -> None:
    opened = await admin.post("/v1/admin/locations", place("gracia"))
    path = f"/v1/admin/locations/{opened['id']}"
    until = (clock.now() + timedelta(hours=3)).replace(microsecond=0)

    past = await admin.call("POST", f"{path}/pause", {"reason": "flood", "until": "2020-01-01T00:00:00Z"})
    assert (problem(past), past.json()["errors"][0]["pointer"]) == ((400, "invalid_input"), "/until")
    paused = await admin.call("POST", f"{path}/pause", {"reason": "flood", "until": until.isoformat()})
    assert (paused.status_code, paused.json()["pause_reason"]) == (200, "flood")
    shown = await api.get(f"/v1/locations/{opened['id']}")
    assert (shown["open_now"], shown["paused"], shown["takes_online"]) == (True, True, False)
    assert shown["paused_until"] == until.isoformat().replace("+00:00", "Z")
    assert shown["pickup_ready_at"] >= shown["paused_until"]
    assert "pause_reason" not in shown
    assert (await api.get("/v1/locations?takes_online=true"))["items"] == []

    resumed = await admin.call("POST", f"{path}/resume")
    assert (resumed.status_code, resumed.json()["paused_at"]) == (200, None)
    assert [each["code"] for each in (await api.get("/v1/locations?takes_online=true"))["items"]] == ["gracia"]
    log = await admin.get(f"/v1/admin/audit-log?subject_id={opened['id']}")
    assert [each["operation"] for each in log["items"]] == ["resumeLocation", "pauseLocation", "openLocation"]
    assert log["items"][1]["after"]["pause_reason"] == "flood"


async def test_no_end_is_left_out_and_not_written_as_the_end_of_the_calendar(admin: Api, api: Api) -> None:
    opened = await admin.post("/v1/admin/locations", place("gracia"))
    path = f"/v1/admin/locations/{opened['id']}"
    for answer, pointer in (
        (await admin.call("POST", f"{path}/pause", {"reason": "flood", "until": "9999-12-31T23:59:59Z"}), "/until"),
        (await admin.call("PUT", f"{path}/exceptions/9999-12-31", {"hours": []}, If_Match='"1"'), "day"),
        (await api.call("GET", f"/v1/locations/{opened['id']}/slots?from=9999-12-31"), "?from"),
    ):
        assert problem(answer) == (400, "invalid_input"), answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer

    assert (await api.get("/v1/locations"))["items"][0]["paused"] is False
    await admin.post(f"{path}/pause", {"reason": "flood", "until": "9998-12-31T23:59:59-12:00"})
    assert (await api.get("/v1/locations"))["items"][0]["paused"] is True
    assert (await api.get(f"/v1/locations/{opened['id']}/slots"))["slots"] == []


async def test_locations_follow_holiday_calendars(admin: Api, api: Api) -> None:
    today = clock.now().astimezone(ZoneInfo("Europe/Madrid")).date()
    days = [{"day": str(today + timedelta(days=ahead)), "name": f"Feast {ahead}"} for ahead in (0, 1, 100)]
    made = await admin.post(
        "/v1/admin/holiday-calendars",
        {"code": "ES-CT", "name": "Catalunya", "country": "ES", "region": "ES-CT", "days": days},
    )
    assert (made["code"], made["followers"], [each["name"] for each in made["days"]]) == (
        "es-ct",
        0,
        ["Feast 0", "Feast 1", "Feast 100"],
    )
    taken = await admin.call("POST", "/v1/admin/holiday-calendars", {"code": "es-ct", "name": "Other"})
    assert problem(taken) == (409, "holiday_calendar_code_taken")
    opened = await admin.post("/v1/admin/locations", place("gracia"))
    path = f"/v1/admin/locations/{opened['id']}"

    unknown = await admin.call("PUT", f"{path}/holiday-calendars", {"calendars": ["es-ct", "xx"]}, If_Match='"1"')
    assert unknown.json()["errors"][0]["pointer"] == "/calendars/1"
    followed = await admin.put(f"{path}/holiday-calendars", {"calendars": ["ES-CT"]}, If_Match='"1"')
    assert [each["name"] for each in followed["holidays"]] == ["Feast 0", "Feast 1", "Feast 100"]
    shown = await api.get(f"/v1/locations/{opened['id']}")
    assert [each["name"] for each in shown["holidays"]] == ["Feast 0", "Feast 1"]
    tomorrow = {"hours": [{"opens": "10:00", "closes": "14:00"}]}
    await admin.put(f"{path}/exceptions/{today + timedelta(days=1)}", tomorrow, If_Match='"2"')
    shown = await api.get(f"/v1/locations/{opened['id']}")
    assert [each["name"] for each in shown["holidays"]] == ["Feast 0"]

    calendar = f"/v1/admin/holiday-calendars/{made['id']}"
    put = await admin.put(calendar, {"name": "Catalunya", "days": days[2:]}, If_Match='"1"')
    assert (put["version"], put["followers"], put["country"]) == (2, 1, None)
    assert (await admin.get(calendar))["days"] == days[2:]
    assert (await api.get(f"/v1/locations/{opened['id']}"))["open_now"] is True
    assert [each["code"] for each in (await admin.get("/v1/admin/holiday-calendars?limit=1"))["items"]] == ["es-ct"]
    assert problem(await admin.call("GET", f"/v1/admin/holiday-calendars/{new_id()}")) == (404, "not_found")


async def test_a_third_partys_counter_is_shown_with_its_operator(admin: Api, api: Api) -> None:
    alone = await admin.call("POST", "/v1/admin/locations", place("locker", kind="locker"))
    assert alone.json()["errors"][0]["pointer"] == "/operator"
    await admin.post("/v1/admin/locations", place("locker", kind="locker", operator="Parcel Post", pickup=False))

    (shown,) = (await api.get("/v1/locations"))["items"]
    assert (shown["kind"], shown["operator"], shown["services"]) == ("locker", "Parcel Post", [])


async def test_who_is_bound_to_a_location_switches_that_one_only(server: Served, admin: Api, api: Api) -> None:
    db = server.program.db
    mine, other = await given.location(db, "mine"), await given.location(db, "other")
    client = await given_callers.service(db, ["locations:write"], [mine])
    token = await given_callers.token_of(db, server.tokens, client)
    bound = api.as_(token)

    assert (await bound.call("POST", f"/v1/admin/locations/{mine}/pause", {"reason": "flood"})).status_code == 200
    hidden = [
        await bound.call("POST", f"/v1/admin/locations/{other}/pause", {"reason": "flood"}),
        await bound.call("POST", f"/v1/admin/locations/{other}/resume"),
        await bound.call("PUT", f"/v1/admin/locations/{other}/services/pickup", {}, If_Match='"1"'),
        await bound.call("DELETE", f"/v1/admin/locations/{other}/services/pickup", If_Match='"1"'),
        await bound.call("PUT", f"/v1/admin/locations/{other}/holiday-calendars", {"calendars": []}, If_Match='"1"'),
    ]
    assert [problem(each) for each in hidden] == [(404, "not_found")] * 5
    everywhere = [
        await bound.call("POST", "/v1/admin/holiday-calendars", {"code": "x", "name": "X"}),
        await bound.call("PUT", f"/v1/admin/holiday-calendars/{new_id()}", {"name": "X", "days": []}, If_Match='"1"'),
    ]
    assert [problem(each) for each in everywhere] == [(403, "forbidden")] * 2
    assert (await admin.get(f"/v1/admin/locations/{other}"))["paused_at"] is None
