"""Until when work that is ready can be collected: said by whoever reckons deadlines, shown on the pickup pass."""

from datetime import datetime

from sqlalchemy import Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce.fulfilment.counter_tables import collect_by
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given

_new = insert(collect_by).values(fulfilment_order_id=given("id", Uuid), until=given("until", collect_by.c.until.type))
SAY = Statement(_new.on_conflict_do_update(index_elements=["fulfilment_order_id"], set_={"until": _new.excluded.until}))
SAID = Statement(select(collect_by.c.until).where(collect_by.c.fulfilment_order_id == given("id", Uuid)))


async def say_until(tx: Tx, fulfilment_id: FulfilmentOrderId, until: datetime | None) -> None:
    """Keep until when a pickup can be collected, None for no deadline; what was said before is replaced."""
    await tx.execute(SAY, id=fulfilment_id, until=until)


async def said_until(reads: Reads, fulfilment_id: FulfilmentOrderId) -> datetime | None:
    """Gives until when a pickup can be collected, where anybody has said so."""
    until: datetime | None = await reads.fetch_value(SAID, id=fulfilment_id)
    return until
