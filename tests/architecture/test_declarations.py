"""What is declared is whole: refusals in three languages, facts with versions, routes with operation, scope and key."""

import re
from collections import Counter

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from commerce.app import slices
from commerce.app.documents import refusal_types
from commerce.app.http import create_http
from commerce.identity import SCOPES
from commerce.kernel.events import all_events
from commerce.platform.http import PUBLIC
from commerce.platform.settings import load

KEYLESS = re.compile(r"^/v1/(auth/|payments/webhooks/)|^/_")


@pytest.fixture(scope="module")
def app() -> Litestar:
    """The application without a program behind it."""
    return create_http(load({}, env_file=None))


def handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler]]:
    """Gives each path with its handler."""
    return [
        (route.path, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.operation_id
    ]


def test_every_refusal_has_a_code_of_its_own_and_a_title_in_three_languages(app: Litestar) -> None:
    assert app.routes
    kinds = [kind for kind in refusal_types() if kind.__module__.startswith("commerce.")]
    assert [code for code, count in Counter(kind.code for kind in kinds).items() if count > 1] == []
    bare = [
        kind.code
        for kind in kinds
        if not (kind.es and kind.ca and kind.__doc__) or len({kind.es, kind.ca, kind.title("en")}) < 3
    ]
    assert bare == []
    assert [kind.code for kind in kinds if not re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)] == []


def test_every_fact_has_a_tag_with_slice_and_version(app: Litestar) -> None:
    assert app.routes
    tags = [kind.name() for kind in all_events() if kind.__module__.startswith("commerce.")]
    assert [tag for tag in tags if not re.fullmatch(r"[a-z_]+\.[a-z_]+\.v\d+", tag)] == []
    assert len(tags) == len(set(tags))


def test_every_route_has_an_operation_of_its_own_and_a_known_scope(app: Litestar) -> None:
    found = handlers(app)
    operations = Counter(str(handler.operation_id) for _, handler in found)
    assert [operation for operation, count in operations.items() if count > 1] == []
    assert [operation for operation in operations if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)+", operation)] == []
    unknown = {handler.opt.get("scope") for _, handler in found} - set(SCOPES) - {PUBLIC}
    assert unknown == set()


def test_every_post_takes_an_idempotency_key(app: Litestar) -> None:
    without = [
        path
        for path, handler in handlers(app)
        if "POST" in handler.http_methods and handler.opt["key"] == "none" and not KEYLESS.match(path)
    ]
    assert without == []


def test_every_change_of_a_shared_record_in_the_back_office_takes_if_match(app: Litestar) -> None:
    without = [
        path
        for path, handler in handlers(app)
        if handler.http_methods & {"PATCH"} and path.startswith("/v1/admin/") and not handler.opt["versioned"]
    ]
    assert without == []


def test_every_route_says_what_it_does(app: Litestar) -> None:
    assert [path for path, handler in handlers(app) if not (handler.fn.__doc__ or "").strip()] == []


def test_slices_are_mounted_each_once() -> None:
    assert len(set(slices.SLICES)) == len(slices.SLICES)
