"""Articles and locations for tests of inventory, which knows them by their ids only."""

from itertools import product

from commerce.inventory.facts import Place
from commerce.kernel.ids import readable_code
from commerce.platform.database import Database
from tests.given import catalog, stores


async def places(db: Database, variants: int = 1, at: int = 1) -> list[Place]:
    """Makes articles and locations, and gives each article at each location, by article."""
    articles = [await catalog.variant(db) for _ in range(variants)]
    locations = [await stores.location(db, readable_code(8).lower()) for _ in range(at)]
    return [Place(*each) for each in product(articles, locations)]
