"""What programs write for "always" and "never" is refused wherever it comes in: in bodies at any depth, in queries, in paths, in cursors."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from commerce.kernel.errors import InvalidInput
from commerce.kernel.wire import Instant, WireIn
from commerce.platform.http import after_cursor
from commerce.platform.http.instants import check_body, check_parameters
from commerce.platform.http.paging import encode_cursor, listing


class Unit(WireIn):
    expires_on: date | None = None
    note: str = ""


class Arrival(WireIn):
    eta: Instant | None = None
    units: tuple[Unit, ...] = ()
    by_place: dict[str, Unit] = msgspec.field(default_factory=dict)


def refused(body: bytes) -> list[str]:
    """The pointers of the refusal; none where the body is taken."""
    try:
        check_body(body, msgspec.json.decode(body, type=Arrival))
    except InvalidInput as told:
        return [error.pointer for error in told.errors]
    return []


def test_the_last_and_the_first_day_are_named_where_they_stand() -> None:
    assert refused(b'{"eta": "9999-12-31T23:59:59-05:00"}') == ["/eta"]
    assert refused(b'{"eta": "0001-01-01T00:00:00+05:00"}') == ["/eta"]
    assert refused(b'{"units": [{}, {"expires_on": "9999-12-31"}]}') == ["/units/1/expires_on"]
    assert refused(b'{"by_place": {"x": {"expires_on": "0001-01-01"}}}') == ["/by_place/x/expires_on"]
    assert refused(b'{"units": [{"expires_on": "\\u0039999-12-31"}]}') == ["/units/0/expires_on"]


def test_other_days_and_texts_are_taken() -> None:
    assert refused(b'{"eta": "9998-12-31T23:59:59Z", "units": [{"expires_on": "1753-01-01"}]}') == []
    assert refused(b'{"units": [{"note": "9999-12-31"}]}') == []


def test_a_parameter_is_named_as_its_caller_knows_it() -> None:
    with pytest.raises(InvalidInput) as told:
        check_parameters({"first": date(9999, 12, 31), "limit": 5}, {"first": "?from", "limit": "?limit"})
    assert [error.pointer for error in told.value.errors] == ["?from"]


def test_a_cursor_that_was_made_up_of_one_is_foreign() -> None:
    listing.set("listThings")
    with pytest.raises(InvalidInput):
        after_cursor(encode_cursor(["9999-12-31T23:59:59-05:00"]), Instant)
    assert after_cursor(encode_cursor(["0001-01-01T00:00:00Z"]), Instant) == (datetime(1, 1, 1, tzinfo=UTC),)
