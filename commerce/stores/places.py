"""What a location is and does: kinds, services and their terms."""

from typing import Final, Literal, get_args

import msgspec

Kind = Literal["store", "warehouse", "pickup_point", "locker"]
Service = Literal["pickup", "ships", "returns", "curbside", "parcels"]
"""pickup: orders are collected. ships: parcels leave. returns: goods are taken back. curbside: handed over at the car. parcels: takes in
parcels that are addressed to a customer."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SERVICES: Final[tuple[Service, ...]] = get_args(Service)
THIRD_PARTIES: Final[tuple[Kind, ...]] = ("pickup_point", "locker")
"""Counters and lockers of a carrier: they hold no stock of ours, goods come to them by transfer or parcel."""


class Cutoff(msgspec.Struct, frozen=True, kw_only=True):
    """On one weekday (ISO, 1 is Monday), from this wall time on, work waits for the next opening day. `24:00`: never; `00:00`: all day."""

    weekday: int
    at: str


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of one service of one location. What is not set: the location's own lead, no limit of orders a day, no slots."""

    service: Service
    lead_minutes: int | None = None
    daily_capacity: int | None = None
    slot_minutes: int | None = None
    slot_capacity: int | None = None
    cutoffs: tuple[Cutoff, ...] = ()
