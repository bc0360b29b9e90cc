"""Send a message once for what happened, and note it. Outside any transaction; a repetition after a crash sends the same message again."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce import stores
from commerce.care.facts import Kind
from commerce.care.letters import known, letter
from commerce.care.tables import notifications
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.orders import Order
from commerce.platform.database import Database, Tx
from commerce.platform.mail import Mail, Mailer
from commerce.platform.statement import Statement, given

SENT = Statement(select(notifications.c.id).where(notifications.c.effect_key == given("effect_key", Text)))
NOTE = Statement(
    insert(notifications)
    .values(
        id=given("id", Uuid),
        order_id=given("order_id", Uuid),
        kind=given("kind", Text),
        language=given("language", Text),
        effect_key=given("effect_key", Text),
        sent_at=given("sent_at", notifications.c.sent_at.type),
    )
    .on_conflict_do_nothing(index_elements=["effect_key"])
)


async def was_sent(db: Database, effect_key: str) -> bool:
    """Says whether the message of an effect key went out already."""
    return await db.reading.fetch_value(SENT, effect_key=effect_key) is not None


async def send(
    db: Database, mailer: Mailer, kind: Kind, effect_key: str, order: Order, facts: Mapping[str, str]
) -> None:
    """Send a message about an order to its customer, and note that it was sent; what was sent before is not sent again.

    Killed between the two, it sends once more with the same key, so with the same Message-ID and into the same file.
    """
    if await was_sent(db, effect_key):
        return
    settings = await stores.settings(db.reading)
    language = known(order.language)
    always = {"name": order.contact_name, "number": order.number, "shop": settings.shop_name}
    subject, text = letter(kind, language, {**always, **facts})
    await mailer.send(Mail(to=order.email, subject=subject, text=text, key=effect_key))
    await db.transact(_note, order.id, kind, language, effect_key)


async def _note(tx: Tx, order_id: UUID, kind: Kind, language: str, effect_key: str) -> None:
    await tx.execute(
        NOTE,
        id=new_id(),
        order_id=order_id,
        kind=kind,
        language=language,
        effect_key=effect_key,
        sent_at=clock.now(),
    )
