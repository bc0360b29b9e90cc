"""The wire of suppliers, purchase orders, goods receipts, bounds and proposals."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.kernel.currencies import Currency
from commerce.kernel.wire import BATCH_MOST, Code, Email, Instant, MinorUnits, Name, Quantity, WireIn, WireOut
from commerce.replenishment.facts import PurchaseState, ReceiptState

LINES_MOST = 500
CARTONS_MOST = 200
SERIALS_MOST = 1_000
Units = Annotated[int, Meta(ge=1, le=1_000_000, description="Units of sale, 1 to 1,000,000")]
Bound = Annotated[int, Meta(ge=0, le=1_000_000)]
Barcode = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+\Z", description="As it was scanned")]
Lot = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Serials = Annotated[list[Lot], Meta(max_length=SERIALS_MOST)]
Reason = Annotated[
    str,
    Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z", description="Why, in words that stay"),
]


class ContactIn(WireIn, frozen=True, kw_only=True):
    """Whom to reach at a supplier."""

    name: Name | None = None
    email: Email | None = None
    phone: Name | None = None
    address: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z")] | None = None


class SupplierIn(WireIn, frozen=True, kw_only=True):
    """A new supplier; `lead_days` from the order to the arrival."""

    code: Code
    name: Name
    lead_days: Annotated[int, Meta(ge=0, le=400)] = 7
    currency: Currency
    contact: ContactIn = ContactIn()


class SupplierPatch(WireIn, frozen=True, kw_only=True):
    """What should change; what is left out stays. `active: false`: nothing is proposed from it any more."""

    name: Name | UnsetType = UNSET
    lead_days: Annotated[int, Meta(ge=0, le=400)] | UnsetType = UNSET
    contact: ContactIn | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class SupplierOut(WireOut, frozen=True, kw_only=True):
    """A supplier."""

    id: UUID
    version: int
    code: str
    name: str
    lead_days: int
    currency: str
    contact: ContactIn
    active: bool


class SupplierArticle(WireIn, frozen=True, kw_only=True):
    """How a supplier sells an article: packs and the least order in units of sale, the cost of one in its currency's minor units."""

    variant_id: UUID
    supplier_sku: Name | None = None
    pack_size: Annotated[int, Meta(ge=1, le=100_000)] = 1
    minimum_order: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    unit_cost: MinorUnits | None = None


class SupplierArticlesIn(WireIn, frozen=True, kw_only=True):
    """Articles that a supplier has, or has on other terms than before, and those that it has no longer."""

    put: Annotated[list[SupplierArticle], Meta(max_length=BATCH_MOST)] = field(default_factory=list)
    drop: Annotated[list[UUID], Meta(max_length=BATCH_MOST)] = field(default_factory=list)


class SupplierArticlesOut(WireOut, frozen=True, kw_only=True):
    """How many articles were put and dropped."""

    put: int
    dropped: int


class PurchaseLineIn(WireIn, frozen=True, kw_only=True):
    """Units of an article to order; the cost is the supplier's unless another was agreed."""

    variant_id: UUID
    quantity: Units
    unit_cost: MinorUnits | None = None


PurchaseLines = Annotated[list[PurchaseLineIn], Meta(min_length=1, max_length=LINES_MOST)]


class PurchaseIn(WireIn, frozen=True, kw_only=True):
    """A new purchase order, as a draft; an article may stand in it once."""

    supplier_id: UUID
    location_id: UUID
    expected_on: date | None = None
    lines: PurchaseLines


class PurchasePatch(WireIn, frozen=True, kw_only=True):
    """What should change of a draft, or the day on which an order is expected; lines are replaced as a whole."""

    expected_on: date | UnsetType | None = UNSET
    lines: PurchaseLines | UnsetType = UNSET


class OrderPurchaseIn(WireIn, frozen=True, kw_only=True):
    """When the goods are expected; left out, the supplier's lead days from today."""

    expected_on: date | None = None


class ReasonIn(WireIn, frozen=True, kw_only=True):
    """Why."""

    reason: Reason


class PurchaseLineOut(WireOut, frozen=True, kw_only=True):
    """Units of one article; `open` ones are still expected, `over` were accepted beyond what was ordered."""

    id: UUID
    variant_id: UUID
    sku: str | None
    title: str | None
    supplier_sku: str | None
    unit_cost: int | None
    ordered: int
    received: int
    damaged: int
    cancelled: int
    over: int
    open: int


class PurchaseOut(WireOut, frozen=True, kw_only=True):
    """A purchase order; costs in minor units of `currency`."""

    id: UUID
    version: int
    number: str
    supplier_id: UUID
    location_id: UUID
    state: PurchaseState
    currency: str
    expected_on: date | None
    close_reason: str | None
    created_at: datetime
    ordered_at: datetime | None
    closed_at: datetime | None
    lines: list[PurchaseLineOut]


class CartonUnitsIn(WireIn, frozen=True, kw_only=True):
    """Units of an article in a carton, with the lot or serial numbers that the supplier tells."""

    variant_id: UUID
    quantity: Quantity
    lot: Lot | None = None
    expires_on: date | None = None
    serials: Serials = field(default_factory=list)


