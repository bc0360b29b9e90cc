"""Prices given by hand: who may, how far below the list, and whether it has to be said why."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from asyncpg import Record
from msgspec import Struct
from sqlalchemy import Boolean, Integer, Numeric, Text, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import FieldError, NotFound, invalid
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, given
from commerce.pricing.errors import OverrideReasonMissing, OverrideTooDeep
from commerce.pricing.guard_margin import plain
from commerce.pricing.schemas import OverrideLimitIn, OverrideLimitOut
from commerce.pricing.tables import override_limits

OVERRIDE: Final = "prices:override"
_limit = override_limits.c


class OverrideLimit(Struct, frozen=True, kw_only=True):
    """How far below the list's price a scope reaches, as a share of it, and whether it has to be said why; version 0: nobody set it."""

    most: Decimal
    reason_required: bool
    version: int = 0


OverrideLimits = Mapping[str, OverrideLimit]
# Until somebody sets others: a tenth at the counter; who may change the list may give any price. Both say why.
DEFAULTS: Final[OverrideLimits] = MappingProxyType(
    {
        OVERRIDE: OverrideLimit(most=Decimal("0.1"), reason_required=True),
        "prices:write": OverrideLimit(most=Decimal(1), reason_required=True),
    }
)

_columns = (_limit.scope, _limit.most, _limit.reason_required, _limit.version)
_of_scope = _limit.scope == given("scope", Text)
_values = {
    "most": given("most", Numeric),
    "reason_required": given("reason_required", Boolean),
    "updated_at": given("at", _limit.updated_at.type),
}
ALL = Statement(select(*_columns).order_by(_limit.scope))
ONE = Statement(select(*_columns).where(_of_scope))
ADD = Statement(insert(override_limits).values(scope=given("scope", Text), **_values).on_conflict_do_nothing())
CHANGE = Statement(
    update(override_limits)
    .where(_of_scope, _limit.version == given("expected", Integer))
    .values(**_values, version=_limit.version + 1)
)


async def _load(reading: Reading) -> OverrideLimits:
    told = {row["scope"]: _limit_of(row) for row in await reading.fetch(ALL)}
    return MappingProxyType({**DEFAULTS, **told})


LIMITS: Resident[OverrideLimits] = Resident("pricing.override_limits", _load)


async def override_limits_now(reading: Reading) -> OverrideLimits:
    """Gives the limits by scope as they were at most one second ago; no statement mostly."""
    return await LIMITS.get(reading)


async def override_limit(reads: Reads, scope: str) -> OverrideLimitOut:
    """Gives how far a scope reaches at this moment; refuses with NotFound a scope that allows no price by hand."""
    if scope not in DEFAULTS:
        raise NotFound(f"Prices by hand are allowed by {' and '.join(DEFAULTS)}.")
    row = await reads.fetch_one(ONE, scope=scope)
    return limit_out(scope, DEFAULTS[scope] if row is None else _limit_of(row))


async def set_override_limit(
    tx: Tx, scope: str, expected_version: int, data: OverrideLimitIn, *, at: datetime
) -> OverrideLimitOut:
    """Set how far a scope reaches, on the version that was read; refuses with NotFound a scope that allows no price by hand, and with StaleVersion."""
    before = await override_limit(tx, scope)
    told: dict[str, object] = {
        "scope": scope,
        "most": Decimal(data.most),
        "reason_required": data.reason_required,
        "at": at,
    }
    if not (
        await tx.execute(CHANGE, expected=expected_version, **told)
        if expected_version
        else await tx.execute(ADD, **told)
    ):
        raise StaleVersion
    await LIMITS.changed(tx)
    after = await override_limit(tx, scope)
    tx.changed("override_limit", scope, before=before, after=after)
    return after


def limit_out(scope: str, limit: OverrideLimit) -> OverrideLimitOut:
    """Gives a limit as the back office sees it."""
    return OverrideLimitOut(
        scope=scope, most=plain(limit.most), reason_required=limit.reason_required, version=limit.version
    )


def _limit_of(row: Record) -> OverrideLimit:
    return OverrideLimit(most=row["most"], reason_required=row["reason_required"], version=row["version"])


def judge_override(
    limits: OverrideLimits,
    scopes: Collection[str],
    *,
    listed: int,
    unit: int,
    reason: str | None,
    pointer: str = "/override",
) -> None:
    """Lets a unit price pass that a person gave instead of the list's `listed`, both in minor units and in the list's own terms.

    Of the scopes that the person has, the one that reaches furthest counts. Refuses with OverrideTooDeep a price further below the list
    than that (with the lowest that is allowed), with OverrideReasonMissing one without a reason where the scope wants one, and with
    InvalidInput a price that is negative or above the list's. `pointer` is where the override stands in the request.
    """
    if unit < 0 or unit > listed:
        raise invalid(f"{pointer}/unit", f"A price by hand is from 0 up to the list's, {listed}.")
    held = [limits[scope] for scope in scopes if scope in limits]
    limit = max(held, key=lambda each: (each.most, not each.reason_required), default=None)
    allowed = listed if limit is None else lowest(listed, limit.most)
    if unit < allowed:
        raise OverrideTooDeep(
            f"The lowest price that you may give is {allowed}.",
            errors=[FieldError(f"{pointer}/unit", f"At least {allowed}.")],
            lowest=allowed,
        )
    if limit is not None and limit.reason_required and unit < listed and not (reason or "").strip():
        raise OverrideReasonMissing(
            "Say why the price is another one.", errors=[FieldError(f"{pointer}/reason", "A reason is wanted.")]
        )


def lowest(listed: int, most: Decimal) -> int:
    """Gives the lowest price that is no more than a share below the list's, in whole minor units."""
    numerator, denominator = (1 - most).as_integer_ratio()
    return -(-listed * numerator // denominator)
