"""The proof that stock is what its facts say: some articles at a time, so that it can run beside a working shop and be asked for.

Each check is one statement, so what it compares is of one moment, and whoever moves stock meanwhile neither waits nor disturbs it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.invariants import checks
from commerce.inventory.schemas import LastProofOut, ProofFindingOut, ProofOut
from commerce.inventory.tables import stock_levels, stock_proofs
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.audit import SHOWN, Finding
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.http import Caller, Forbidden, encode_cursor
from commerce.platform.statement import Statement, given

ARTICLES_AT_ONCE = 500
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


def among(article: ColumnElement[UUID]) -> Sequence[ColumnElement[bool]]:
    """Gives the conditions that an article is one of those after `after`, up to `until`."""
    return article > given("after", Uuid), article <= given("until", Uuid)


CHECKS = checks(among)
NEXT = Statement(
    select(stock_levels.c.variant_id)
    .where(stock_levels.c.variant_id > given("after", Uuid))
    .distinct()
    .order_by(stock_levels.c.variant_id)
    .limit(given("limit", Integer))
)
LAST_PROOF = Statement(
    select(stock_proofs).order_by(stock_proofs.c.began_at.desc()).limit(1),
    into=LastProofOut,
)
KEEP = Statement(
    insert(stock_proofs).values(
        id=given("id", Uuid),
        began_at=given("began_at", DateTime(timezone=True)),
        ended_at=given("ended_at", DateTime(timezone=True)),
        articles=given("articles", Integer),
        broken=given("broken", Integer),
        findings=given("findings", JSONB),
    )
)


class Proven(msgspec.Struct, frozen=True):
    """What was found about some articles; `until` is the last of them, the highest id that can be when no others follow."""

    articles: int
    until: UUID
    findings: list[Finding]


async def prove_next(reading: Reading, after: UUID, limit: int) -> Proven:
    """Proves the articles that follow one, in the order of their ids, `limit` of them at the most; rows of articles without a level belong
    to the next that has one.
    """
    articles = [row["variant_id"] for row in await reading.fetch(NEXT, after=after, limit=limit)]
    until = articles[-1] if len(articles) == limit else LAST
    findings = []
    for check in CHECKS:
        rows = await reading.fetch(check.statement, after=after, until=until)
        shown = [{name: str(value) for name, value in row.items()} for row in rows[:SHOWN]]
        findings.append(Finding(code=check.code, name=check.name, rows=len(rows), shown=shown))
    return Proven(len(articles), until, findings)


async def prove_page(reading: Reading, caller: Caller, after: UUID | None, limit: int) -> ProofOut:
    """Answers a page of the proof with what the last night's found; for a caller who is bound to no location, since it is about all of them."""
    if caller.locations is not None and "audit:read" not in caller.scopes:
        raise Forbidden(
            "The proof is about all locations: it needs a caller who is bound to none, or the scope audit:read."
        )
    proven = await prove_next(reading, after or FIRST, limit)
    last_night = await reading.fetch_one(LAST_PROOF)
    return ProofOut(
        articles=proven.articles,
        checks=len(CHECKS),
        sound=not any(finding.rows for finding in proven.findings),
        findings=[_out(finding) for finding in proven.findings if finding.rows],
        next_cursor=None if proven.until == LAST else encode_cursor([proven.until]),
        last_night=last_night,
    )


async def prove_all(db: Database) -> LastProofOut:
    """Proves all articles and keeps what was found."""
    began_at, articles, after = clock.now(), 0, FIRST
    found: dict[str, Finding] = {}
    while after != LAST:
        proven = await prove_next(db.reading, after, ARTICLES_AT_ONCE)
        articles, after = articles + proven.articles, proven.until
        for finding in proven.findings:
            found[finding.name] = _both(found.get(finding.name), finding)
    return await db.transact(_keep, began_at, articles, [finding for finding in found.values() if finding.rows])


def _both(before: Finding | None, more: Finding) -> Finding:
    if before is None:
        return more
    return msgspec.structs.replace(before, rows=before.rows + more.rows, shown=(before.shown + more.shown)[:SHOWN])


async def _keep(tx: Tx, began_at: datetime, articles: int, findings: Sequence[Finding]) -> LastProofOut:
    proof = LastProofOut(
        id=new_id(),
        began_at=began_at,
        ended_at=max(began_at, clock.now()),
        articles=articles,
        broken=sum(finding.rows for finding in findings),
        findings=[_out(finding) for finding in findings],
    )
    await tx.execute(KEEP, **msgspec.structs.asdict(proof))
    return proof


def _out(finding: Finding) -> ProofFindingOut:
    return ProofFindingOut(code=finding.code, name=finding.name, rows=finding.rows, shown=finding.shown)
