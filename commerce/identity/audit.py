"""What must hold of callers beyond what their constraints can say."""

from sqlalchemy import func, literal, not_, select, union_all

from commerce.identity.scopes import SCOPES
from commerce.identity.tables import (
    accounts,
    api_clients,
    refresh_tokens,
    roles,
    sessions,
    staff_members,
    terminals,
)
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_each = func.jsonb_array_elements_text
_holders = union_all(
    *(
        select(
            literal(table.name).label("holder"), table.c.id, _each(table.c.scopes).column_valued("scope").label("scope")
        )
        for table in (roles, terminals, api_clients)
    )
).subquery("holders")

CHECKS: list[Check] = [
    Check(
        code="G8",
        name="a_session_has_one_refresh_token_to_use",
        statement=Statement(
            select(refresh_tokens.c.session_id, func.count().label("unused"))
            .where(refresh_tokens.c.used_at.is_(None))
            .group_by(refresh_tokens.c.session_id)
            .having(func.count() > 1)
        ),
    ),
    Check(
        code="G14",
        name="nobody_switched_off_has_a_session",
        statement=Statement(
            select(sessions.c.id, sessions.c.staff_id)
            .join_from(sessions, staff_members, staff_members.c.id == sessions.c.staff_id)
            .where(sessions.c.revoked_at.is_(None), not_(staff_members.c.active))
        ),
    ),
    Check(
        code="G14",
        name="passwords_are_kept_as_argon2id",
        statement=Statement(
            union_all(
                *(
                    select(literal(table.name).label("holder"), table.c.id).where(
                        not_(table.c.password_hash.startswith("$argon2id$"))
                    )
                    for table in (accounts, staff_members)
                )
            )
        ),
    ),
    Check(
        code="G14",
        name="every_scope_held_is_known",
        statement=Statement(select(_holders).where(_holders.c.scope.not_in(sorted(SCOPES)))),
    ),
]
