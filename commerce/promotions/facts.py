"""What promotions takes and gives beside the engine's own `Promotion`."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.kernel.currencies import Currency
from commerce.kernel.money import Money
from commerce.price_engine import ALWAYS, EVERYTHING, Conditions, Effect, Promotion, Targets, Window

CodeWhy = Literal["unknown", "withdrawn", "not_yet", "over", "used_up", "reserved", "second"]
"""Why a code opens nothing.

There is no such code; it or its promotion was withdrawn; the promotion has not begun, or is over; all uses are taken;
the last use is kept for an order that is not paid yet; another code of the same promotion was offered before it.
"""


class State(StrEnum):
    """Whether a promotion is still being written, has a version that may apply, or is gone for good."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class UseState(StrEnum):
    """What became of a use: kept for an order that may come about, counted for one that did, given back."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    RELEASED = "released"


class Limits(Struct, frozen=True, kw_only=True, gc=False):
    """How often a promotion may be used, by everybody and by one customer, and how much it may give away in all.

    `amount_most` is in minor units of the promotion's currency.
    """

    uses_most: int | None = None
    amount_most: int | None = None
    per_customer_most: int | None = None


UNLIMITED = Limits()


class Rule(Struct, frozen=True, kw_only=True):
    """A promotion without its identity: what is written, judged, and kept whole with each version."""

    priority: int = 0
    currency: Currency | None = None
    targets: Targets = EVERYTHING
    conditions: Conditions = Conditions()
    effect: Effect
    exclusion: str | None = None
    alone: bool = False
    window: Window = ALWAYS
    limits: Limits = UNLIMITED


class Published(Struct, frozen=True, kw_only=True):
    """One publication or withdrawal; `in_force` is what may apply of the promotion from `at` on, until the next one."""

    promotion_id: UUID
    version: int
    rule: Rule | None
    in_force: tuple[Promotion, ...]
    at: datetime
    actor: str


class Use(Struct, frozen=True, kw_only=True, gc=False):
    """That an order uses a promotion, by a code where it needs one; `saved` is what it takes off lines and deliveries."""

    promotion_id: UUID
    version: int
    code: str | None = None
    saved: Money


class Customer(Struct, frozen=True, kw_only=True, gc=False):
    """Who uses a promotion: the account where somebody is signed in, and the e-mail that the order is for."""

    account_id: UUID | None = None
    email: str | None = None


SOMEBODY = Customer()


class Resolved(Struct, frozen=True, kw_only=True, gc=False):
    """What an offered code stands for: the promotion that it opens, or why it opens none."""

    code: str
    promotion_id: UUID | None = None
    why: CodeWhy | None = None

    @property
    def opens(self) -> bool:
        """Whether the code may be handed to the engine."""
        return self.why is None


def opened(resolved: Sequence[Resolved]) -> tuple[tuple[str, UUID], ...]:
    """Gives the pairs of code and promotion that the engine takes."""
    return tuple(
        (each.code, each.promotion_id) for each in resolved if each.why is None and each.promotion_id is not None
    )
