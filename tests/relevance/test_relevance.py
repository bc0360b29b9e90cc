"""Search finds what people expect: at least 95 of 100 queries have an answer among their first three, in either half."""

import pytest

from commerce.platform.database import Database
from tests.relevance.measure import measure
from tests.relevance.queries import queries
from tests.relevance.shop import RETAIL, build, written_by_hand

GOAL = 0.95


def test_the_set_is_large_enough() -> None:
    assert len(written_by_hand()) >= 100
    assert len(queries()) >= 200
    assert all(len([query for query in queries() if query.second is half]) >= 100 for half in (False, True))


async def test_a_choice_of_articles_is_found_by_what_people_type(db: Database) -> None:
    titles = await build(db, whole=False)
    for half in (False, True):
        outcome = await measure(db, titles, [query for query in queries() if query.second is half])
        assert outcome.rate >= GOAL, outcome.misses


@pytest.mark.nightly
async def test_a_whole_catalogue_is_searched_by_what_people_type(db: Database) -> None:
    if not RETAIL.exists():
        pytest.skip(f"{RETAIL} is not there: set COMMERCE_SAMPLE_DATA")
    titles = await build(db, whole=True)
    for half in (False, True):
        outcome = await measure(db, titles, [query for query in queries() if query.second is half])
        assert outcome.rate >= GOAL, outcome.misses
