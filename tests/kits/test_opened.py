"""What kits cost a shop that has none: no statement."""

from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.promise import pickup_options
from tests.given import catalog, kits, stores
from tests.given.inventory import stock


async def test_a_basket_asks_what_it_is_made_of_only_where_something_is_made_of_others(
    db: Database, clock: HeldClock
) -> None:
    pot, lid = await catalog.variants(db, 2)
    gracia = await stores.location(db)
    await stock(db, {(pot, gracia): 5, (lid, gracia): 3})

    async def asked(variant: object) -> int:
        """The fewest of some: now and then one statement looks for newer versions of what is resident."""
        found = []
        for _ in range(3):
            before = db.statements
            [option] = await pickup_options(db.reading, [(variant, 3)], clock.at)  # type: ignore[list-item]
            assert option.available
            found.append(db.statements - before)
        return min(found)

    without = await asked(pot)
    kit = await kits.kit(db, "Pot with lid", {pot: 1, lid: 1})
    assert await asked(kit) == without + 1
    [option] = await pickup_options(db.reading, [(kit, 4)], clock.at)
    assert [each.available for each in option.short] == [3]
