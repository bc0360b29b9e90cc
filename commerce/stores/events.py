"""Facts about locations and channels."""

from uuid import UUID

from commerce.kernel.events import Event
from commerce.kernel.ids import ChannelId, LocationId


class LocationChanged(Event, frozen=True, kw_only=True, tag="stores.location_changed.v1"):
    """A location was opened, or its data or hours changed."""

    location_id: LocationId
    active: bool

    def about(self) -> UUID:
        """The location."""
        return self.location_id


class ChannelChanged(Event, frozen=True, kw_only=True, tag="stores.channel_changed.v1"):
    """A channel was opened or changed."""

    channel_id: ChannelId
    active: bool

    def about(self) -> UUID:
        """The channel."""
        return self.channel_id
