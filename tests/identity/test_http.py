"""Identity over HTTP: the routes, their refusals, and what the back office may do."""

import base64
from typing import Any
from uuid import uuid4

import httpx
import pytest

from commerce.identity import SCOPES, TERMINAL_SCOPES
from commerce.kernel.ids import new_id
from tests.given import identity as given, stores as given_stores
from tests.served import Api, Served

ADMINISTRATOR = "administrator@shop.example"


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    tokens = server.tokens
    signed_in = await given.administrator(server.program.db, tokens, ADMINISTRATOR)
    return server.api.as_(signed_in.access_token)


async def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def sign_in(api: Api, email: str, **more: Any) -> Api:
    signed_in = await api.post("/v1/auth/staff", {"email": email, "password": given.PASSWORD, **more})
    return api.as_(signed_in["access_token"])


async def make_staff(admin: Api, email: str, *bindings: tuple[str, Any]) -> dict[str, Any]:
    roles = {each["code"]: each["id"] for each in (await admin.get("/v1/admin/roles?limit=100"))["items"]}
    grants = [{"role_id": roles[code], "location_id": place and str(place)} for code, place in bindings]
    body = {"email": email, "name": "Somebody", "password": given.PASSWORD, "roles": grants}
    made: dict[str, Any] = await admin.post("/v1/admin/staff", body)
    return made


async def test_the_whole_way_of_a_shopper(server: Served, api: Api) -> None:
    anonymous = await api.post("/v1/auth/anonymous", {})
    shopper = api.as_(anonymous["access_token"])
    email = "shopper@example.com"
    assert await shopper.post("/v1/auth/register", {"email": email, "password": given.PASSWORD}) == {
        "status": "accepted"
    }
    await server.work()
    (mail,) = await server.mails()

    opened = await shopper.post("/v1/auth/verify", {"token": given.code_in(mail)})

    assert (opened["anonymous"], opened["kind"], opened["token_type"]) == (False, "shopper", "Bearer")
    me = await api.as_(opened["access_token"]).get("/v1/auth/me")
    assert (me["kind"], me["id"], me["locations"]) == ("shopper", opened["id"], None)
    assert await problem(await shopper.call("GET", "/v1/auth/me")) == (401, "unauthenticated")
    refreshed = await api.post("/v1/auth/refresh", {"refresh_token": opened["refresh_token"]})
    signed_in = api.as_(refreshed["access_token"])
    assert (await signed_in.call("POST", "/v1/auth/logout", {})).status_code == 204
    ended = await signed_in.call("GET", "/v1/auth/me")
    assert await problem(ended) == (401, "unauthenticated")
    assert ended.headers["www-authenticate"].startswith("Bearer")
    again = await api.call("POST", "/v1/auth/refresh", {"refresh_token": refreshed["refresh_token"]})
    assert await problem(again) == (401, "session_ended")
    assert (await api.get("/v1/auth/me"))["kind"] == "public"


async def test_known_and_unknown_e_mails_get_the_same_answer(server: Served, api: Api) -> None:
    await api.post("/v1/auth/register", {"email": "known@example.com", "password": given.PASSWORD})
    await server.work()
    (mail,) = await server.mails()
    await api.post("/v1/auth/verify", {"token": given.code_in(mail)})
    answers: dict[str, list[Any]] = {"known@example.com": [], "nobody@example.com": []}
    for email, got in answers.items():
        for path in ("register", "resend", "password-reset", "login"):
            body = {"email": email} | ({"password": "another password"} if path in {"register", "login"} else {})
            answer = await api.call("POST", f"/v1/auth/{path}", body, X_Request_Id="the-same-one")
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            got.append((answer.status_code, answer.text, headers))

    assert answers["known@example.com"] == answers["nobody@example.com"]
    assert [status for status, _, _ in answers["nobody@example.com"]] == [202, 202, 202, 401]


