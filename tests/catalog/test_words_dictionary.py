"""The dictionary of one process: what a misspelt word most probably means, and how a begun one goes on."""

import random
import string
import tracemalloc
from time import process_time

import pytest
from hypothesis import given, settings, strategies as st

from commerce.catalog.words_dictionary import Dictionary, Word, forgiven

WORDS = [
    Word("es", "cojin", "cojín", 5),
    Word("es", "cajon", "cajón", 9),
    Word("es", "camiseta", "camiseta", 7),
    Word("es", "zapatillas", "zapatillas", 3),
    Word("ca", "samarreta", "samarreta", 4),
    Word("ca", "sabates", "sabates", 4),
    Word("en", "umbrella", "umbrella", 2),
    Word("en", "mug", "mug", 20),
    Word("en", "christmas", "christmas", 8),
    Word("", "vidres", "vidres", 1),
]


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("cogin", "es", "cojin"),
        ("camizeta", "es", "camiseta"),
        ("zapatilas", "es", "zapatillas"),
        ("zpaatilas", "es", "zapatillas"),
        ("samareta", "ca", "samarreta"),
        ("umbrela", "en", "umbrella"),
        ("umberlla", "en", "umbrella"),
        ("chrismas", "en", "christmas"),
        ("xmas", "en", None),
        ("mag", "en", None),
        ("vidrs", "ca", "vidres"),
        ("completelyelse", "en", None),
    ],
)
def test_a_misspelt_word_means_the_nearest_one(typed: str, language: str, meant: str | None) -> None:
    assert Dictionary(WORDS).corrected(typed, language) == meant
    grown = Dictionary()
    for word in WORDS:
        grown.add([word])
    assert grown.corrected(typed, language) == meant, "what is added later is found as what was there first"


def test_equally_near_words_are_judged_by_language_and_use() -> None:
    near = [Word("es", "vela", "vela", 1), Word("ca", "tela", "tela", 50), Word("es", "pela", "pela", 9)]
    assert Dictionary(near).corrected("xela", "es") == "pela"
    assert Dictionary(near).corrected("xela", "ca") == "tela"
    assert Dictionary([*near, Word("en", "xeva", "xeva", 0)]).corrected("xela", "es") == "xeva", "the same first letter"


def test_of_words_as_near_one_with_a_letter_left_out_comes_before_one_with_another_letter() -> None:
    near = [Word("ca", "bufada", "bufada", 1), Word("ca", "bufanda", "bufanda", 1)]
    assert Dictionary(near).corrected("bufnda", "ca") == "bufanda"
    assert Dictionary(near).corrected("bufnda", "ca", 0) is None


def test_two_letters_too_many_are_too_many_for_seven() -> None:
    words = Dictionary([Word("en", "union", "union", 9), Word("en", "umbrella", "umbrella", 9)])
    assert words.corrected("unicorn", "en") is None
    assert words.corrected("umbrela", "en") == words.corrected("umbrlea", "en") == "umbrella"


def test_words_run_together_are_parted_into_as_few_as_can_be() -> None:
    words = Dictionary([*WORDS, *(Word("es", each, each, 2) for each in ("sofa", "cama", "camas", "eta", "mesa"))])
    assert words.apart("sofacama", "es") == ["sofa", "cama"]
    assert words.apart("sofacamas", "es") == ["sofa", "camas"]
    assert words.apart("camisetademesa", "es") == ["camiseta", "de", "mesa"]
    assert words.apart("camiseta", "es") == []
    assert words.apart("sofaxcama", "es") == []
    assert words.apart("demesa", "es") == [], "what joins words begins none"
    assert words.apart("sofa" * 20, "es") == [], "no word is that long"
    assert words.together("um", "brella") == "umbrella"
    assert words.together("um", "brellas") == "umbrellas", "its plural is in use as well as it is"
    assert words.together("red", "umbrella") is None


@pytest.mark.parametrize(
    "form", ["cojin", "cojines", "camisetas", "samarretes", "umbrellas", "ab12", "de", "mug", "mugs"]
)
def test_words_in_use_are_known_in_their_other_forms(form: str) -> None:
    assert Dictionary(WORDS).knows(form)


def test_a_misspelt_word_is_no_form_of_a_short_one() -> None:
    words = Dictionary([Word("en", "cor", "cor", 1), Word("es", "correr", "correr", 4)])
    assert not words.knows("corer")
    assert words.corrected("corer", "es") == "correr"


def test_a_rare_word_beside_a_common_one_is_probably_a_misspelling_itself() -> None:
    words = Dictionary([Word("en", "strawbery", "strawbery", 2), Word("en", "strawberry", "strawberry", 60)])
    assert words.knows("strawbery")
    assert words.rather("strawbery") == "strawberry"
    assert words.rather("strawberry") is None
    assert Dictionary([Word("es", "cosa", "cosa", 2), Word("es", "casa", "casa", 9)]).rather("cosa") is None
    for rare, often in (("cook", "cool"), ("potter", "totter")):
        near = [Word("en", rare, rare, 1), Word("en", often, often, 90)]
        assert Dictionary(near).rather(rare) is None, "a word of its own"


def test_a_begun_word_goes_on_in_the_language_of_the_page() -> None:
    words = Dictionary([*WORDS, Word("es", "camisa", "camisa", 9), Word("ca", "camisa", "camisa", 1)])
    assert [each.shown for each in words.completed("cam", "es", 5)] == ["camisa", "camiseta"]
    assert [each.shown for each in words.completed("cam", "ca", 5)] == ["camisa"]
    assert [each.shown for each in words.completed("vi", "en", 5)] == ["vidres"], "brands have no language"
    assert words.completed("cam", "es", 1)[0].shown == "camisa"
    assert words.shown("cojin", "ca") == "cojín"
    assert words.begins("zapat")
    assert not words.begins("zapatos")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abcde", min_size=4, max_size=10), st.data())
def test_whatever_one_mistake_does_to_a_word_it_is_found_again(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdexyz"))
    spoilt = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
            ]
        )
    )
    found = Dictionary([Word("en", word, word, 1)]).corrected(spoilt, "en")
    assert found == (word if forgiven(spoilt) else None)


def test_many_words_take_little_memory_and_answer_at_once() -> None:
    made = random.Random(7)
    words = {"".join(made.choices(string.ascii_lowercase, k=made.randint(4, 12))) for _ in range(3_000)}
    tracemalloc.start()
    dictionary = Dictionary(Word("en", word, word, 1) for word in words)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / len(dictionary) < 1_500, "bytes for each word"
    asked = [word[:2] + "q" + word[3:] for word in sorted(words)[:200] if len(word) > 5]
    started = process_time()
    for word in asked:
        dictionary.corrected(word, "en")
    assert (process_time() - started) / len(asked) < 0.005
