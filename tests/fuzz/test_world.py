"""The seeded world: it stands, its books are in order, and there is something of every kind in it."""

from tests.fuzz.conftest import Stage


async def test_the_world_stands(stage: Stage) -> None:
    pool = stage.world.pool()
    assert {name: len(ids) for name, ids in pool.items() if not ids} == {}