BAD_INPUT: list[tuple[str, dict[str, Any], str]] = [
    ("register", {"email": "a@example.com", "password": "short"}, "/password"),
    ("register", {"email": "a@example.com", "password": "x" * 201}, "/password"),
    ("register", {"email": "nobody", "password": given.PASSWORD}, "/email"),
    ("register", {"email": "a@example.com", "password": given.PASSWORD, "scopes": ["staff:manage"]}, "/scopes"),
    ("login", {"email": "a@example.com"}, "/password"),
    ("verify", {"token": "x"}, "/token"),
    ("anonymous", {"channel_id": "no"}, "/channel_id"),
]


async def test_bad_input_says_which_field(api: Api) -> None:
    for path, body, pointer in BAD_INPUT:
        answer = await api.call("POST", f"/v1/auth/{path}", body)

        assert await problem(answer) == (400, "invalid_input")
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


async def test_places_that_do_not_exist_are_refused(api: Api, admin: Api) -> None:
    nowhere = str(new_id())

    answers = [
        await api.call("POST", "/v1/auth/anonymous", {"channel_id": nowhere}),
        await admin.call("POST", "/v1/terminals", {"name": "Till", "location_id": nowhere}),
        await admin.call(
            "POST", "/v1/admin/api-clients", {"name": "ERP", "scopes": ["stock:read"], "location_ids": [nowhere]}
        ),
    ]

    assert [await problem(answer) for answer in answers] == [(422, "unknown_place")] * 3
    assert (await admin.get("/v1/terminals"))["items"] == []


async def test_a_terminal_gets_tokens_for_its_location_until_it_is_revoked(server: Served, admin: Api) -> None:
    place = await given_stores.location(server.program.db)
    made = await admin.post("/v1/terminals", {"name": "Till 1", "location_id": str(place)})
    api = server.api

    async def ask(**form: str) -> httpx.Response:
        return await api.http.post("/v1/auth/token", data={"grant_type": "client_credentials", **form})

    granted = await ask(client_id=made["client_id"], client_secret=made["client_secret"])
    assert granted.status_code == 200
    assert granted.headers["cache-control"] == "no-store"
    body = granted.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert set(body["scope"].split()) == TERMINAL_SCOPES
    terminal = api.as_(body["access_token"])
    me = await terminal.get("/v1/auth/me")
    assert (me["kind"], me["id"], me["locations"]) == ("terminal", made["id"], [str(place)])
    assert "client_secret" not in await admin.get(f"/v1/terminals/{made['id']}")
    fewer = await ask(client_id=made["client_id"], client_secret=made["client_secret"], scope="carts quotes")
    assert fewer.json()["scope"] == "carts quotes"

    revoked = await admin.post(f"/v1/terminals/{made['id']}/revoke")
    assert revoked["revoked_at"] is not None
    assert await problem(await terminal.call("GET", "/v1/auth/me")) == (401, "unauthenticated")
    refused = await ask(client_id=made["client_id"], client_secret=made["client_secret"])
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert await admin.post(f"/v1/terminals/{made['id']}/revoke") == revoked


