"""The queries with the answers that a person would expect, and the fixed rule that parts them in two halves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Found:
    """An article as it came out of the search: its SKU and its title as it was given in English."""

    handle: str
    title: str


@dataclass(frozen=True)
class Query:
    """What somebody types, on a page of which language, and what should be among the first three."""

    kind: str
    language: str
    text: str
    answers: str

    @property
    def second(self) -> bool:
        """Whether it belongs to the half that is looked at only at the end."""
        return crc32(f"{self.language}|{self.text}".encode()) % 2 == 1

    def hit(self, found: Sequence[Found]) -> bool:
        """Says whether one of the first three is an answer."""
        return any(self._answers(each) for each in found[:3])

    def _answers(self, found: Found) -> bool:
        return found.handle in self.answers.split()


class RetailQuery(Query):
    """One whose answers are told by a code (`=85123A`) or by what their titles match."""

    def _answers(self, found: Found) -> bool:
        if self.answers.startswith("="):
            return found.handle == self.answers[1:].lower()
        return found.handle[0].isdigit() and re.search(self.answers, found.title, re.IGNORECASE) is not None


def lines(name: str, fields: int) -> list[list[str]]:
    """Gives the lines of one of the files here, split at the first `fields - 1` bars; those that begin with # are remarks."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [line.split("|", fields - 1) for line in text.splitlines() if line and not line.startswith("#")]


def queries() -> list[Query]:
    """Gives all queries of both files."""
    own = [Query(*line) for line in lines("queries.psv", 4)]
    return own + [RetailQuery(*line) for line in lines("retail_queries.psv", 4)]
