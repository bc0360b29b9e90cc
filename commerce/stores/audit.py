"""What must hold of locations and settings beyond what their constraints can say."""

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.stores.tables import channels, location_hours, location_switches, locations, shop_settings

_other = location_hours.alias("other")

_last = (
    select(location_switches)
    .ext(distinct_on(location_switches.c.location_id))
    .order_by(location_switches.c.location_id, location_switches.c.at.desc(), location_switches.c.id.desc())
    .subquery("last")
)

CHECKS: list[Check] = [
    Check(
        code="G15",
        name="a_pause_is_what_was_last_switched",
        statement=Statement(
            select(locations.c.id, locations.c.paused_at, locations.c.paused_until, _last.c.turned, _last.c.until)
            .outerjoin_from(locations, _last, _last.c.location_id == locations.c.id)
            .where(
                or_(
                    (locations.c.paused_at.is_not(None)) != (_last.c.turned.is_not_distinct_from("off")),
                    and_(
                        locations.c.paused_at.is_not(None),
                        or_(
                            locations.c.paused_at.is_distinct_from(_last.c.at),
                            locations.c.paused_until.is_distinct_from(_last.c.until),
                            locations.c.pause_reason.is_distinct_from(_last.c.reason),
                        ),
                    ),
                )
            )
        ),
    ),
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
