"""Lists: newest first, by cursor and by time of creation (https://docs.stripe.com/api/pagination)."""

from collections.abc import Sequence

from commerce.sandbox.errors import Document, invalid
from commerce.sandbox.objects import page, show
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.records import Record
from commerce.sandbox.store import Change

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100


def window(change: Change, records: Sequence[Record], params: Parameters, url: str) -> Document:
    """One page of what was found; `records` come oldest first."""
    limit = params.integer("limit") if "limit" in params else DEFAULT_LIMIT
    if limit is None or not 1 <= limit <= LARGEST_LIMIT:
        raise invalid(f"Invalid limit: must be between 1 and {LARGEST_LIMIT}", param="limit")
    newest_first = [record for record in reversed(records) if _created_within(record, params)]
    after, before = params.text("starting_after"), params.text("ending_before")
    if after is not None:
        newest_first = newest_first[_place(newest_first, after, "starting_after") + 1 :]
    if before is not None:
        newest_first = newest_first[: _place(newest_first, before, "ending_before")]
        shown = newest_first[-limit:]
    else:
        shown = newest_first[:limit]
    return page([show(record, change) for record in shown], url, has_more=len(newest_first) > limit)


def _place(records: Sequence[Record], identifier: str, param: str) -> int:
    for place, record in enumerate(records):
        if record.id == identifier:
            return place
    raise invalid(f"No such object: '{identifier}'", param=param, code="resource_missing")


def _created_within(record: Record, params: Parameters) -> bool:
    """`created` is a second, or bounds of seconds."""
    second = int(record.created)
    exact = params.integer("created")
    if exact is not None:
        return second == exact
    bounds = params.table("created")
    if bounds is None:
        return True
    limits = Parameters(bounds)
    above, at_least, below, at_most = (limits.integer(name) for name in ("gt", "gte", "lt", "lte"))
    return (
        (above is None or second > above)
        and (at_least is None or second >= at_least)
        and (below is None or second < below)
        and (at_most is None or second <= at_most)
    )
