"""Promise: what can be had where and by when.

Owns: promise_windows (a store day of a service, a pickup slot) and promise_bookings (whose orders they have taken).
Promises: an answer made from live stock, calendars, open work and full days of the moment; for stock nothing is kept for anybody, so whoever
    commits judges it again. A window never takes more orders than it can, however many ask at once; an expired booking counts in no answer,
    whether or not a job has run; a booked slot keeps its instants.
Emits: nothing.
Knows: stores (calendars, terms), inventory (levels), traceability (what has expired), sourcing (from where it is sent), supplies (what comes), delivery (how long sending takes); fulfilment's open work,
    by reading its table.
"""

from commerce.promise.ahead import Ahead, promised_ahead, ready_ahead, sent_ahead, sold_ahead
from commerce.promise.alternatives import alternatives
from commerce.promise.book import book, keep, unbook
from commerce.promise.errors import BookingExpired, CannotPromise, DayFull, SlotFull, SlotNotOffered
from commerce.promise.facts import Alternative, PickupOption, Promised, Slot, Window, summed
from commerce.promise.parts import Parts, opened, opened_with, short_of_shelf
from commerce.promise.promise import pickup_options, promised, ready_by, ready_times, ship_by
from commerce.promise.shelves import shelves
from commerce.promise.slots import slot, slots
from commerce.promise.source import source, sourced

__all__ = [
    "Ahead",
    "Alternative",
    "BookingExpired",
    "CannotPromise",
    "DayFull",
    "Parts",
    "PickupOption",
    "Promised",
    "Slot",
    "SlotFull",
    "SlotNotOffered",
    "Window",
    "alternatives",
    "book",
    "keep",
    "opened",
    "opened_with",
    "pickup_options",
    "promised",
    "promised_ahead",
    "ready_ahead",
    "ready_by",
    "ready_times",
    "sent_ahead",
    "shelves",
    "ship_by",
    "short_of_shelf",
    "slot",
    "slots",
    "sold_ahead",
    "source",
    "sourced",
    "summed",
    "unbook",
]
