"""Promotions for a test's world, written and published by the real verbs."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from commerce import promotions
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.price_engine import Promotion
from commerce.promotions.code_schemas import CodeIn
from commerce.promotions.codes import add_code
from commerce.promotions.schemas import PromotionIn, PromotionPatch, PublishIn

ACTOR = "staff:test"
TENTH = {"kind": "percent_off", "rate": "0.1"}


def written(effect: dict[str, Any] | None = None, *, code: str | None = None, **fields: Any) -> PromotionIn:
    """A promotion as a client would send it; 10 % off every line unless told. Fields are those of the wire."""
    return msgspec.convert(
        {
            "code": code or f"promotion-{new_id().hex[-12:]}",
            "name": {"en": "Ten off"},
            "effect": effect or TENTH,
            **msgspec.to_builtins(fields),
        },
        PromotionIn,
    )


async def draft(db: Database, effect: dict[str, Any] | None = None, **fields: Any) -> UUID:
    """A promotion that is not published."""
    return (await db.transact(promotions.create_promotion, written(effect, **fields), at=clock.now())).id


async def published(
    db: Database, effect: dict[str, Any] | None = None, *, opened_by: str | None = None, **fields: Any
) -> UUID:
    """A promotion in force; with a shared code where `opened_by` names one."""
    if opened_by is not None:
        fields["conditions"] = {**fields.get("conditions", {}), "code": True}
    promotion_id = await draft(db, effect, **fields)
    await publish(db, promotion_id)
    if opened_by is not None:
        await code(db, promotion_id, opened_by)
    return promotion_id


async def publish(db: Database, promotion_id: UUID, *, begins_at: datetime | None = None) -> int:
    """Publishes what is written now; gives the version that is in force then."""
    version = (await promotions.promotion_of(db.reading, promotion_id)).version
    data = PublishIn(version=version, begins_at=begins_at)
    return (await db.transact(promotions.publish_promotion, promotion_id, data, actor=ACTOR, at=clock.now())).version


async def rewritten(db: Database, promotion_id: UUID, **fields: Any) -> None:
    """Rewrites a promotion without publishing it. Fields are those of the wire."""
    version = (await promotions.promotion_of(db.reading, promotion_id)).version
    patch = msgspec.convert(msgspec.to_builtins(fields), PromotionPatch)
    await db.transact(promotions.change_promotion, promotion_id, version, patch, at=clock.now())


async def withdrawn(db: Database, promotion_id: UUID) -> None:
    """Withdraws a promotion."""
    await db.transact(promotions.withdraw_promotion, promotion_id, actor=ACTOR, at=clock.now())


async def code(db: Database, promotion_id: UUID, typed: str, *, uses_most: int | None = None) -> None:
    """A code that many share."""
    await db.transact(add_code, promotion_id, CodeIn(code=typed, uses_most=uses_most))


async def live(db: Database) -> dict[UUID, list[Promotion]]:
    """What the process would price with, by promotion."""
    found: dict[UUID, list[Promotion]] = {}
    for each in (await promotions.promotions_now(db.reading)).all:
        found.setdefault(each.id, []).append(each)
    return found


def use(
    promotion_id: UUID, saved: int = 500, *, code: str | None = None, version: int = 2, currency: str = "EUR"
) -> promotions.Use:
    """An order's use of a promotion that was published once."""
    return promotions.Use(promotion_id=promotion_id, version=version, code=code, saved=Money(saved, currency))


async def reserve(
    db: Database,
    *uses: promotions.Use,
    order: UUID | None = None,
    account: UUID | None = None,
    email: str | None = None,
) -> UUID:
    """Reserves uses for an order; gives its id."""
    order_id = order or new_id()
    customer = promotions.Customer(account_id=account, email=email)
    await db.transact(promotions.reserve_uses, order_id, uses, customer=customer, at=clock.now())
    return order_id


async def commit(db: Database, order: UUID) -> int:
    """Commits an order's uses."""
    return await db.transact(promotions.commit_uses, order, at=clock.now())


async def release(db: Database, order: UUID) -> int:
    """Gives an order's uses back."""
    return await db.transact(promotions.release_uses, order, at=clock.now())
