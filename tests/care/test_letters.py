"""The catalogue of messages: complete in three languages, and saying the same in each."""

from datetime import UTC, datetime
from string import Formatter

import pytest

from commerce.care.dates import MONTHS, moment_said
from commerce.care.facts import Kind
from commerce.care.letters import HELLO, LANGUAGES, LETTERS, PHRASES, known, letter


def fields(text: str) -> set[str]:
    """The facts that a text names."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", list(Kind))
def test_each_message_is_there_in_three_languages_and_says_the_same(kind: Kind) -> None:
    texts = LETTERS[kind]
    assert set(texts) == set(LANGUAGES)
    assert len({text for pair in texts.values() for text in pair}) == 2 * len(LANGUAGES)
    assert len({frozenset(fields(body)) for _, body in texts.values()}) == 1
    assert len({frozenset(fields(subject)) for subject, _ in texts.values()}) == 1


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_each_phrase_is_there_in_three_languages_and_says_the_same(name: str) -> None:
    texts = PHRASES[name]
    assert set(texts) == set(LANGUAGES) == set(HELLO)
    assert len(set(texts.values())) == len(LANGUAGES)
    assert len({frozenset(fields(text)) for text in texts.values()}) == 1


def test_what_customers_typed_is_never_taken_for_a_fact() -> None:
    facts = {"name": "{total}", "number": "O-1", "shop": "Shop", "carrier": "C", "items": "{name}", "tracking": ""}
    _, text = letter(Kind.SHIPPED, "en", facts)
    assert text.startswith("Hello {total},")
    assert "\n\n{name}\n\n" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Wednesday 1 April, 00:30"),
        ("es", "miércoles 1 de abril, 00:30"),
        ("ca", "dimecres 1 d'abril, 00:30"),
    ],
)
def test_an_instant_is_said_in_the_zone_of_the_place(language: str, said: str) -> None:
    assert moment_said(datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "Europe/Madrid", language) == said
    assert {len(months) for months in MONTHS.values()} == {12}


def test_an_unknown_language_gets_english() -> None:
    assert [known(language) for language in ("ca", "es", "en", "fr")] == ["ca", "es", "en", "en"]
