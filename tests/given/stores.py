"""Worlds of channels and locations, built through the verbs that the API uses."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from commerce.kernel.ids import ChannelId, LocationId
from commerce.platform.database import Database
from commerce.stores import Service, location as known, open_channel, open_location
from commerce.stores.change_location import set_exception
from commerce.stores.change_services import set_service
from commerce.stores.holidays import create_calendar, follow
from commerce.stores.schemas import (
    AddressFields,
    CutoffFields,
    DayHoursFields,
    ExceptionIn,
    FollowedIn,
    HolidayFields,
    HoursFields,
    NewChannel,
    NewHolidayCalendar,
    NewLocation,
    ServiceIn,
)

OPEN_DAYS = range(1, 7)


def week(opens: str = "09:00", closes: str = "20:00", days: Sequence[int] = OPEN_DAYS) -> list[HoursFields]:
    """The same hours on each of the weekdays, Monday to Saturday unless told."""
    return [HoursFields(weekday=day, opens=opens, closes=closes) for day in days]


def round_the_clock() -> list[HoursFields]:
    """Open at every hour of the week."""
    return week("00:00", "24:00", range(1, 8))


async def location(db: Database, code: str = "gracia", **fields: Any) -> LocationId:
    """A store in Barcelona, open Monday to Saturday from 09:00 until 20:00, one hour of lead time, where one can collect."""
    default: dict[str, Any] = {
        "name": code.title(),
        "kind": "store",
        "timezone": "Europe/Madrid",
        "country": "ES",
        "address": AddressFields(line1="Carrer Gran 1", postal_code="08012", city="Barcelona"),
        "latitude": 41.4036,
        "longitude": 2.1561,
        "pickup": True,
        "ships": False,
        "lead_minutes": 60,
        "hours": week(),
    }
    return (await db.transact(open_location, NewLocation(code=code, **{**default, **fields}))).id


async def warehouse(db: Database, code: str = "warehouse", **fields: Any) -> LocationId:
    """A warehouse that ships at every hour of the week and where nobody collects."""
    default = {"kind": "warehouse", "pickup": False, "ships": True, "hours": round_the_clock()}
    return await location(db, code, **{**default, **fields})


async def channel(db: Database, code: str = "web", **fields: Any) -> ChannelId:
    """A web shop in Spain, in euros with tax included; the first channel is the default one."""
    default: dict[str, Any] = {
        "name": code.title(),
        "currency": "EUR",
        "country": "ES",
        "languages": ["es", "ca", "en"],
    }
    return (await db.transact(open_channel, NewChannel(code=code, **{**default, **fields}))).id


async def service(db: Database, location_id: LocationId, name: Service = "pickup", **terms: Any) -> None:
    """Offers a service at a location on these terms: `lead_minutes`, `daily_capacity`, `slot_minutes`, `slot_capacity`, `cutoffs`."""
    before = await known(db.reading, location_id)
    cutoffs = [CutoffFields(weekday=day, at=wall) for day, wall in terms.pop("cutoffs", {}).items()]
    await db.transact(set_service, location_id, name, before.version, ServiceIn(cutoffs=cutoffs, **terms))


async def holidays(db: Database, location_id: LocationId, *days: date, code: str = "es-ct") -> None:
    """Makes a holiday calendar of these dates, which the location follows."""
    named = [HolidayFields(day=day, name=f"Holiday {day}") for day in days]
    await db.transact(create_calendar, NewHolidayCalendar(code=code, name=code, country="ES", days=named))
    before = await known(db.reading, location_id)
    await db.transact(follow, location_id, before.version, FollowedIn(calendars=[code]))


async def exception(db: Database, location_id: LocationId, day: date, *hours: tuple[str, str]) -> None:
    """Gives a date hours of its own; none closes the location."""
    before = await known(db.reading, location_id)
    spans = [DayHoursFields(opens=opens, closes=closes) for opens, closes in hours]
    await db.transact(set_exception, location_id, day, before.version, ExceptionIn(hours=spans))
