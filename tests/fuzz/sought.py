"""Sets of synonyms; and a valid request for each act on them, and for searches."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any


async def make(builder: "Builder") -> None:
    """Makes two sets over HTTP, one of them to be taken away."""
    for name, words in (("used", ["cup", "beaker"]), ("unused", ["jug", "pitcher", "water jug"])):
        body = {"language": "en", "words": words}
        builder.seen[f"synonyms.{name}"] = await builder.admin.post("/v1/admin/synonyms", body)


def examples(w: "World", nobody: Json, place: Json) -> dict[str, Json]:
    """Gives the request for each operation."""
    used = {"synonyms_id": w.id("synonyms.used")}
    return {
        "listSynonyms": {"query": {"language": "en", "limit": "1"}},
        "createSynonyms": {"body": {"language": "es", "words": ["taza", "tacita de café"]}},
        "getSynonyms": {"path": used},
        "changeSynonyms": {"path": used, "body": {"words": ["cup", "mug"]}},
        "deleteSynonyms": {"path": {"synonyms_id": w.id("synonyms.unused")}},
        "suggestSearches": {**nobody, "query": {"q": "cu", "lang": "es"}},
        "searchProducts": {
            **nobody,
            "query": {"q": "cup", **place, "sort": "price", "count": "price", "price_to": "100000"},
        },
    }
