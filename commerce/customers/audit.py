"""What must always hold of customers beyond what their constraints can say."""

from sqlalchemy import func, not_, or_, select

from commerce.customers.tables import customer_businesses, customer_group_members, customer_groups
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_group, _member, _business = customer_groups.c, customer_group_members.c, customer_businesses.c
_prefix = func.substr(_business.vat_key, 1, 2)

CHECKS = [
    Check(
        code="G10",
        name="withdrawn_groups_have_no_members",
        statement=Statement(
            select(_member.group_id, _member.customer_id)
            .join_from(customer_group_members, customer_groups, _group.id == _member.group_id)
            .where(_group.withdrawn_at.is_not(None))
        ),
    ),
    Check(
        code="G16",
        name="vat_numbers_are_of_the_business_country",
        statement=Statement(
            select(_business.customer_id, _business.country, _business.vat_key).where(
                not_(
                    or_(
                        _prefix == _business.country,
                        (_prefix == "EL") & (_business.country == "GR"),
                        (_prefix == "XI") & (_business.country == "GB"),
                    )
                )
            )
        ),
    ),
]
