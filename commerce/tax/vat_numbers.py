"""Say whether a VAT number counts: by its digits here, by the registry, and for how long an answer holds.

A supply to a business in another member state is exempt only while its number is valid (Directive 2006/112/EC, article
138(1)(b)). When nobody can say, tax is charged; the buyer is told, and a later answer makes the next price exempt.
"""

import re
from datetime import datetime, timedelta
from typing import Final, assert_never

from sqlalchemy import Integer, Text, Uuid, insert, select
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from commerce.kernel.ids import new_id
from commerce.platform.database import Database, Reads, Tx
from commerce.platform.statement import Statement, given
from commerce.price_engine import MEMBER_STATES
from commerce.tax.facts import VatStatus
from commerce.tax.ports import Invalid, Unavailable, Valid, VatRegistry
from commerce.tax.tables import vat_checks

VALID_FOR: Final = timedelta(hours=24)
INVALID_FOR: Final = timedelta(hours=1)
SILENT_FOR: Final = timedelta(seconds=10)
"""For how long the registry is not asked again after it gave no answer."""
_check = vat_checks.c
_at = given("at", _check.at.type)
RECENT = Statement(
    select(_check.outcome, _check.reference, _check.at)
    .where(
        _check.number == given("number", Text),
        _check.at > given("since", _check.at.type),
        _check.at <= _at,
    )
    .order_by(_check.at.desc(), _check.id.desc())
    .limit(given("most", Integer))
)
RECENT_MOST: Final = 20
_NOISE: Final = re.compile(r"[\s./-]")
PREFIXES: Final = frozenset({*MEMBER_STATES, "EL", "XI"})
KEEP = Statement(
    insert(vat_checks).values(
        id=given("id", Uuid),
        number=given("number", Text),
        outcome=given("outcome", Text),
        reference=given("reference", Text),
        reason=given("reason", Text),
        at=_at,
    )
)


def compact_number(number: str) -> str | None:
    """Gives a VAT number in compact form with its prefix, or None when its form or its check digits are wrong."""
    bare = _NOISE.sub("", number).upper()
    if bare[:2] not in PREFIXES:
        return None
    try:
        compact = str(vat.validate(bare))
    except ValidationError:
        return None
    return f"EL{compact[2:]}" if compact.startswith("GR") else compact


async def vat_status(reads: Reads, number: str, *, at: datetime) -> VatStatus:
    """Gives what is known of a number at an instant, without asking anybody."""
    return (await _known(reads, number, at))[0]


async def _known(reads: Reads, number: str, at: datetime) -> tuple[VatStatus, bool]:
    """Gives what is known of a number, and whether the registry is to be left alone for now."""
    compact = compact_number(number)
    if compact is None:
        return VatStatus(number=number.upper(), state="malformed"), True
    rows = await reads.fetch(RECENT, number=compact, since=at - VALID_FOR, at=at, most=RECENT_MOST)
    silent = bool(rows) and rows[0]["outcome"] == "unavailable" and rows[0]["at"] > at - SILENT_FOR
    for row in rows:
        if row["outcome"] == "unavailable":
            continue
        if row["outcome"] == "invalid" and row["at"] <= at - INVALID_FOR:
            break
        return VatStatus(
            number=compact, state=row["outcome"], checked_at=row["at"], consultation=row["reference"]
        ), True
    return VatStatus(number=compact, state="unchecked"), silent


async def check_vat_number(db: Database, registry: VatRegistry | None, number: str, *, at: datetime) -> VatStatus:
    """Gives what is known of a number, asking the registry when nothing is known that still counts.

    Without a registry, or when it does not answer, a well-formed number stays `unchecked`.
    """
    known, enough = await _known(db.reading, number, at)
    if enough or registry is None:
        return known
    outcome = await registry.look_up(known.number)
    await db.transact(_keep, known.number, outcome, at=at)
    match outcome:
        case Valid() | Invalid():
            return await vat_status(db.reading, known.number, at=at)
        case Unavailable():
            return known
        case _:
            assert_never(outcome)


async def _keep(tx: Tx, number: str, outcome: Valid | Invalid | Unavailable, *, at: datetime) -> None:
    reference: str | None = None
    reason: str | None = None
    match outcome:
        case Valid(consultation=reference):
            word = "valid"
        case Invalid(consultation=reference):
            word = "invalid"
        case Unavailable(reason=reason):
            word = "unavailable"
        case _:
            assert_never(outcome)
    await tx.execute(KEEP, id=new_id(), number=number, outcome=word, reference=reference, reason=reason, at=at)
