"""What must always hold of tax rates."""

from sqlalchemy import and_, or_, select

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.tax.tables import tax_rates

_other = tax_rates.alias("other")

CHECKS = [
    Check(
        code="G15",
        name="one_tax_rate_holds_at_a_time",
        statement=Statement(
            select(tax_rates.c.id, _other.c.id.label("other_id"), tax_rates.c.category, tax_rates.c.country).join_from(
                tax_rates,
                _other,
                and_(
                    _other.c.category == tax_rates.c.category,
                    _other.c.country == tax_rates.c.country,
                    _other.c.id > tax_rates.c.id,
                    or_(_other.c.valid_to.is_(None), _other.c.valid_to > tax_rates.c.valid_from),
                    or_(tax_rates.c.valid_to.is_(None), tax_rates.c.valid_to > _other.c.valid_from),
                ),
            )
        ),
    ),
]
