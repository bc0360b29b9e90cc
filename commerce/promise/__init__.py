"""Promise: what can be had where and by when.

Owns: no rows.
Promises: an answer made from live stock and calendars of the moment, by one statement; nothing is kept for anybody, so whoever commits
    judges the stock again.
Emits: nothing.
Knows: stores (calendars), inventory (levels), delivery (how long sending takes).
"""

from commerce.promise.errors import CannotPromise
from commerce.promise.facts import PickupOption
from commerce.promise.promise import pickup_options, ready_by, ship_by, source

__all__ = ["CannotPromise", "PickupOption", "pickup_options", "ready_by", "ship_by", "source"]
