"""Customers with accounts, groups and businesses for tests."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from sqlalchemy import insert

from commerce import customers, tax
from commerce.customers.schemas import BusinessIn, CustomerGroupIn, MembersIn
from commerce.identity.tables import accounts
from commerce.kernel import clock
from commerce.kernel.ids import new_id, readable_code
from commerce.kernel.wire import Text3
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement

ACCOUNT = Statement(insert(accounts))


async def customer(db: Database, email: str | None = None) -> UUID:
    """Somebody with an account, whose e-mail is theirs."""
    account_id, address = new_id(), email or f"{readable_code(10).lower()}@example.com"

    async def opened(tx: Tx) -> None:
        await tx.execute(
            ACCOUNT,
            id=account_id,
            email=address,
            email_key=address,
            password_hash="$argon2id$nobody signs in with this",
            name=None,
            language="en",
            generation=1,
            verified_at=clock.now(),
            created_at=clock.now(),
        )

    await db.transact(opened)
    return account_id


async def group(db: Database, code: str = "vip", *members: UUID, kind: Literal["group", "segment"] = "group") -> UUID:
    """A customer group with these members."""
    data = CustomerGroupIn(code=code, name=Text3(en=code), kind=kind)
    made = await db.transact(customers.create_group, data, at=clock.now())
    await join(db, made.id, members)
    return made.id


async def join(db: Database, group_id: UUID, members: Iterable[UUID]) -> None:
    """Customers join a group."""
    if ids := list(members):
        await db.transact(customers.change_members, group_id, MembersIn(join=ids), at=clock.now())


async def leave(db: Database, group_id: UUID, *members: UUID) -> None:
    """Customers leave a group."""
    await db.transact(customers.change_members, group_id, MembersIn(leave=list(members)), at=clock.now())


async def business(db: Database, customer_id: UUID, vat_number: str = "B58378431", country: str = "ES") -> str:
    """A customer buys for a business with this VAT number; gives it in its compact form."""
    data = BusinessIn(company_name="A company", country=country, vat_number=vat_number)
    made = await db.transact(customers.set_business, customer_id, data, at=clock.now())
    assert made.vat_key is not None
    return made.vat_key


async def confirmed(db: Database, vat_number: str) -> None:
    """The registry has just said that a VAT number is valid."""

    class Registry:
        """One that knows every number."""

        async def look_up(self, number: str) -> tax.Valid:
            return tax.Valid(consultation=f"WAPI-{number}")

    status = await tax.check_vat_number(db, Registry(), vat_number, at=clock.now())
    assert status.state == "valid"
