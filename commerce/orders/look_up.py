"""A guest asks for an order by its number and e-mail: whatever they send, the answer is the same; the way to the order goes by mail."""

import secrets
from datetime import timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import DateTime, LargeBinary, delete, insert

from commerce.kernel import clock
from commerce.kernel.signatures import digest
from commerce.orders.errors import AccessExpired
from commerce.orders.facts import Order
from commerce.orders.queries import by_number, whole
from commerce.orders.tables import order_links, orders
from commerce.platform.database import Database, Reads, Tx
from commerce.platform.mail import Mail, Mailer
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue

LINK_HOURS = 24
ONE_MAIL_IN_SECONDS = 600
SEND_LINK = "orders.send_link"
FORGET = "orders.forget_links"
TOKEN_BYTES = 24

KEEP_LINK = Statement(insert(order_links))
OPEN_LINK = Statement(
    whole(orders)
    .join(order_links, order_links.c.order_id == orders.c.id)
    .where(
        order_links.c.digest == given("digest", LargeBinary),
        order_links.c.expires_at > given("at", DateTime(timezone=True)),
    ),
    into=Order,
)
FORGET_LINKS = Statement(delete(order_links).where(order_links.c.expires_at <= given("at", DateTime(timezone=True))))


class Asked(msgspec.Struct, frozen=True):
    """What a guest asked for."""

    number: str
    email: str


async def ask_for_link(tx: Tx, number: str, email: str) -> None:
    """Take note of the wish; nothing is looked at yet, so that neither the answer nor its time says whether there is such an order.

    One mail in ten minutes for the same number and e-mail at the most.
    """
    number, email = number.upper(), email.lower()
    window = int(clock.now().timestamp()) // ONE_MAIL_IN_SECONDS
    name = sha256(f"{number}\n{email}".encode()).hexdigest()[:32]
    await enqueue(tx, SEND_LINK, Asked(number, email), dedupe=f"{SEND_LINK}:{name}:{window}")


async def send_link(db: Database, asked: Asked, *, mailer: Mailer, base_url: str) -> None:
    """Mail a link to the order, if there is one and the e-mail is its own; it opens the order for 24 hours."""
    order = await by_number(db.reading, asked.number, asked.email)
    if order is None:
        return
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await db.transact(_keep_link, order, token)
    subject, text = TEXTS.get(order.language, TEXTS["en"])
    link = f"{base_url}/orders/{order.number}#access={token}"
    await mailer.send(
        Mail(
            to=order.email,
            subject=subject.format(number=order.number),
            text=text.format(name=order.contact_name, number=order.number, link=link, hours=LINK_HOURS),
            key=f"order-link:{order.id}:{digest(token).hex()[:16]}",
        )
    )


async def order_by_token(reads: Reads, token: str) -> Order:
    """Gives the order that a mailed link opens; refuses with AccessExpired a token that is unknown or over."""
    found = await reads.fetch_one(OPEN_LINK, digest=digest(token), at=clock.now())
    if found is None:
        raise AccessExpired("Ask for a new link with the order's number and e-mail.")
    return found


async def forget_links(tx: Tx, _: None) -> None:
    """Forget the links that have expired."""
    await tx.execute(FORGET_LINKS, at=clock.now())


async def _keep_link(tx: Tx, order: Order, token: str) -> None:
    expires_at = clock.now() + timedelta(hours=LINK_HOURS)
    await tx.execute(KEEP_LINK, digest=digest(token), order_id=order.id, expires_at=expires_at)


TEXTS = {
    "en": (
        "Your order {number}",
        (
            "Hello {name},\n\nhere is the way to your order {number}:\n{link}\n\nThe link works for {hours} hours. "
            "If you did not ask for it, you need do nothing.\n"
        ),
    ),
    "es": (
        "Tu pedido {number}",
        (
            "Hola, {name}:\n\nAquí tienes el acceso a tu pedido {number}:\n{link}\n\nEl enlace funciona durante {hours} horas. "
            "Si no lo has pedido tú, no tienes que hacer nada.\n"
        ),
    ),
    "ca": (
        "La teva comanda {number}",
        (
            "Hola, {name}:\n\nAquí tens l'accés a la teva comanda {number}:\n{link}\n\nL'enllaç funciona durant {hours} hores. "
            "Si no l'has demanat tu, no cal que facis res.\n"
        ),
    ),
}
