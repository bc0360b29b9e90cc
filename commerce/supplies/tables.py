"""The terms on which articles are sold ahead, their history, and the claims of order lines on supply that is not there yet.

A shelf's level is the lock of its terms and claims: whoever changes them holds it, and takes several in the order of (variant, location).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from commerce.platform.tables import append_only, instant, key, metadata, one_of, version
from commerce.supplies.facts import LEAD_DAYS_MOST, LIMIT_MOST, ChangeKind, Kind

# `allowed` units that nothing dated covers may be promised beyond supply. `beyond` of those promised are so now: no more than was ever allowed.
supply_terms = Table(
    "supply_terms",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("lead_days", Integer),
    instant("release_at", nullable=True),
    Column("beyond", Integer, nullable=False, server_default="0"),
    version(),
    CheckConstraint(one_of("kind", Kind), name="kind_known"),
    CheckConstraint(f"allowed BETWEEN 0 AND {LIMIT_MOST} AND beyond >= 0", name="figures_bounded"),
    CheckConstraint(f"lead_days BETWEEN 1 AND {LEAD_DAYS_MOST}", name="lead_bounded"),
    CheckConstraint("(kind = 'pre_order') = (release_at IS NOT NULL)", name="a_pre_order_has_its_release"),
    CheckConstraint("kind <> 'back_order' OR allowed = 0 OR lead_days IS NOT NULL", name="undated_units_have_a_lead"),
    Index("ix_supply_terms_location_id", "location_id", "variant_id"),
)

supply_terms_changes = append_only(
    Table(
        "supply_terms_changes",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("allowed", Integer, nullable=False),
        Column("lead_days", Integer),
        instant("release_at", nullable=True),
        Column("version", Integer, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        instant("at"),
        CheckConstraint("actor <> '' AND reason <> ''", name="explained"),
        UniqueConstraint("variant_id", "location_id", "version"),
    )
)

# Units of one order line that wait at one place. `seq` is given under the level's lock: it is the queue. It expires until the order stands.
supply_claims = Table(
    "supply_claims",
    metadata,
    key(),
    Column("seq", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, index=True),
    Column("order_line_id", Uuid, ForeignKey("order_lines.id"), nullable=False, unique=True),
    Column("group_id", Uuid, nullable=False),
    Column("wait_id", Uuid, nullable=False, index=True),
    Column("variant_id", Uuid, nullable=False),
    Column("location_id", Uuid, nullable=False),
    Column("service", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("served", Integer, nullable=False, server_default="0"),
    Column("released", Integer, nullable=False, server_default="0"),
    instant("promised_at"),
    instant("expected_at"),
    instant("not_before", nullable=True),
    instant("expires_at", nullable=True),
    instant("claimed_at"),
    CheckConstraint(one_of("service", ["pickup", "ships"]), name="service_known"),
    CheckConstraint("units > 0 AND open >= 0 AND served >= 0 AND released >= 0", name="units_not_negative"),
    CheckConstraint("open + served + released = units", name="each_unit_ends_once"),
    Index("ix_supply_claims_waiting", "variant_id", "location_id", "seq", postgresql_where=text("open > 0")),
    Index("ix_supply_claims_place", "location_id", "seq", postgresql_where=text("open > 0")),
    Index("ix_supply_claims_expected", "expected_at", postgresql_where=text("open > 0")),
)

# What became of claimed units, once for each effect; the counts of a claim are the sums of these.
supply_claim_changes = append_only(
    Table(
        "supply_claim_changes",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("claim_id", Uuid, ForeignKey("supply_claims.id"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("units", Integer, nullable=False),
        instant("expected_at", nullable=True),
        Column("effect_key", Text, nullable=False),
        Column("reason", Text, nullable=False),
        instant("at"),
        CheckConstraint(one_of("kind", ChangeKind), name="kind_known"),
        CheckConstraint("units >= 0 AND (units > 0 OR kind = 'moved') AND reason <> ''", name="explained"),
        CheckConstraint("(kind = 'moved') = (expected_at IS NOT NULL)", name="moved_to_an_instant"),
        UniqueConstraint("claim_id", "effect_key"),
    )
)