async def test_client_credentials_answer_as_oauth_clients_expect(server: Served, admin: Api) -> None:
    made = await admin.post("/v1/admin/api-clients", {"name": "ERP", "scopes": ["stock:read", "orders:read"]})
    pair = base64.b64encode(f"{made['client_id']}:{made['client_secret']}".encode()).decode()
    basic = {"authorization": f"Basic {pair}"}
    grant = {"grant_type": "client_credentials"}
    right = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    http = server.api.http

    async def ask(form: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[int, Any]:
        answer = await http.post("/v1/auth/token", data=form, headers=headers)
        assert answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json().get("error") or answer.json()["scope"]

    assert await ask(grant, basic) == (200, "orders:read stock:read")
    assert await ask({**grant, **right, "unknown": "is ignored"}) == (200, "orders:read stock:read")
    assert await ask({}) == (400, "invalid_request")
    assert await ask({"grant_type": "password", **right}) == (400, "unsupported_grant_type")
    assert await ask(grant) == (401, "invalid_client")
    assert await ask({**grant, **right, "client_secret": "wrong"}) == (401, "invalid_client")
    assert await ask({**grant, **right, "client_id": "wrong"}) == (401, "invalid_client")
    assert await ask({**grant, **right, "client_id": str(uuid4())}) == (401, "invalid_client")
    assert await ask({**grant, **right}, basic) == (401, "invalid_client")  # twice (RFC 6749, section 2.3)
    assert await ask({**grant, **right, "scope": "staff:manage"}) == (400, "invalid_scope")
    assert await ask(grant, {"authorization": "Basic %%%"}) == (401, "invalid_client")
    assert await ask({"grant_type": ["client_credentials", "password"], **right}) == (400, "invalid_request")


async def test_staff_is_made_invited_and_switched_off(server: Served, admin: Api, api: Api) -> None:
    place = await given_stores.location(server.program.db)
    roles = {each["code"]: each["id"] for each in (await admin.get("/v1/admin/roles"))["items"]}
    grant = {"role_id": roles["store_associate"], "location_id": str(place)}
    body = {"email": "associate@shop.example", "name": "Associate", "language": "ca", "roles": [grant]}

    made = await admin.post("/v1/admin/staff", body)
    assert (made["has_password"], made["active"], made["roles"][0]["role"]) == (False, True, "store_associate")
    await server.work()
    (mail,) = await server.mails()
    code = given.code_in(mail)
    assert "establir la vostra contrasenya" in given.text_of(mail)
    reset = await api.call("POST", "/v1/auth/password-reset/confirm", {"token": code, "password": given.PASSWORD})
    assert reset.status_code == 204
    associate = await sign_in(api, "associate@shop.example")
    me = await associate.get("/v1/auth/me")
    assert (me["kind"], me["locations"]) == ("staff", [str(place)])
    assert set(me["scopes"]) == TERMINAL_SCOPES
    assert await problem(await associate.call("GET", "/v1/admin/staff")) == (403, "forbidden")

    shown = await admin.call("GET", f"/v1/admin/staff/{made['id']}")
    off = await admin.patch(f"/v1/admin/staff/{made['id']}", {"active": False}, If_Match=shown.headers["etag"])
    assert off["active"] is False
    assert await problem(await associate.call("GET", "/v1/auth/me")) == (401, "unauthenticated")
    again = await api.call("POST", "/v1/auth/staff", {"email": "associate@shop.example", "password": given.PASSWORD})
    assert await problem(again) == (401, "wrong_credentials")
    log = await admin.get(f"/v1/admin/audit-log?subject_kind=staff&subject_id={made['id']}")
    assert [(each["operation"], each["actor_kind"]) for each in log["items"]] == [
        ("changeStaff", "staff"),
        ("createStaff", "staff"),
    ]
    assert (log["items"][0]["before"]["active"], log["items"][0]["after"]["active"]) == (True, False)
    assert "password" not in str(log).replace("has_password", "")


async def test_versions_are_asked_for_and_compared(admin: Api) -> None:
    made = await make_staff(admin, "somebody@shop.example", ("support", None))
    path = f"/v1/admin/staff/{made['id']}"

    assert await problem(await admin.call("PATCH", path, {"name": "Other"})) == (428, "precondition_required")
    assert await problem(await admin.call("PATCH", path, {"name": "Other"}, If_Match='"7"')) == (412, "stale_version")
    changed = await admin.call("PATCH", path, {"name": "Other"}, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"], changed.json()["name"]) == (200, '"2"', "Other")
    not_modified = await admin.call("GET", path, If_None_Match='"2"')
    assert not_modified.status_code == 304


async def test_nobody_gives_more_than_they_have(server: Served, admin: Api, api: Api) -> None:
    gracia = await given_stores.location(server.program.db, "gracia")
    sants = await given_stores.location(server.program.db, "sants")
    manager_role = await admin.post(
        "/v1/admin/roles",
        {
            "code": "Manager",
            "name": "Manager",
            "scopes": ["staff:manage", "terminals:manage", "clients:manage", *TERMINAL_SCOPES],
        },
    )
    assert manager_role["code"] == "manager"
    await make_staff(admin, "manager@shop.example", ("manager", gracia))
    boss = await make_staff(admin, "boss@shop.example", ("administrator", None))
    other = await make_staff(admin, "other@shop.example", ("store_associate", sants))
    mine = await make_staff(admin, "mine@shop.example", ("store_associate", gracia))
    other_till = await admin.post("/v1/terminals", {"name": "Till", "location_id": str(sants)})
    erp = await admin.post("/v1/admin/api-clients", {"name": "ERP", "scopes": ["carts"]})
    manager = await sign_in(api, "manager@shop.example")
    roles = {each["code"]: each["id"] for each in (await manager.get("/v1/admin/roles"))["items"]}

    def binding(role: str, place: object) -> dict[str, Any]:
        body = {"email": f"{uuid4()}@shop.example", "name": "New"}
        return {**body, "roles": [{"role_id": roles[role], "location_id": place and str(place)}]}

    refused = [
        await manager.call("POST", "/v1/admin/staff", binding("administrator", gracia)),
        await manager.call("POST", "/v1/admin/staff", binding("store_associate", sants)),
        await manager.call("POST", "/v1/admin/staff", binding("store_associate", None)),
        await manager.call("POST", "/v1/admin/roles", {"code": "mine", "name": "Mine", "scopes": ["carts"]}),
        await manager.call("POST", "/v1/terminals", {"name": "Till", "location_id": str(sants)}),
        await manager.call("POST", "/v1/admin/api-clients", {"name": "Mine", "scopes": ["carts"]}),
        await manager.call(
            "POST",
            "/v1/admin/api-clients",
            {"name": "Mine", "scopes": ["prices:write"], "location_ids": [str(gracia)]},
        ),
        await manager.call(
            "PATCH",
            f"/v1/admin/staff/{mine['id']}",
            {"roles": [{"role_id": roles["administrator"], "location_id": str(gracia)}]},
            If_Match='"1"',
        ),
        await manager.call("PATCH", f"/v1/admin/roles/{manager_role['id']}", {"name": "Mine"}, If_Match='"1"'),
        await manager.call("DELETE", f"/v1/admin/roles/{manager_role['id']}", If_Match='"1"'),
    ]
    assert [await problem(answer) for answer in refused] == [(403, "cannot_grant")] * len(refused)

    hidden = [
        await manager.call("GET", f"/v1/admin/staff/{boss['id']}"),
        await manager.call("GET", f"/v1/admin/staff/{other['id']}"),
        await manager.call("GET", f"/v1/admin/staff/{uuid4()}"),
        await manager.call("PATCH", f"/v1/admin/staff/{boss['id']}", {"active": False}, If_Match='"1"'),
        await manager.call("POST", f"/v1/admin/staff/{other['id']}/invite"),
        await manager.call("GET", f"/v1/terminals/{other_till['id']}"),
        await manager.call("POST", f"/v1/terminals/{other_till['id']}/revoke"),
        await manager.call("GET", f"/v1/admin/api-clients/{erp['id']}"),
        await manager.call("POST", f"/v1/admin/api-clients/{erp['id']}/revoke"),
    ]
    assert [await problem(answer) for answer in hidden] == [(404, "not_found")] * len(hidden)
    seen = [each["email"] for each in (await manager.get("/v1/admin/staff"))["items"]]
    assert sorted(seen) == ["manager@shop.example", "mine@shop.example"]
    assert (await manager.get("/v1/terminals"))["items"] == []
    assert (await manager.get("/v1/admin/api-clients"))["items"] == []
    assert await problem(await manager.call("GET", "/v1/admin/audit-log")) == (403, "forbidden")

    await manager.post("/v1/admin/staff", binding("store_associate", gracia))
    own_till = await manager.post("/v1/terminals", {"name": "Till", "location_id": str(gracia)})
    assert (await manager.post(f"/v1/terminals/{own_till['id']}/revoke"))["revoked_at"]


async def test_a_changed_role_takes_effect_at_once(server: Served, admin: Api, api: Api) -> None:
    role = await admin.post("/v1/admin/roles", {"code": "clerk", "name": "Clerk", "scopes": ["staff:manage", "carts"]})
    await make_staff(admin, "clerk@shop.example", ("clerk", None))
    signed_in = await api.post("/v1/auth/staff", {"email": "clerk@shop.example", "password": given.PASSWORD})
    clerk = api.as_(signed_in["access_token"])
    assert (await clerk.call("GET", "/v1/admin/staff")).status_code == 200

    await admin.patch(f"/v1/admin/roles/{role['id']}", {"scopes": ["carts"]}, If_Match='"1"')

    assert await problem(await clerk.call("GET", "/v1/admin/staff")) == (401, "unauthenticated")
    refreshed = await api.post("/v1/auth/refresh", {"refresh_token": signed_in["refresh_token"]})
    assert refreshed["scope"] == "carts"
    assert await problem(await api.as_(refreshed["access_token"]).call("GET", "/v1/admin/staff")) == (403, "forbidden")


async def test_roles_that_are_built_in_or_held_stay(admin: Api) -> None:
    roles = {each["code"]: each for each in (await admin.get("/v1/admin/roles"))["items"]}
    assert set(roles["administrator"]["scopes"]) == set(SCOPES)
    path = f"/v1/admin/roles/{roles['support']['id']}"
    assert await problem(await admin.call("PATCH", path, {"name": "Mine"}, If_Match='"1"')) == (409, "built_in_role")
    assert await problem(await admin.call("DELETE", path, If_Match='"1"')) == (409, "built_in_role")

    role = await admin.post("/v1/admin/roles", {"code": "clerk", "name": "Clerk", "scopes": ["carts"]})
    again = await admin.call("POST", "/v1/admin/roles", {"code": "CLERK", "name": "Clerk", "scopes": ["carts"]})
    assert await problem(again) == (409, "role_code_taken")
    unknown = await admin.call("POST", "/v1/admin/roles", {"code": "x", "name": "X", "scopes": ["root"]})
    assert await problem(unknown) == (400, "invalid_input")
    member = await make_staff(admin, "clerk@shop.example", ("clerk", None))
    path = f"/v1/admin/roles/{role['id']}"
    assert await problem(await admin.call("DELETE", path, If_Match='"1"')) == (409, "role_in_use")
    await admin.patch(f"/v1/admin/staff/{member['id']}", {"roles": []}, If_Match='"1"')
    assert (await admin.call("DELETE", path, If_Match='"1"')).status_code == 204
    assert await problem(await admin.call("GET", path)) == (404, "not_found")


async def test_somebody_stays_who_may_do_everything(admin: Api) -> None:
    (me,) = (await admin.get("/v1/admin/staff"))["items"]
    path = f"/v1/admin/staff/{me['id']}"

    changes: list[dict[str, Any]] = [{"active": False}, {"roles": []}]
    for change in changes:
        assert await problem(await admin.call("PATCH", path, change, If_Match='"1"')) == (409, "last_administrator")
    await make_staff(admin, "second@shop.example", ("administrator", None))
    assert (await admin.patch(path, {"active": False}, If_Match='"1"'))["active"] is False


async def test_the_audit_log_is_walked_once_from_the_latest(server: Served, admin: Api) -> None:
    for number in range(7):
        await admin.post("/v1/admin/roles", {"code": f"role-{number}", "name": "Role", "scopes": ["carts"]})
    seen: list[str] = []
    cursor = ""
    for _ in range(9):
        page = await admin.get(f"/v1/admin/audit-log?subject_kind=role&limit=3{cursor}")
        seen += [each["after"]["code"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [f"role-{number}" for number in reversed(range(7))]
    assert (await admin.get("/v1/admin/audit-log?since=2100-01-01T00:00:00Z"))["items"] == []
    naive = await admin.call("GET", "/v1/admin/audit-log?since=2100-01-01T00:00:00")
    assert await problem(naive) == (400, "invalid_input")
    bad = await admin.call("GET", "/v1/admin/audit-log?cursor=nonsense")
    assert await problem(bad) == (400, "invalid_input")


async def test_the_back_office_is_closed_to_everybody_else(server: Served, api: Api) -> None:
    anonymous = await api.post("/v1/auth/anonymous", {})
    shopper = api.as_(anonymous["access_token"])

    for path in ("staff", "roles", "scopes", "api-clients", "audit-log"):
        assert await problem(await api.call("GET", f"/v1/admin/{path}")) == (401, "unauthenticated")
        assert await problem(await shopper.call("GET", f"/v1/admin/{path}")) == (403, "forbidden")
    assert await problem(await shopper.call("GET", "/v1/terminals")) == (403, "forbidden")