class CartonIn(WireIn, frozen=True, kw_only=True):
    """A carton by its barcode (an SSCC, or whatever is printed on it) and what is in it."""

    barcode: Barcode
    units: Annotated[list[CartonUnitsIn], Meta(min_length=1, max_length=BATCH_MOST)]


class NoticeIn(WireIn, frozen=True, kw_only=True):
    """What the supplier says is on its way."""

    reference: Name | None = None
    expected_at: Instant | None = None
    cartons: Annotated[list[CartonIn], Meta(min_length=1, max_length=CARTONS_MOST)]


class CartonOut(WireOut, frozen=True, kw_only=True):
    """A carton that was announced; with the goods receipt that scanned it."""

    barcode: str
    units: list[CartonUnitsIn]
    goods_receipt_id: UUID | None = None


class NoticeOut(WireOut, frozen=True, kw_only=True):
    """An advance shipping notice."""

    id: UUID
    number: str
    purchase_order_id: UUID
    reference: str | None
    expected_at: datetime | None
    created_at: datetime
    cartons: list[CartonOut]


class ReceiptIn(WireIn, frozen=True, kw_only=True):
    """Where goods arrived, and for which purchase order or shipping notice; neither: a blind receipt."""

    location_id: UUID
    purchase_order_id: UUID | None = None
    shipping_notice_id: UUID | None = None


class ScanIn(WireIn, frozen=True, kw_only=True):
    """One scan: a carton's barcode, or an article's barcode or SKU with its units. `scan_id` is the scanner's own, a new one for each scan:
    the same one again adds nothing and gets the first answer.
    """

    scan_id: UUID
    barcode: Barcode
    quantity: Units = 1
    condition: Literal["good", "damaged"] = "good"
    lot: Lot | None = None
    expires_on: date | None = None
    serials: Serials = field(default_factory=list)


class ScannedOut(WireOut, frozen=True, kw_only=True):
    """Units that a scan added; `exception` says what is not as it was ordered."""

    variant_id: UUID
    sku: str | None = None
    title: str | None = None
    quantity: int
    condition: Literal["good", "damaged"]
    exception: Literal["wrong_article", "over"] | None
    lot: str | None
    expires_on: date | None
    serials: list[str]


class ScanOut(WireOut, frozen=True, kw_only=True):
    """What a scan added, and how many units the receipt has with it."""

    scan_id: UUID
    units: list[ScannedOut]
    units_so_far: int


class ReceiptOut(WireOut, frozen=True, kw_only=True):
    """A goods receipt with what was scanned into it; booked once it is closed."""

    id: UUID
    version: int
    number: str
    location_id: UUID
    purchase_order_id: UUID | None
    shipping_notice_id: UUID | None
    state: ReceiptState
    opened_at: datetime
    closed_at: datetime | None
    units: list[ScannedOut]


class RulesOut(WireOut, frozen=True, kw_only=True):
    """What the shop decides of receiving. `receiver_differs`: who shipped a transfer does not receive it, unless with stock:approve."""

    version: int
    receiver_differs: bool
    over_tolerance_percent: int


class RulesPatch(WireIn, frozen=True, kw_only=True):
    """What should change; what is left out stays."""

    receiver_differs: bool | UnsetType = UNSET
    over_tolerance_percent: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET


class BoundIn(WireIn, frozen=True, kw_only=True):
    """Below `minimum` an article is proposed up to `maximum` at a location; without them, nothing is proposed there any more."""

    variant_id: UUID
    location_id: UUID
    minimum: Bound | None = None
    maximum: Bound | None = None


class BoundsIn(WireIn, frozen=True, kw_only=True):
    """Bounds that are set or taken away, all of them or none."""

    bounds: Annotated[list[BoundIn], Meta(min_length=1, max_length=BATCH_MOST)]


class BoundOut(WireOut, frozen=True, kw_only=True):
    """The bounds of an article at a location."""

    variant_id: UUID
    location_id: UUID
    minimum: int
    maximum: int
    changed_at: datetime


class BoundsOut(WireOut, frozen=True, kw_only=True):
    """The bounds that hold now, of those that were named."""

    bounds: list[BoundOut]


class BoundChangeOut(WireOut, frozen=True, kw_only=True):
    """Bounds as they were set, or taken away (null), by whom."""

    seq: int
    variant_id: UUID
    location_id: UUID
    minimum: int | None
    maximum: int | None
    by: str
    at: datetime


class ProposalOut(WireOut, frozen=True, kw_only=True):
    """Units that should come to a location: from a warehouse, from a supplier, or (none) nobody is known to have them.

    on_hand - reserved + coming is below the minimum; `coming` is in transit, on transfers and on purchase orders, drafts too.
    """

    variant_id: UUID
    location_id: UUID
    kind: Literal["transfer", "purchase", "none"]
    quantity: int
    origin_id: UUID | None
    supplier_id: UUID | None
    minimum: int
    maximum: int
    on_hand: int
    reserved: int
    coming: int


class DraftIn(WireIn, frozen=True, kw_only=True):
    """The location whose proposals become drafts."""

    location_id: UUID


class DraftsOut(WireOut, frozen=True, kw_only=True):
    """The drafts that were made, and how many proposals nobody can supply."""

    transfer_ids: list[UUID]
    purchase_order_ids: list[UUID]
    without_source: int
