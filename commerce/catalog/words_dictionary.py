"""The words in use as one process holds them: which word a misspelt one means, and how a begun one goes on.

Corrections are found by symmetric deletion: a word and its misspelling become the same string when a letter or two are left out of each.
Of long words only the first letters are indexed. What is found so is compared letter by letter; letters that changed places count as one.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import combinations

import msgspec
from rapidfuzz.distance import OSA

from commerce.catalog.folding import catalan_stem

INDEXED_LETTERS = 7
# One mistake is forgiven from four letters on, two from seven, but not two letters too many in seven: `unicorn` is no `union`.
FEW_LETTERS, MANY_LETTERS = 4, 7
# A word that is used so much less than one beside it is probably a misspelling itself.
RARE, TIMES_RARER, TIMES_RARER_TORN = 5, 10, 2
SHORTEST_MISSPELT = 6  # of shorter words one letter makes another: `cook` is no `hook`
MOST_CANDIDATES = 400
MOST_COMPLETIONS = 2_000
MOST_HELD = 80_000  # words that come later than these are not held: memory stays bounded
_HASH = 0xFFFFFFFF
MOST_MISTAKES = 2
# Words without the spaces between them: of how many letters, of how many words at most, of how many letters each.
SHORTEST_JOINED, LONGEST_JOINED, MOST_PIECES, SHORTEST_PIECE = 6, 40, 3, 3
JOINTS = ("d", "de", "del", "el", "la", "l", "con", "y", "i", "amb", "para", "per", "of", "and", "for")


class Word(msgspec.Struct, frozen=True):
    """A word in use: as it is compared, as it is written, in which language, and in how many products."""

    language: str
    word: str
    shown: str
    uses: int


class Dictionary:
    """Words that can be added to, looked up, corrected and completed."""

    def __init__(self, words: Iterable[Word] = ()) -> None:
        self._words: list[str] = []
        self._places: dict[str, int] = {}
        self._uses: list[int] = []
        self._shown: dict[str, dict[str, Word]] = {"": {}, "ca": {}, "en": {}, "es": {}}
        self._in_order: list[str] = []
        self._stems: set[str] = set()
        # What is left of each word with its place, sorted; and the same of words that came later.
        self._left: array[int] = array("Q")
        self._later: dict[int, list[int]] = {}
        self._begin(words)

    def __len__(self) -> int:
        return len(self._words)

    def _begin(self, words: Iterable[Word]) -> None:
        left: list[int] = []
        for each in words:
            if (place := self._enter(each)) is not None:
                left += [(hash(rest) & _HASH) << 32 | place for rest in _shortened(each.word)]
        self._in_order = sorted(self._words)
        self._left = array("Q", sorted(left))

    def add(self, words: Iterable[Word]) -> None:
        """Adds words, or tells how often known ones are used now."""
        for each in words:
            if (place := self._enter(each)) is not None:
                insort(self._in_order, each.word)
                for rest in _shortened(each.word):
                    self._later.setdefault(hash(rest) & _HASH, []).append(place)

    def _enter(self, word: Word) -> int | None:
        """Gives the place of a word that is new."""
        place = self._places.get(word.word)
        if place is None and len(self._words) >= MOST_HELD:
            return None
        self._shown[word.language][word.word] = word
        if place is not None:
            self._uses[place] = max(self._uses[place], word.uses)
            return None
        place = self._places[word.word] = len(self._words)
        self._words.append(word.word)
        self._uses.append(word.uses)
        self._stems |= stems(word.word)
        return place

    def knows(self, word: str) -> bool:
        """Says whether a folded word, or another form of it, is in use; short ones and those with digits are taken as they are."""
        return (
            len(word) < FEW_LETTERS
            or not word.isalpha()
            or word in self._places
            or not self._stems.isdisjoint(stems(word))
        )

    def has(self, word: str) -> bool:
        """Says whether a folded word is in use as it stands."""
        return word in self._places

    def begins(self, word: str) -> bool:
        """Says whether a word in use begins so."""
        place = bisect_left(self._in_order, word)
        return place < len(self._in_order) and self._in_order[place].startswith(word)

    def rather(self, word: str) -> str | None:
        """Gives the word that a rare one in use is probably a misspelling of: one letter off, and used many times as often."""
        place = self._places.get(word)
        if place is None or self._uses[place] > RARE or len(word) < SHORTEST_MISSPELT:
            return None
        often = max(1, self._uses[place]) * TIMES_RARER
        near = [
            self._words[other]
            for other in self._near(word)
            if self._uses[other] >= often
            and self._words[other][0] == word[0]
            and OSA.distance(word, self._words[other], score_cutoff=1) == 1
        ]
        return max(near, key=lambda each: (self._uses[self._places[each]], each), default=None)

    def corrected(self, word: str, language: str, mistakes: int = MOST_MISTAKES) -> str | None:
        """Gives the word in use that a misspelt one most probably means, None where none is near: the nearest, then one with the same first
        letter, of the language, of more products, with letters left out or added rather than others instead.
        """
        most = min(mistakes, forgiven(word))
        best: tuple[int, bool, bool, int, bool, str] | None = None
        for place in self._near(word):
            other = self._words[place]
            distance = OSA.distance(word, other, score_cutoff=most)
            if distance > most or (len(word) <= MANY_LETTERS and len(other) == len(word) - MOST_MISTAKES):
                continue
            of_language = other in self._shown[language] or other in self._shown[""]
            judged = (
                distance,
                other[0] != word[0],
                not of_language,
                -self._uses[place],
                len(other) == len(word) and sorted(other) != sorted(word),
                other,
            )
            if best is None or judged < best:
                best = judged
        return None if best is None else best[-1]

    def apart(self, word: str, language: str) -> list[str]:
        """Gives the words in use that stand in one without the spaces between them (`tazadesayuno`), with what joins them (`lamparademesa`);
        empty where it cannot be taken apart so. The fewest words, then those of the language, then those of most products.
        """
        if not SHORTEST_JOINED <= len(word) <= LONGEST_JOINED or not word.isalpha():
            return []
        ways = [way for way in self._ways(word, MOST_PIECES) if len(way) > 1]
        return min(ways, key=lambda way: self._judged(way, language), default=[])

    def _judged(self, way: list[str], language: str) -> tuple[int, bool, int, list[str]]:
        said = [piece for piece in way if piece not in JOINTS]
        strange = any(piece not in self._shown[language] and piece not in self._shown[""] for piece in said)
        return len(way), strange, -min(self._uses[self._places[piece]] for piece in said), way

    def _ways(self, word: str, pieces: int) -> Iterator[list[str]]:
        """Gives the ways in which a word is one in use, or several, each behind the first one joined or not."""
        if word in self._places:
            yield [word]
        if pieces == 1:
            return
        for at in range(SHORTEST_PIECE, len(word) - SHORTEST_PIECE + 1):
            if word[:at] not in self._places:
                continue
            for joint in ("", *JOINTS):
                if word.startswith(joint, at):
                    for rest in self._ways(word[at + len(joint) :], pieces - 1):
                        yield [word[:at], *([joint] if joint else []), *rest]

    def rather_apart(self, word: str, language: str) -> list[str]:
        """Gives the two words that a rare one is mostly written as: `photo frame` beside `photoframe`; empty where it is not."""
        place = self._places.get(word)
        if place is None or self._uses[place] > RARE:
            return []
        often = max(1, self._uses[place]) * TIMES_RARER_TORN
        way = self.apart(word, language)
        common = len(way) == 2 and all(self._uses[self._places[piece]] >= often for piece in way)  # noqa: PLR2004 -- two words
        return way if common else []

    def together(self, first: str, second: str) -> str | None:
        """Gives the one word in use that two were written apart of (`door mat`), None where they are none."""
        joined = first + second
        if len(joined) < SHORTEST_JOINED or not joined.isalpha():
            return None
        return joined if joined in self._places or not self._stems.isdisjoint(stems(joined)) else None

    def bare(self, word: str) -> list[str]:
        """Gives words in use that one which is not is another form of, where stemmers do not see it: `scarves`, `wraping`."""
        if word in self._places:
            return []
        forms = [word[: -len(ending)] + instead for ending, instead in _UNSEEN if word.endswith(ending)]
        return [form for form in forms if form in self._places]

    def _near(self, word: str) -> set[int]:
        found: set[int] = set()
        for rest in _shortened(word):
            hashed = hash(rest) & _HASH
            found.update(self._later.get(hashed, ()))
            at = bisect_left(self._left, hashed << 32)
            while at < len(self._left) and self._left[at] >> 32 == hashed and len(found) < MOST_CANDIDATES:
                found.add(self._left[at] & _HASH)
                at += 1
        return found

    def completed(self, begun: str, language: str, most: int) -> list[Word]:
        """Gives the words that begin so: those of a language before those of none (brands, types, tags), those of most products first."""
        place, found = bisect_left(self._in_order, begun), []
        for word in self._in_order[place : place + MOST_COMPLETIONS]:
            if not word.startswith(begun):
                break
            said = self._shown[language].get(word) or self._shown[""].get(word)
            if said is not None:
                found.append(said)
        return sorted(found, key=lambda each: (each.language == "", -each.uses, each.word))[:most]

    def shown(self, word: str, language: str) -> str:
        """Gives a word as it is written, with its accents."""
        for each in (language, "", "es", "ca", "en"):
            if (said := self._shown[each].get(word)) is not None:
                return said.shown
        return word


def forgiven(word: str) -> int:
    """Gives how many mistakes are forgiven in a word."""
    return 0 if len(word) < FEW_LETTERS else 1 if len(word) < MANY_LETTERS else 2


def _shortened(word: str) -> set[str]:
    """Gives what is left of the first letters of a word when up to as many are taken out as mistakes are forgiven."""
    first = word[:INDEXED_LETTERS]
    found = {first}
    for taken in range(1, max(1, forgiven(word)) + 1):
        found.update("".join(letters) for letters in _without(first, taken))
    return found


def _without(letters: str, taken: int) -> Iterator[tuple[str, ...]]:
    return combinations(letters, max(0, len(letters) - taken))


def stems(word: str) -> set[str]:
    """Gives the forms in which the plurals and singulars of the three languages meet: coarser than what is indexed."""
    found = {word, catalan_stem(word)}
    for ending, instead, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            found.add(word[: -len(ending)] + instead)
    return {each for each in found if len(each) >= FEW_LETTERS - 1}


_UNSEEN = (("ves", "f"), ("ves", "fe"), ("ing", ""))
# Endings, what stands for them, and how many letters must be left: `corer` is no form of `cor`.
_ENDINGS = (
    *(
        (ending, instead, 3)
        for ending, instead in (("ces", "z"), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""))
    ),
    *((ending, "", 4) for ending in ("ing", "ed", "er", "ers")),
)
