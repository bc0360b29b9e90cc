"""Make, change and take away what products are described by: attributes, product types, custom fields, responsible parties."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.create_product import require_text
from commerce.catalog.definition_schemas import (
    AttributeIn,
    AttributeOut,
    AttributePatch,
    ChoiceIn,
    ChoiceOut,
    CustomFieldIn,
    CustomFieldOut,
    CustomFieldPatch,
    LimitsIn,
    PartyIn,
    PartyOut,
    PartyPatch,
    ProductTypeIn,
    ProductTypeOut,
    ProductTypePatch,
)
from commerce.catalog.definition_tables import attributes, custom_fields, parties, product_types
from commerce.catalog.errors import DefinitionInUse
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.tables import products, variants
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given

Out = TypeVar("Out", AttributeOut, ProductTypeOut, CustomFieldOut, PartyOut)
Key = str | UUID


class Shelf(Generic[Out]):
    """The statements of one kind of definition: its rows are known by `key`, listed by code, and read as `out`."""

    def __init__(self, kind: str, table: Table, key: Column[Any], out: type[Out], changeable: tuple[str, ...]) -> None:
        self.kind, self.changeable = kind, changeable
        columns = [table.c[name] for name in out.__struct_fields__]
        live: Any = table.c.withdrawn_at.is_(None) if "withdrawn_at" in table.c else table.c.version > 0
        one, expected = key == given("key", key.type), table.c.version == given("expected_version", Integer)
        self.one: Statement[Out] = Statement(select(*columns).where(one, live), into=out)
        self.page: Statement[Out] = Statement(
            select(*columns)
            .where(live, or_(given("after", Text).is_(None), table.c.code > given("after", Text)))
            .order_by(table.c.code)
            .limit(given("most", Integer)),
            into=out,
        )
        written = [each for each in table.c if each.name not in {"version", "withdrawn_at"}]
        self.add = Statement(insert(table).values({each.name: given(each.name, each.type) for each in written}))
        self.set = Statement(
            update(table)
            .where(one, live, expected)
            .values(version=table.c.version + 1, **{name: given(name, table.c[name].type) for name in changeable})
        )
        self.drop = Statement(
            update(table)
            .where(one, live, expected)
            .values(version=table.c.version + 1, withdrawn_at=given("at", table.c.withdrawn_at.type))
            if "withdrawn_at" in table.c
            else delete(table).where(one, expected)
        )

    async def found(self, reads: Reads, key: Key) -> Out:
        """Gives one; refuses with NotFound."""
        found = await reads.fetch_one(self.one, key=key)
        if found is None:
            raise NotFound("There is no such definition.")
        return found

    async def listed(self, reads: Reads, *, after: str | None, most: int) -> list[Out]:
        """Gives up to `most` of them by code, after the one named."""
        return await reads.fetch(self.page, after=after, most=most)

    async def added(self, tx: Tx, key: Key, values: dict[str, Any]) -> Out:
        """Adds one; refuses with AlreadyExists a code that another one has."""
        await tx.execute(self.add, **values)
        made = await self.found(tx, key)
        tx.changed(self.kind, key, after=made)
        return made

    async def changed(self, tx: Tx, key: Key, expected_version: int, before: Out, data: msgspec.Struct) -> Out:
        """Changes what a patch names; refuses with StaleVersion. The row stays locked, so that whoever describes products by it waits."""
        values = {name: getattr(before, name) for name in self.changeable}
        values |= {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
        if not await tx.execute(self.set, key=key, expected_version=expected_version, **values):
            raise StaleVersion
        after = await self.found(tx, key)
        tx.changed(self.kind, key, before=before, after=after)
        await catalogue_changed(tx)
        return after

    async def dropped(self, tx: Tx, key: Key, expected_version: int, **more: object) -> None:
        """Takes one away; refuses with NotFound and StaleVersion."""
        before = await self.found(tx, key)
        if not await tx.execute(self.drop, key=key, expected_version=expected_version, **more):
            raise StaleVersion
        tx.changed(self.kind, key, before=before)


ATTRIBUTES = Shelf("attribute", attributes, attributes.c.code, AttributeOut, ("name", "unit", "choices", "filterable"))
TYPES = Shelf("product_type", product_types, product_types.c.code, ProductTypeOut, ("name", "attributes", "required"))
CUSTOM = Shelf("custom_field", custom_fields, custom_fields.c.code, CustomFieldOut, ("name", "limits", "shown"))
PARTIES = Shelf(
    "party",
    parties,
    parties.c.id,
    PartyOut,
    ("code", "name", "postal_address", "electronic_address", "country"),
)

_live = products.c.withdrawn_at.is_(None)
_live_variant = variants.c.withdrawn_at.is_(None)
_code, _codes = given("code", Text), given("codes", ARRAY(Text))
HELD_ATTRIBUTES = Statement(
    select(attributes.c.code)
    .where(any_of(attributes.c.code, "codes"))
    .order_by(attributes.c.code)
    .with_for_update(read=True)
)
OF_TYPE = and_(products.c.product_type == _code, products.c.product_type != literal_column("''"), _live)
IN_A_TYPE = Statement(select(exists().where(_code == func.any(product_types.c.attributes))))
TYPE_IN_USE = Statement(select(exists().where(OF_TYPE)))


def _of_variants(of_product: ColumnElement[bool], values: ColumnElement[bool]) -> ColumnElement[bool]:
    joined = products.join(variants, variants.c.product_id == products.c.id)
    return exists(select(1).select_from(joined).where(of_product, _live_variant, values))


VALUES_IN_USE = Statement(
    select(
        or_(
            exists().where(OF_TYPE, products.c.attributes.has_any(_codes)),
            _of_variants(OF_TYPE, variants.c.attributes.has_any(_codes)),
        )
    )
)
_with_attribute = and_(
    products.c.product_type.in_(select(product_types.c.code).where(_code == func.any(product_types.c.attributes))),
    products.c.product_type != literal_column("''"),
    _live,
)
CHOICES_IN_USE = Statement(
    select(
        or_(
            exists().where(_with_attribute, products.c.attributes[_code].has_any(_codes)),
            _of_variants(_with_attribute, variants.c.attributes[_code].has_any(_codes)),
        )
    )
)
CUSTOM_IN_USE = Statement(select(exists().where(_live, products.c.custom.has_key(_code))))
PARTY_IN_USE = Statement(
    select(
        or_(
            exists().where(_live, products.c.maker_id == given("party_id", Uuid)),
            exists().where(_live, products.c.responsible_id == given("party_id", Uuid)),
        )
    )
)


async def create_attribute(tx: Tx, data: AttributeIn, *, at: datetime) -> AttributeOut:
    """Make an attribute. Refuses with AlreadyExists, a name in no language, and what its kind cannot have."""
    require_text("/name", data.name)
    _require_kind(data.kind, data.unit, data.choices, many=data.many)
    return await ATTRIBUTES.added(tx, data.code, {**msgspec.structs.asdict(data), "created_at": at})


async def change_attribute(tx: Tx, code: str, expected_version: int, data: AttributePatch) -> AttributeOut:
    """Change what the patch names. Refuses with NotFound, StaleVersion, and with DefinitionInUse a choice gone that a product has."""
    before = await ATTRIBUTES.found(tx, code)
    if data.name is not msgspec.UNSET:
        require_text("/name", data.name)
    unit = before.unit if data.unit is msgspec.UNSET else data.unit
    choices = before.choices if data.choices is msgspec.UNSET else data.choices
    _require_kind(before.kind, unit, choices, many=before.many)
    after = await ATTRIBUTES.changed(tx, code, expected_version, before, data)
    gone = {each.code for each in before.choices} - {each.code for each in choices}
    if gone and await tx.fetch_value(CHOICES_IN_USE, code=code, codes=sorted(gone)):
        raise DefinitionInUse("A product has one of the choices that would go.", choices=sorted(gone))
    return after


async def delete_attribute(tx: Tx, code: str, expected_version: int) -> None:
    """Take an attribute away. Refuses with NotFound, StaleVersion, and with DefinitionInUse while a product type has it."""
    await ATTRIBUTES.dropped(tx, code, expected_version)
    if await tx.fetch_value(IN_A_TYPE, code=code):
        raise DefinitionInUse("A product type has this attribute; take it off there first.")


async def create_product_type(tx: Tx, data: ProductTypeIn, *, at: datetime) -> ProductTypeOut:
    """Make a product type. Refuses with AlreadyExists, a name in no language, and attributes that are not there."""
    require_text("/name", data.name)
    await _require_attributes(tx, data.attributes, data.required)
    return await TYPES.added(tx, data.code, {**msgspec.structs.asdict(data), "created_at": at})


async def change_product_type(tx: Tx, code: str, expected_version: int, data: ProductTypePatch) -> ProductTypeOut:
    """Change what the patch names. Refuses with NotFound, StaleVersion, and with DefinitionInUse an attribute gone that a product has."""
    before = await TYPES.found(tx, code)
    if data.name is not msgspec.UNSET:
        require_text("/name", data.name)
    own = before.attributes if data.attributes is msgspec.UNSET else data.attributes
    await _require_attributes(tx, own, before.required if data.required is msgspec.UNSET else data.required)
    after = await TYPES.changed(tx, code, expected_version, before, data)
    gone = sorted(set(before.attributes) - set(own))
    if gone and await tx.fetch_value(VALUES_IN_USE, code=code, codes=gone):
        raise DefinitionInUse("A product of this type has one of the attributes that would go.", attributes=gone)
    return after


async def delete_product_type(tx: Tx, code: str, expected_version: int) -> None:
    """Take a product type away. Refuses with NotFound, StaleVersion, and with DefinitionInUse while a product is of it."""
    await TYPES.dropped(tx, code, expected_version)
    if await tx.fetch_value(TYPE_IN_USE, code=code):
        raise DefinitionInUse("Products are of this type; give them another one first.")


async def create_custom_field(tx: Tx, data: CustomFieldIn, *, at: datetime) -> CustomFieldOut:
    """Make a custom field. Refuses with AlreadyExists, a name in no language, and limits that its kind cannot have."""
    require_text("/name", data.name)
    _require_limits(data.kind, data.limits)
    return await CUSTOM.added(tx, data.code, {**msgspec.structs.asdict(data), "created_at": at})


async def change_custom_field(tx: Tx, code: str, expected_version: int, data: CustomFieldPatch) -> CustomFieldOut:
    """Change what the patch names; values that products have already are not judged again. Refuses with NotFound and StaleVersion."""
    before = await CUSTOM.found(tx, code)
    if data.name is not msgspec.UNSET:
        require_text("/name", data.name)
    if data.limits is not msgspec.UNSET:
        _require_limits(before.kind, data.limits)
    return await CUSTOM.changed(tx, code, expected_version, before, data)


async def delete_custom_field(tx: Tx, code: str, expected_version: int) -> None:
    """Take a custom field away. Refuses with NotFound, StaleVersion, and with DefinitionInUse while a product has a value for it."""
    await CUSTOM.dropped(tx, code, expected_version)
    if await tx.fetch_value(CUSTOM_IN_USE, code=code):
        raise DefinitionInUse("A product has a value for this field.")


async def create_party(tx: Tx, data: PartyIn, *, at: datetime) -> PartyOut:
    """Make a party that products name. Refuses with AlreadyExists a code that another one has."""
    party_id = new_id()
    return await PARTIES.added(tx, party_id, {**msgspec.structs.asdict(data), "id": party_id, "created_at": at})


async def change_party(tx: Tx, party_id: UUID, expected_version: int, data: PartyPatch) -> PartyOut:
    """Change what the patch names, for all products that name it. Refuses with NotFound, StaleVersion, AlreadyExists."""
    before = await PARTIES.found(tx, party_id)
    return await PARTIES.changed(tx, party_id, expected_version, before, data)


async def delete_party(tx: Tx, party_id: UUID, expected_version: int, *, at: datetime) -> None:
    """Take a party away; its code is free again. Refuses with NotFound, StaleVersion, and with DefinitionInUse while a product names it."""
    await PARTIES.dropped(tx, party_id, expected_version, at=at)
    if await tx.fetch_value(PARTY_IN_USE, party_id=party_id):
        raise DefinitionInUse("Products name this party; give them another one first.")


def _require_kind(kind: str, unit: str | None, choices: Sequence[ChoiceIn | ChoiceOut], *, many: bool) -> None:
    if (kind == "choice") != bool(choices):
        raise invalid("/choices", "An attribute of the kind choice needs choices, and no other one has them.")
    if len({each.code for each in choices}) < len(choices):
        raise invalid("/choices", "Each choice once.")
    if unit is not None and kind != "number":
        raise invalid("/unit", "Only a number has a unit.")
    if many and kind not in {"choice", "text"}:
        raise invalid("/many", "Only texts and choices can be several.")


def _require_limits(kind: str, limits: LimitsIn) -> None:
    if (kind == "choice") != bool(limits.choices):
        raise invalid("/limits/choices", "A field of the kind choice needs choices, and no other one has them.")
    if kind not in {"number", "text"} and (limits.least is not None or limits.most is not None):
        raise invalid("/limits", "Only numbers and texts have a least and a most.")
    if limits.least is not None and limits.most is not None and limits.least > limits.most:
        raise invalid("/limits/most", "The most is less than the least.")


async def _require_attributes(tx: Tx, own: Sequence[str], required: Sequence[str]) -> None:
    """Refuses attributes that are not there, or named twice; holds the others until the transaction ends."""
    if len(set(own)) < len(own):
        raise invalid("/attributes", "Each attribute once.")
    if unknown := set(required) - set(own):
        raise invalid("/required", f"The type does not have {', '.join(sorted(unknown))}.")
    held = {row["code"] for row in await tx.fetch(HELD_ATTRIBUTES, codes=list(own))} if own else set()
    if missing := set(own) - held:
        raise invalid("/attributes", f"There is no attribute {', '.join(sorted(missing))}.")
