"""The wire of stock."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.inventory.facts import MovementKind, OwnerKind, Spot
from commerce.kernel.wire import BATCH_MOST, WireIn, WireOut

MOST_ADJUSTED = 1_000_000
Delta = Annotated[
    int,
    Meta(
        ge=-MOST_ADJUSTED, le=MOST_ADJUSTED, description="Units more (or fewer) than there were; not 0", examples=[-1]
    ),
]
Counted = Annotated[int, Meta(ge=0, le=MOST_ADJUSTED, description="Units that were counted on the shelf")]
Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]+\Z",
        description="Why, in words that stay in the ledger",
    ),
]


class AdjustmentLineIn(WireIn, frozen=True, kw_only=True):
    """One correction: either `delta`, or `counted` with the units that were `expected` there (409 when others moved units meanwhile)."""

    variant_id: UUID
    location_id: UUID
    delta: Delta | None = None
    counted: Counted | None = None
    expected: Counted | None = None


class AdjustmentIn(WireIn, frozen=True, kw_only=True):
    """Corrections that happen all or not at all; an article may stand once for each location."""

    reason: Reason
    lines: Annotated[list[AdjustmentLineIn], Meta(min_length=1, max_length=BATCH_MOST)]


class LevelOut(WireOut, frozen=True, kw_only=True):
    """Units of an article at a location: available = on_hand - reserved. Holds that are over are not counted as reserved.

    `safety` units are kept back from whoever buys without standing before the shelf; `online` is what is left for those, before the
    buffers of single channels.
    """

    variant_id: UUID
    location_id: UUID
    on_hand: int
    reserved: int
    available: int
    safety: int
    online: int


class AdjustmentOut(WireOut, frozen=True, kw_only=True):
    """A correction that was booked: its id is the `document_id` of its movements; the level of each line after it."""

    id: UUID
    reason: str
    levels: list[LevelOut]


class MovementOut(WireOut, frozen=True, kw_only=True):
    """Units that came (or left, when negative), with what was there afterwards, why, by which document, and who acted.

    `spot` is what of the location the units came to or left, mostly the shelf, and `on_hand_after` what it had then (a shortage is below
    zero); `other_spot` is where they came from or went, with its location where that is one of ours: such a movement stands here twice, once
    for each end. `seq` grows: of two movements of an article at a location, the later one has the higher.
    """

    id: UUID
    seq: int
    variant_id: UUID
    location_id: UUID
    quantity: int
    on_hand_after: int
    kind: MovementKind
    document_kind: str
    document_id: UUID | None
    actor: str
    reason: str
    effect_key: str
    at: datetime
    spot: Spot
    other_spot: Spot
    other_location_id: UUID | None


class ReservationOut(WireOut, frozen=True, kw_only=True):
    """Units kept for a basket until `expires_at`, or until they leave for an order or, as `owner_kind` says, for a transfer with the id `order_id`.

    quantity = open + consumed + released + expired.
    """

    hold_id: UUID
    order_id: UUID | None
    variant_id: UUID
    location_id: UUID
    quantity: int
    open: int
    consumed: int
    released: int
    expired: int
    expires_at: datetime | None
    created_at: datetime
    owner_kind: OwnerKind


class WhyMovementOut(WireOut, frozen=True, kw_only=True):
    """A movement of the article on this location's shelf: where the units came from or went, and in `href` the document that caused it."""

    id: UUID
    quantity: int
    on_hand_after: int
    kind: MovementKind
    document_kind: str
    document_id: UUID | None
    actor: str
    reason: str
    at: datetime
    other_spot: Spot
    other_location_id: UUID | None
    href: str | None


class WhyReservedOut(WireOut, frozen=True, kw_only=True):
    """Units that a live hold, an order or a transfer (`order_id` is its id then) has open here."""

    hold_id: UUID
    order_id: UUID | None
    open: int
    expires_at: datetime | None
    owner_kind: OwnerKind
    href: str | None


class WhyBesideOut(WireOut, frozen=True, kw_only=True):
    """Units of the article that the location has beside its shelf; a shortage is below zero. `href` lists the movements."""

    spot: Spot
    units: int
    href: str


