"""The rules in force, in every process."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Text, and_, literal, select

from commerce.platform.database import Reading
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement
from commerce.sourcing.facts import BUILT_IN, Routing, Rule
from commerce.sourcing.tables import sourcing_rule_versions, sourcing_rules

_row = sourcing_rules.c
_version = sourcing_rule_versions.c


class _Published(Struct, frozen=True):
    id: UUID
    code: str
    channel_id: UUID | None
    version: int
    routing: Routing


IN_FORCE = Statement(
    select(_row.id, _row.code, _row.channel_id, _version.version, _version.routing)
    .join_from(
        sourcing_rules,
        sourcing_rule_versions,
        and_(_version.rule_id == _row.id, _version.version == _row.published_version),
    )
    .where(_row.state == literal("published", Text)),
    into=_Published,
)


async def _load(reading: Reading) -> Mapping[UUID | None, Rule]:
    return {
        each.channel_id: Rule(id=each.id, version=each.version, code=each.code, routing=each.routing)
        for each in await reading.fetch(IN_FORCE)
    }


RULES: Resident[Mapping[UUID | None, Rule]] = Resident("sourcing_rules", _load)


async def rule_now(reading: Reading, channel_id: UUID | None = None) -> Rule:
    """Gives the rule that decides for a channel, as it was at most one second ago: its own; or else that of all channels; or else the built-in
    one. Without a channel: that of all channels, or the built-in one.
    """
    rules = await RULES.get(reading)
    return rules.get(channel_id) or rules.get(None) or BUILT_IN
