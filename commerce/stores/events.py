"""Facts about locations and channels."""

from datetime import datetime
from typing import Literal
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


Because = Literal["hours", "exception", "holidays", "location", "services", "paused", "resumed"]


class HoursChanged(Event, frozen=True, kw_only=True, tag="stores.hours_changed.v1"):
    """When a location works changed: its hours, an exception, a holiday, its zone, lead or cut-offs, a pause.

    What was promised there before may no longer hold: whoever owns the promises of open work reckons them anew and tells the customers whose
    collection or parcel moves.
    """

    location_id: LocationId
    because: Because

    def about(self) -> UUID:
        """The location."""
        return self.location_id


class LocationPaused(Event, frozen=True, kw_only=True, tag="stores.paused.v1"):
    """A location takes no online work from now until an instant, or until somebody switches it on."""

    location_id: LocationId
    until: datetime | None
    by: str

    def about(self) -> UUID:
        """The location."""
        return self.location_id


class LocationResumed(Event, frozen=True, kw_only=True, tag="stores.resumed.v1"):
    """A location takes online work again because somebody said so; a pause that ends by its time emits nothing."""

    location_id: LocationId
    by: str

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