class BufferOut(WireOut, frozen=True, kw_only=True):
    """Units that a shelf keeps back from a channel, beyond its safety stock."""

    channel_id: UUID
    units: int


class WhyLocationOut(WireOut, frozen=True, kw_only=True):
    """One location's figures explained.

    on_hand = moved_before + the quantities of `movements` (the latest first); reserved = reserved_further + the open units of
    `reserved_by` (orders first); available = on_hand - reserved; online = available - safety - claimed, 0 at the least, of which a channel
    with a buffer may promise so much less. `claimed` units are those that orders wait for here; `closed`: nothing is promised online before
    the release date.
    """

    location_id: UUID
    on_hand: int
    reserved: int
    available: int
    safety: int
    claimed: int
    closed: bool
    buffers: list[BufferOut]
    online: int
    moved_before: int
    movements: list[WhyMovementOut]
    movements_href: str
    reserved_further: int
    reserved_by: list[WhyReservedOut]
    beside: list[WhyBesideOut]


class WhyUnroutedOut(WireOut, frozen=True, kw_only=True):
    """Units that are owed to an order and that no shelf keeps yet."""

    owner_id: UUID
    units: int
    href: str


class WhyOut(WireOut, frozen=True, kw_only=True):
    """Where an article's stock is and why; the sums are over the locations that the caller may see.

    sendable = the sum of `online` - unrouted, 0 at the least: what online channels without buffers may promise to send, from places that
    send. `unrouted` is the demand that has no place yet, of which `unrouted_by` shows the first orders.
    """

    variant_id: UUID
    on_hand: int
    reserved: int
    available: int
    safety: int
    claimed: int
    online: int
    unrouted: int
    unrouted_by: list[WhyUnroutedOut]
    sendable: int
    locations: list[WhyLocationOut]


class BufferIn(WireIn, frozen=True, kw_only=True):
    """Units to keep back from a channel, beyond the safety stock."""

    channel_id: UUID
    units: Counted


class KeptBackIn(WireIn, frozen=True, kw_only=True):
    """What a shelf keeps back from now on; a channel that is not named has no buffer."""

    safety: Counted
    buffers: Annotated[list[BufferIn], Meta(max_length=BATCH_MOST)] = msgspec.field(default_factory=list)
    reason: Reason


class KeptBackOut(WireOut, frozen=True, kw_only=True):
    """What a shelf keeps back of an article; `version` is its ETag, and grows with each change."""

    variant_id: UUID
    location_id: UUID
    safety: int
    buffers: list[BufferOut]
    version: int


class KeptBackChangeOut(WireOut, frozen=True, kw_only=True):
    """One change of what a shelf keeps back: of its safety stock, or of a channel's buffer where one is named."""

    seq: int
    channel_id: UUID | None
    before: int
    after: int
    actor: str
    reason: str
    at: datetime


class ProofFindingOut(WireOut, frozen=True, kw_only=True):
    """One check of the proof: the promise that it proves, how many rows break it, and the first of them."""

    code: str
    name: str
    rows: int
    shown: list[dict[str, str]]


class LastProofOut(WireOut, frozen=True, kw_only=True):
    """What the last nightly proof found over all articles; `broken` is the number of rows that break a promise."""

    id: UUID
    began_at: datetime
    ended_at: datetime
    articles: int
    broken: int
    findings: list[ProofFindingOut]


class ProofOut(WireOut, frozen=True, kw_only=True):
    """The proof of some articles, made now: `next_cursor` leads to those that follow, and is null when all are proven.

    `sound` says that no row breaks any of the checks; of those that are broken, `findings` shows the rows. The pages together prove that
    levels and balances are the sums of their movements, that each movement has two ends and the company's sum is what came in less what
    went out, that no more is promised than there is, and that each reserved unit ends once.
    """

    articles: int
    checks: int
    sound: bool
    findings: list[ProofFindingOut]
    next_cursor: str | None
    last_night: LastProofOut | None
