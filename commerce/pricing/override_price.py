"""Prices given by hand: who may, how far below the list, and whether it has to be said why."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from sqlalchemy import Boolean, Numeric, Text, select
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import FieldError, NotFound, invalid
from commerce.platform.database import Reading, Tx
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, given
from commerce.pricing.errors import OverrideReasonMissing, OverrideTooDeep
from commerce.pricing.guard_margin import plain
from commerce.pricing.schemas import OverrideLimitIn, OverrideLimitOut
from commerce.pricing.tables import override_limits

OVERRIDE: Final = "prices:override"
_limit = override_limits.c


class OverrideLimit(Struct, frozen=True, kw_only=True):
    """How far below the list's price a scope reaches, as a share of it, and whether it has to be said why."""

    most: Decimal
    reason_required: bool


OverrideLimits = Mapping[str, OverrideLimit]
# Until somebody sets others: a tenth at the counter; who may change the list may give any price. Both say why.
DEFAULTS: Final[OverrideLimits] = MappingProxyType(
    {
        OVERRIDE: OverrideLimit(most=Decimal("0.1"), reason_required=True),
        "prices:write": OverrideLimit(most=Decimal(1), reason_required=True),
    }
)

ALL = Statement(select(_limit.scope, _limit.most, _limit.reason_required).order_by(_limit.scope))
_new = insert(override_limits).values(
    scope=given("scope", Text),
    most=given("most", Numeric),
    reason_required=given("reason_required", Boolean),
    updated_at=given("at", _limit.updated_at.type),
)
SET = Statement(
    _new.on_conflict_do_update(
        index_elements=["scope"],
        set_={
            "most": _new.excluded.most,
            "reason_required": _new.excluded.reason_required,
            "updated_at": _new.excluded.updated_at,
            "version": _limit.version + 1,
        },
    )
)


async def _load(reading: Reading) -> OverrideLimits:
    told = {
        row["scope"]: OverrideLimit(most=row["most"], reason_required=row["reason_required"])
        for row in await reading.fetch(ALL)
    }
    return MappingProxyType({**DEFAULTS, **told})


LIMITS: Resident[OverrideLimits] = Resident("pricing.override_limits", _load)


async def override_limits_now(reading: Reading) -> OverrideLimits:
    """Gives the limits by scope as they were at most one second ago; no statement mostly."""
    return await LIMITS.get(reading)


async def set_override_limit(tx: Tx, scope: str, data: OverrideLimitIn, *, at: datetime) -> OverrideLimitOut:
    """Set how far a scope reaches; refuses with NotFound a scope that allows no price by hand."""
    if scope not in DEFAULTS:
        raise NotFound(f"Prices by hand are allowed by {' and '.join(DEFAULTS)}.")
    most = Decimal(data.most)
    await tx.execute(SET, scope=scope, most=most, reason_required=data.reason_required, at=at)
    await LIMITS.changed(tx)
    after = limit_out(scope, OverrideLimit(most=most, reason_required=data.reason_required))
    tx.changed("override_limit", scope, after=after)
    return after


def limit_out(scope: str, limit: OverrideLimit) -> OverrideLimitOut:
    """Gives a limit as the back office sees it."""
    return OverrideLimitOut(scope=scope, most=plain(limit.most), reason_required=limit.reason_required)


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
