"""Rows of rates and their zones, of how the shop sells, of distance sales, of exempt supplies and their proofs, and of fees."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, one_of, version

ZONE = "~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'"
COUNTRY = "~ '^[A-Z]{2}$'"
CURRENCY = "~ '^[A-Z]{3}$'"

tax_categories = Table(
    "tax_categories",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    instant("created_at"),
)

# `country` is a zone: ES, or a part with its own tax, ES-CN.
# Windows of one category and zone never overlap: checked under a lock on the category, proven by the audit.
tax_rates = Table(
    "tax_rates",
    metadata,
    key(),
    Column("category", Text, ForeignKey("tax_categories.code"), nullable=False),
    Column("country", Text, nullable=False),
    Column("rate", Numeric(7, 6), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    version(),
    instant("created_at"),
    instant("updated_at"),
    CheckConstraint("rate BETWEEN 0 AND 1", name="rate_is_a_share"),
    CheckConstraint(f"country {ZONE}", name="country_is_a_zone"),
    CheckConstraint("valid_to > valid_from", name="window_has_a_length"),
    Index("ix_tax_rates_category_country", "category", "country", "valid_from"),
)

# Each rate of ours that this shop was offered, taken or not, so that none is offered twice.
seeded_tax_rates = append_only(
    Table(
        "seeded_tax_rates",
        metadata,
        Column("key", Text, primary_key=True),
        instant("seeded_at"),
    )
)

tax_profiles = Table(
    "tax_profiles",
    metadata,
    Column("zone", Text, primary_key=True),
    Column("rounding", Text, nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint(f"zone {ZONE}", name="zone_is_a_zone"),
    CheckConstraint(one_of("rounding", ["line", "document"]), name="rounding_is_known"),
)

# `opted_on` is the day on which taxation at destination was chosen, which binds for two calendar years.
tax_sellers = Table(
    "tax_sellers",
    metadata,
    Column("country", Text, primary_key=True),
    Column("distance", Text, nullable=False),
    amount("threshold"),
    currency(),
    Column("domestic_reverse", JSONB, nullable=False),
    Column("opted_on", Date),
    version(),
    instant("updated_at"),
    CheckConstraint(f"country {COUNTRY}", name="country_is_a_code"),
    CheckConstraint(one_of("distance", ["origin", "destination"]), name="distance_is_known"),
    CheckConstraint("threshold >= 0", name="threshold_not_negative"),
    CheckConstraint(f"currency {CURRENCY}", name="currency_is_a_code"),
    CheckConstraint("jsonb_typeof(domestic_reverse) = 'array'", name="domestic_reverse_is_a_list"),
    # Who is established in two member states has no threshold (Directive 2006/112/EC, article 59c(1)(a)).
    Index("uq_tax_sellers_origin", "distance", unique=True, postgresql_where=Column("distance") == "origin"),
)

# Net value of distance sales by calendar year of the seller's country, in its currency; a fold over distance_sales.
# `uncounted` are sales in other currencies, of which nobody has said what they are worth.
distance_totals = Table(
    "distance_totals",
    metadata,
    Column("country", Text, ForeignKey("tax_sellers.country"), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    amount("total"),
    Column("uncounted", Integer, nullable=False),
    instant("crossed_at", nullable=True),
    Column("crossed_by", Uuid),
    CheckConstraint("total >= 0", name="total_not_negative"),
    CheckConstraint("uncounted >= 0", name="uncounted_not_negative"),
    CheckConstraint("(crossed_at IS NULL) = (crossed_by IS NULL)", name="crossing_is_whole"),
)

# `effect` is `sale`, or what took some of it back (`cancel`, `return:<id>`): each at most once for an order.
distance_sales = append_only(
    Table(
        "distance_sales",
        metadata,
        key(),
        Column("order_id", Uuid, nullable=False),
        Column("effect", Text, nullable=False),
        Column("country", Text, ForeignKey("tax_sellers.country"), nullable=False),
        Column("year", Integer, nullable=False),
        Column("destination", Text, nullable=False),
        amount("net"),
        currency(),
        Column("counted", Boolean, nullable=False),
        instant("at"),
        UniqueConstraint("order_id", "effect"),
        CheckConstraint("(effect = 'sale') = (net >= 0)", name="only_sales_add"),
        CheckConstraint(f"currency {CURRENCY}", name="currency_is_a_code"),
        CheckConstraint(f"destination {ZONE}", name="destination_is_a_zone"),
        Index("ix_distance_sales_country_year", "country", "year"),
    )
)

# An order is named, not referred to: orders know tax, not the other way round.
exempt_supplies = Table(
    "exempt_supplies",
    metadata,
    key(),
    Column("order_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("vat_number", Text),
    Column("consultation", Text),
    amount("net"),
    currency(),
    instant("supplied_at"),
    instant("proven_at", nullable=True),
    instant("cancelled_at", nullable=True),
    UniqueConstraint("order_id", "kind"),
    CheckConstraint(one_of("kind", ["intra_community", "reverse_charge", "export"]), name="kind_is_known"),
    CheckConstraint("kind = 'export' OR vat_number IS NOT NULL", name="businesses_have_a_number"),
    CheckConstraint("net >= 0", name="net_not_negative"),
    CheckConstraint(f"currency {CURRENCY}", name="currency_is_a_code"),
    CheckConstraint(f"origin {ZONE} AND destination {ZONE}", name="places_are_zones"),
    Index(
        "ix_exempt_supplies_unproven",
        "supplied_at",
        "id",
        postgresql_where=Column("proven_at").is_(None) & Column("cancelled_at").is_(None),
    ),
)

transport_proofs = append_only(
    Table(
        "transport_proofs",
        metadata,
        key(),
        Column("supply_id", Uuid, ForeignKey("exempt_supplies.id"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("issuer", Text, nullable=False),
        Column("reference", Text, nullable=False),
        instant("at"),
        UniqueConstraint("supply_id", "kind", "reference", name="uq_transport_proofs_document"),
        CheckConstraint(
            one_of(
                "kind",
                [
                    "bank_document",
                    "bill_of_lading",
                    "carrier_invoice",
                    "airfreight_invoice",
                    "cmr",
                    "customs_exit",
                    "insurance",
                    "official_document",
                    "warehouse_receipt",
                ],
            ),
            name="kind_is_known",
        ),
    )
)

vat_checks = append_only(
    Table(
        "vat_checks",
        metadata,
        key(),
        Column("number", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("reference", Text),
        Column("reason", Text),
        instant("at"),
        CheckConstraint(one_of("outcome", ["valid", "invalid", "unavailable"]), name="outcome_is_known"),
        CheckConstraint("(outcome = 'unavailable') = (reason IS NOT NULL)", name="only_silence_has_a_reason"),
        Index("ix_vat_checks_number", "number", "at", "id"),
    )
)

# A variant is named, not referred to: the catalogue is a sibling. Windows of one code and variant never overlap in one
# zone: checked under a lock, proven by the audit.
fees = Table(
    "fees",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    amount("amount"),
    currency(),
    Column("includes_tax", Boolean, nullable=False),
    Column("tax_category", Text, ForeignKey("tax_categories.code"), nullable=False),
    Column("zone", Text),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    version(),
    instant("created_at"),
    instant("updated_at"),
    CheckConstraint(one_of("kind", ["eco_fee", "deposit"]), name="kind_is_known"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint(f"currency {CURRENCY}", name="currency_is_a_code"),
    CheckConstraint(f"zone {ZONE}", name="zone_is_a_zone"),
    CheckConstraint("ends_at > starts_at", name="window_has_a_length"),
    Index("ix_fees_variant_id", "variant_id", "code"),
)
