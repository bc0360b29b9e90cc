"""What stores refuses."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class LocationCodeTaken(Refusal):
    """Another location has this code."""

    code = "location_code_taken"
    status = 409
    es = "Otra ubicación ya tiene este código."
    ca = "Una altra ubicació ja té aquest codi."


class ChannelCodeTaken(Refusal):
    """Another channel has this code."""

    code = "channel_code_taken"
    status = 409
    es = "Otro canal ya tiene este código."
    ca = "Un altre canal ja té aquest codi."


class HolidayCalendarCodeTaken(Refusal):
    """Another holiday calendar has this code."""

    code = "holiday_calendar_code_taken"
    status = 409
    es = "Otro calendario de festivos ya tiene este código."
    ca = "Un altre calendari de festius ja té aquest codi."


class DefaultChannelNeeded(Refusal):
    """The default channel cannot be switched off."""

    code = "default_channel_needed"
    status = 409
    es = "El canal predeterminado no se puede desactivar."
    ca = "El canal predeterminat no es pot desactivar."


class UnknownPlace(Refusal):
    """A location or channel that the request names does not exist."""

    code = "unknown_place"
    status = 422
    es = "Una ubicación o un canal de la petición no existe."
    ca = "Una ubicació o un canal de la petició no existeix."


refuse_on("uq_locations_code", lambda: LocationCodeTaken("Choose another code."))
refuse_on("uq_channels_code", lambda: ChannelCodeTaken("Choose another code."))
refuse_on("uq_holiday_calendars_code", lambda: HolidayCalendarCodeTaken("Choose another code."))
