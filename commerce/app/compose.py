"""Composition: what is made once at the start of a process and given to those who need it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from commerce.app import slices
from commerce.identity import Tokens, ensure_signing_key
from commerce.media.adapters import media_store
from commerce.payments import PaymentProvider
from commerce.payments.adapters import stripe_provider
from commerce.platform import audit_log, events, idempotency, jobs
from commerce.platform.database import Database, Tx
from commerce.platform.http import Services
from commerce.platform.mail import Mailer
from commerce.platform.settings import Settings
from commerce.platform.telemetry import count_job
from commerce.platform.work import Job, Reaction, Worker, within_reactions

PURGE_SECONDS = 3_600


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A composed program: the services that routes see, and the worker that does what follows."""

    services: Services
    worker: Worker

    @property
    def db(self) -> Database:
        """The database."""
        return self.services.db

    async def close(self) -> None:
        """Closes what was opened."""
        await self.services.following.stop()
        await self.services.payment_provider.close()
        await self.db.close()


async def compose(settings: Settings, dsn: str, *, session: Mapping[str, str] | None = None) -> Program:
    """Makes the program on a database that is migrated."""
    mailer = Mailer(sender=settings.mail_from, folder=settings.data_dir / "mail", smtp_url=settings.smtp_url)
    provider: PaymentProvider = stripe_provider(settings)
    store = media_store(settings)
    provided: dict[str, Any] = {"settings": settings, "mailer": mailer, "provider": provider, "media_store": store}
    reactions: list[Reaction] = slices.reactions(provided)
    db = Database(
        dsn,
        most_connections=settings.pool_size,
        within=within_reactions(reactions),
        before_commit=store_facts,
        session=session,
    )
    signing = await ensure_signing_key(db, settings)
    services = Services(
        db=db,
        settings=settings,
        tokens=Tokens(db, settings),
        mailer=mailer,
        signing=signing,
        payment_provider=provider,
        media_store=store,
    )
    worker = Worker(db, reactions=reactions, kinds=[*slices.jobs(provided), *housekeeping()])
    db.wake = worker.wake
    worker.observe = count_job
    return Program(services=services, worker=worker)


async def store_facts(tx: Tx) -> None:
    """Stores a transaction's facts and its audit entries."""
    await events.store(tx)
    await audit_log.store(tx)


def housekeeping() -> list[Job]:
    """Gives the platform's own periodic jobs."""

    async def purge(tx: Tx, _: None) -> None:
        await idempotency.purge(tx)
        await jobs.purge(tx)

    return [Job("platform.purge", step=purge, every_seconds=PURGE_SECONDS)]
