"""Folding in SQL and in Python agree, and take away what people do not type."""

import pytest
from sqlalchemy import Text, func, select

from commerce.catalog.folding import folded, search_words, slug_of
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given

FOLD = Statement(
    select(func.folded(given("text", Text)).label("folded"), func.search_words(given("text", Text)).label("words"))
)
STEM = Statement(select(func.catalan_stems(given("text", Text))))

SAMPLES = [
    "Cançó d'estiu", "CANÇÓ", "canc\u0327o\u0301", "Huśtawka", "łódź ŁÓDŹ", "Øre øre", "Straße STRAẞE", "đak Đak", "Œuvre œuvre", "Æsir æ",
    "þorn Þorn", "Ħal", "col·lecció", "col\u0140ecció", "Ñandú", "İstanbul ısı", "10% – «d'or» ¿qué?", "AB-123/4", "日本 кот", "", "  a  b ",
    "Å Å", "e\u0301\u0323", "ﬁ", "🙂 ok",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLES)
async def test_sql_and_python_fold_alike(db: Database, text: str) -> None:
    row = await db.reading.fetch_one(FOLD, text=text)
    assert row is not None
    assert row["folded"] == folded(text)
    assert row["words"].split() == search_words(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("huśtawka", "hustawka"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("cœur", "coeur"),
        ("SABÓ", "sabo"),
        ("col·lecció", "colleccio"),
    ],
)
def test_marks_and_case_are_taken_away(typed: str, meant: str) -> None:
    assert folded(typed) == meant


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("sabó", "sabons"), ("cançó", "cançons"), ("tassa", "tasses"), ("coixí", "coixins"), ("taronja", "taronges"), ("vaca", "vaques"),
        ("plaça", "places"), ("botiga", "botigues"), ("pis", "pisos"), ("got", "gots"), ("braç", "braços"), ("peix", "peixos"),
        ("verd", "verdes"), ("llum", "llums"), ("piano", "pianos"), ("gos", "gossos"),
    ],
)  # fmt: skip
async def test_catalan_plurals_meet_their_singular(db: Database, one: str, many: str) -> None:
    assert await db.reading.fetch_value(STEM, text=folded(one)) == await db.reading.fetch_value(STEM, text=folded(many))


def test_slugs_are_made_of_ascii_words() -> None:
    assert slug_of("Tassa de cafè, 250 ml!") == "tassa-de-cafe-250-ml"
    assert slug_of("日本") == ""
    assert len(slug_of("a" * 500)) == 120
