"""How many queries find what they should among the first three, by half and kind, and which do not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commerce.platform.database import Database
from tests.relevance.queries import Found, Query
from tests.storefront.reading import found


@dataclass(frozen=True)
class Miss:
    """A query that did not find what it should, with what came instead."""

    query: Query
    came: list[str]


@dataclass(frozen=True)
class Outcome:
    """What came of some queries."""

    asked: int
    misses: list[Miss]
    by_kind: Mapping[str, tuple[int, int]]

    @property
    def rate(self) -> float:
        """The share of queries with an answer among the first three."""
        return (self.asked - len(self.misses)) / self.asked


async def measure(db: Database, titles: Mapping[str, str], asked: Sequence[Query]) -> Outcome:
    """Asks each query as a page of the storefront would. A product's slug is its handle here."""
    misses: list[Miss] = []
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for query in asked:
        answer = await found(db, query.text, language=query.language, limit=3)
        came = [Found(card.slug, titles[card.slug]) for card in answer.items]
        by_kind[query.kind].append(query.hit(came))
        if not query.hit(came):
            misses.append(Miss(query, [each.handle for each in came]))
    return Outcome(len(asked), misses, {kind: (sum(hits), len(hits)) for kind, hits in sorted(by_kind.items())})
