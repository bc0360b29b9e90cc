"""What a simulation may be asked for, of promotions and of sourcing rules alike."""

from datetime import datetime, timedelta
from uuid import UUID

from commerce.kernel.errors import invalid
from commerce.reporting.schemas import MOST_DAYS, SimulationIn
from commerce.stores import Channels


def channels_of(data: SimulationIn, channels: Channels, at: datetime) -> list[UUID]:
    """Gives the channels that are meant, sorted; none named: all.

    Refuses with InvalidInput a time that ends before it begins, is longer than 92 days or reaches into the future, and a channel that
    there is not.
    """
    if data.since >= data.until:
        raise invalid("/until", "Must be after `from`.")
    if data.until - data.since > timedelta(days=MOST_DAYS):
        raise invalid("/until", f"At most {MOST_DAYS} days after `from`.")
    if data.until > at:
        raise invalid("/until", "Orders of the future are not known yet.")
    for place, channel_id in enumerate(data.channels):
        if channel_id not in channels.by_id:
            raise invalid(f"/channels/{place}", "There is no such channel.")
    return sorted(set(data.channels))
