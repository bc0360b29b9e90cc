"""What a location does, and on which terms."""

from uuid import UUID

from sqlalchemy import Text, Uuid, delete
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.stores.change_location import next_version, told
from commerce.stores.facts import Location
from commerce.stores.places import Cutoff, Service
from commerce.stores.rules import check_terms
from commerce.stores.schemas import ServiceIn
from commerce.stores.tables import location_services

_terms = insert(location_services)
PUT = Statement(
    _terms.on_conflict_do_update(
        index_elements=["location_id", "service"],
        set_={
            name: _terms.excluded[name]
            for name in ("lead_minutes", "daily_capacity", "slot_minutes", "slot_capacity", "cutoffs")
        },
    )
)
DROP = Statement(
    delete(location_services).where(
        location_services.c.location_id == given("id_", Uuid), location_services.c.service == given("service_", Text)
    )
)
# These two are offered by the location's own columns.
FLAGS = {"pickup", "ships"}


async def set_service(tx: Tx, location_id: UUID, service: Service, expected: int, terms: ServiceIn) -> Location:
    """Offers a service on these terms; those that stood before are replaced.

    Refuses with NotFound, with StaleVersion when the location is no longer at the expected version, and with InvalidInput for slots of
    anything but collection, of no length or no capacity, and for two cut-offs of one weekday.
    """
    check_terms(service, terms.slot_minutes, terms.slot_capacity, [each.weekday for each in terms.cutoffs])
    before = await next_version(tx, location_id, expected, {service: True} if service in FLAGS else {})
    cutoffs = sorted(terms.cutoffs, key=lambda each: each.weekday)
    await tx.execute(
        PUT,
        location_id=location_id,
        service=service,
        lead_minutes=terms.lead_minutes,
        daily_capacity=terms.daily_capacity,
        slot_minutes=terms.slot_minutes,
        slot_capacity=terms.slot_capacity,
        cutoffs=[Cutoff(weekday=each.weekday, at=each.at) for each in cutoffs],
    )
    return await told(tx, before, "services")


async def drop_service(tx: Tx, location_id: UUID, service: Service, expected: int) -> Location:
    """Offers a service no longer, and forgets its terms. Refuses as `set_service` does, and with NotFound when it was not offered."""
    before = await next_version(tx, location_id, expected, {service: False} if service in FLAGS else {})
    if not await tx.execute(DROP, id_=location_id, service_=service) and service not in before.services:
        raise NotFound(f"The location does not offer {service}.")
    return await told(tx, before, "services")
