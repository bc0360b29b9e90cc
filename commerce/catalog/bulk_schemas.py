"""Bulk edits and histories as the back office writes and reads them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.catalog.schemas import Assortment, CategoryIds, Label, Perishable, Tags, Value, Whole
from commerce.catalog.tables import Status
from commerce.kernel.wire import Code, Name, WireIn, WireOut

MOST_EDITED = 10_000

Outcome = Literal["changed", "moved_on", "refused", "unchanged"]
Changed = Annotated[
    dict[str, Value | Whole | float | bool | Annotated[list[Value], Meta(max_length=50)] | None],
    Meta(max_length=50, description="Values by attribute; null takes one away"),
]


class SelectionIn(WireIn, frozen=True, kw_only=True):
    """Which products: those named, or those that fit all that is said here; up to 10,000 of them."""

    product_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_EDITED)] | None = None
    status: Status | None = None
    vendor: Name | None = None
    product_type: Name | None = None
    tag: Name | None = None
    category_id: UUID | None = None
    q: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z")] | None = None


class ChangesIn(WireIn, frozen=True, kw_only=True):
    """What is to be done to each of them; what is left out stays."""

    add_tags: Tags = field(default_factory=list)
    remove_tags: Tags = field(default_factory=list)
    add_category_ids: CategoryIds = field(default_factory=list)
    remove_category_ids: CategoryIds = field(default_factory=list)
    vendor: Label | UnsetType = UNSET
    tax_category: Code | UnsetType = UNSET
    product_type: Label | UnsetType = UNSET
    perishable: Perishable | UnsetType = UNSET
    attributes: Changed = field(default_factory=dict)
    assortment: Assortment | UnsetType = UNSET
    status: Literal["published", "withdrawn"] | UnsetType = UNSET


class BulkEditIn(WireIn, frozen=True, kw_only=True):
    """A bulk edit to be looked at before anything changes."""

    selection: SelectionIn
    changes: ChangesIn


class ApplyIn(WireIn, frozen=True, kw_only=True):
    """The version of the preview that was looked at."""

    version: Annotated[int, Meta(ge=1, le=1_000_000)]


class RefusedEditOut(WireOut, frozen=True, kw_only=True):
    """Why the changes do not fit a product."""

    pointer: str
    detail: str


class BulkEditProductOut(WireOut, frozen=True, kw_only=True):
    """What a bulk edit makes of one product: the fields that change, as they are and as they would be.

    `outcome` is null until it was tried: `changed`; `moved_on`: somebody changed it after the preview, so it was left alone; `refused`.
    """

    product_id: UUID
    slug: str
    before: Any
    after: Any
    refusal: RefusedEditOut | None
    outcome: Outcome | None


class BulkEditOut(WireOut, frozen=True, kw_only=True):
    """A bulk edit: how many products were found, would change, do not fit; and once it runs, what became of them."""

    id: UUID
    state: Literal["previewed", "applying", "applied"]
    matched: int
    to_change: int
    refused: int
    changed: int
    moved_on: int
    created_at: datetime
    applied_at: datetime | None
    version: int


class HistoryEntryOut(WireOut, frozen=True, kw_only=True):
    """One change of a product: who, when, by which operation, and the fields that are not as before, old and new. `variants` are by SKU, and so is
    what `kits` are made of.

    `import_id` is the file that brought the change, if one did.
    """

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    operation: str
    import_id: UUID | None
    before: Any
    after: Any


class MissingOut(WireOut, frozen=True, kw_only=True):
    """Something that a product lacks. `required`: it cannot be published without; else it should not be offered without."""

    pointer: str
    code: str
    detail: str
    required: bool


class MissingListOut(WireOut, frozen=True, kw_only=True):
    """All that a product lacks before it should be published."""

    missing: list[MissingOut]
