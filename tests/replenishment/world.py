"""Places, articles and people for tests of replenishment, and its acts in one readable line each."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select

from commerce.inventory import levels, spots
from commerce.kernel.ids import LocationId, VariantId, new_id, readable_code
from commerce.platform.audit import Finding, run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.replenishment import Peg, TransferWish
from commerce.replenishment.draft_transfer import Way, approve_transfer, drafted
from commerce.replenishment.facts import Purchase, Receipt, Transfer, TransferShipment
from commerce.replenishment.goods_receipt import open_goods_receipt
from commerce.replenishment.purchase import draft_purchase, order_purchase
from commerce.replenishment.queries import PURCHASE, TRANSFER, seen
from commerce.replenishment.receive_transfer import receive_transfer
from commerce.replenishment.scan import scan
from commerce.replenishment.schemas import PurchaseIn, PurchaseLineIn, ReceiptIn, ScanIn, ScanOut, SupplierIn
from commerce.replenishment.ship_transfer import ship_transfer
from commerce.replenishment.suppliers import create_supplier
from commerce.replenishment.tables import transfers
from commerce.replenishment.transfer_schemas import ReceiveTransferIn, ShipTransferIn, TransferScanOut
from tests.conftest import AT
from tests.given import catalog, stores
from tests.given.inventory import stock

ALL = Statement(select(transfers.c.id).order_by(transfers.c.id))
WORK = frozenset({"stock:read", "stock:transfer", "stock:receive"})
BOSS = Caller(kind="staff", id=new_id(), scopes=WORK | {"stock:plan", "stock:approve", "stock:adjust"}, locations=None)


class World(msgspec.Struct, kw_only=True):
    """A warehouse that sends, a store that receives, and articles by their SKU; a clerk at each place."""

    db: Database
    origin: LocationId
    destination: LocationId
    articles: dict[str, VariantId]

    @property
    def sender(self) -> Caller:
        """Somebody at the warehouse."""
        return Caller(kind="staff", id=UUID(int=1), scopes=WORK, locations=frozenset({self.origin}))

    @property
    def receiver(self) -> Caller:
        """Somebody at the store."""
        return Caller(kind="staff", id=UUID(int=2), scopes=WORK, locations=frozenset({self.destination}))

    async def transfer(self, wanted: Mapping[str, int], *, pegs: Mapping[str, Peg] | None = None) -> Transfer:
        """An approved transfer from the warehouse to the store."""
        wishes = [
            TransferWish(variant_id=self.articles[sku], quantity=units, peg=(pegs or {}).get(sku))
            for sku, units in wanted.items()
        ]
        way = Way(self.origin, self.destination)
        draft = await self.db.transact(drafted, way, wishes, "refill", by="staff:test")
        return await self.db.transact(approve_transfer, self.sender, draft.id)

    async def ship(self, transfer: Transfer, **how: Any) -> TransferShipment:
        """The warehouse sends all that is left, or what `lines`, `cartons` say."""
        return await self.db.transact(ship_transfer, self.sender, transfer.id, msgspec.convert(how, ShipTransferIn))

    async def receive(
        self,
        transfer: Transfer,
        barcode: str,
        quantity: int = 1,
        condition: Literal["good", "damaged"] = "good",
        *,
        by: Caller | None = None,
        scan_id: UUID | None = None,
        **more: Any,
    ) -> TransferScanOut:
        """The store scans what arrived."""
        data = ReceiveTransferIn(
            scan_id=scan_id or new_id(), barcode=barcode, quantity=quantity, condition=condition, **more
        )
        return await self.db.transact(receive_transfer, by or self.receiver, transfer.id, data)

    async def now(self, transfer: Transfer) -> Transfer:
        """The transfer as it is."""
        return await seen(self.db.reading, TRANSFER, transfer.id, None)

    async def all_transfers(self) -> list[Transfer]:
        """Every transfer that there is."""
        rows = await self.db.reading.fetch(ALL)
        return [await seen(self.db.reading, TRANSFER, row["id"], None) for row in rows]

    async def purchase(self, wanted: Mapping[str, int]) -> Purchase:
        """A purchase order to the warehouse that was ordered."""
        made = await self.db.transact(
            create_supplier, SupplierIn(code=readable_code(6), name="Potter", lead_days=5, currency="EUR")
        )
        lines = [PurchaseLineIn(variant_id=self.articles[sku], quantity=units) for sku, units in wanted.items()]
        draft = await self.db.transact(
            draft_purchase, BOSS, PurchaseIn(supplier_id=made.id, location_id=self.origin, lines=lines)
        )
        return await self.db.transact(order_purchase, BOSS, draft.id, None, today=AT.date())

    async def purchase_now(self, purchase: Purchase) -> Purchase:
        """The purchase order as it is."""
        return await seen(self.db.reading, PURCHASE, purchase.id, None)

    async def receipt(self, purchase: Purchase | None = None) -> Receipt:
        """A goods receipt at the warehouse, for an order or blind."""
        data = ReceiptIn(location_id=self.origin, purchase_order_id=purchase.id if purchase else None)
        return await self.db.transact(open_goods_receipt, self.sender, data)

    async def scan(
        self,
        receipt: Receipt,
        barcode: str,
        quantity: int = 1,
        *,
        by: Caller | None = None,
        scan_id: UUID | None = None,
        **more: Any,
    ) -> ScanOut:
        """The warehouse scans what arrived."""
        data = ScanIn(scan_id=scan_id or new_id(), barcode=barcode, quantity=quantity, **more)
        return await self.db.transact(scan, by or self.sender, receipt.id, data)

    async def stock(self, sku: str) -> dict[str, tuple[int, int]]:
        """On hand and reserved of an article at the warehouse and at the store."""
        known = {each.location_id: each for each in await levels(self.db.reading, [self.articles[sku]])}
        return {
            name: (known[place].on_hand, known[place].reserved) if place in known else (0, 0)
            for name, place in (("origin", self.origin), ("destination", self.destination))
        }

    async def beside(self, sku: str) -> dict[tuple[str, str], int]:
        """What an article has beside the shelves, by place and spot."""
        names = {self.origin: "origin", self.destination: "destination"}
        return {
            (names[each.location_id], each.spot.value): each.units
            for each in await spots(self.db.reading, [self.articles[sku]])
            if each.units
        }

    async def audit(self) -> list[Finding]:
        """What the checks of inventory and replenishment find."""
        from commerce.inventory.audit import CHECKS as STOCK
        from commerce.replenishment.audit import CHECKS

        return [each for each in await run_checks(self.db.reading, [*STOCK, *CHECKS]) if each.rows]


async def world(db: Database, **on_hand: int) -> World:
    """A warehouse with so many units of articles, and a store with none: `await world(db, POT=26)`."""
    made = World(
        db=db,
        origin=await stores.warehouse(db, f"w-{readable_code(6).lower()}"),
        destination=await stores.location(db, f"s-{readable_code(6).lower()}"),
        articles={},
    )
    for nth, (sku, units) in enumerate(on_hand.items()):
        made.articles[sku] = await catalog.variant(db, sku=sku, barcode=f"CODE-{nth}-{sku}")
        if units:
            await stock(db, {(made.articles[sku], made.origin): units})
    return made
