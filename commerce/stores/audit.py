"""What must hold of locations and settings beyond what their constraints can say."""

from sqlalchemy import and_, select

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.stores.tables import channels, location_hours, shop_settings

_other = location_hours.alias("other")

CHECKS: list[Check] = [
    Check(
        code="G15",
        name="opening_hours_do_not_overlap",
        statement=Statement(
            select(
                location_hours.c.location_id,
                location_hours.c.weekday,
                location_hours.c.opens,
                _other.c.opens.label("overlapped_by"),
            ).join_from(
                location_hours,
                _other,
                and_(
                    location_hours.c.location_id == _other.c.location_id,
                    location_hours.c.weekday == _other.c.weekday,
                    location_hours.c.opens < _other.c.opens,
                    location_hours.c.closes > _other.c.opens,
                ),
            )
        ),
    ),
    Check(
        code="G12",
        name="the_default_channel_is_active",
        statement=Statement(
            select(channels.c.id, channels.c.code)
            .join_from(shop_settings, channels, channels.c.id == shop_settings.c.default_channel_id)
            .where(channels.c.active.is_(False))
        ),
    ),
]
