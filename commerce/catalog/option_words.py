"""What the values of a product's options are called in each language, and the words of theirs that a product is found by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Text, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.tables import products, variants
from commerce.kernel.errors import invalid
from commerce.kernel.wire import Text3

ValueTexts = tuple[dict[str, Text3], ...]
"""What the values of options are called: for each option in order, the texts by value."""

MOST_SOUGHT = 200
"""So many values of a product, the first by their bytes, are words that it is found by: a search vector has an end."""

_each = (
    select(func.unnest(variants.c.option_values, type_=Text).collate("C").label("value"))
    .where(variants.c.product_id == products.c.id, variants.c.withdrawn_at.is_(None))
    .correlate(products)
    .subquery("each")
)
# In the order of their bytes, as `option_words` gives them, so that a vector can be compared with what it is made of.
OPTION_WORDS: ColumnElement[Any] = func.array(
    select(_each.c.value).distinct().order_by(_each.c.value).limit(literal_column(str(MOST_SOUGHT))).scalar_subquery(),
    type_=ARRAY(Text),
)


def option_words(values: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Gives, of the option values of a product's live variants, those that it is found by."""
    return tuple(sorted({each for one in values for each in one}, key=str.encode)[:MOST_SOUGHT])


class _Called(Protocol):
    @property
    def en(self) -> str | None: ...
    @property
    def es(self) -> str | None: ...
    @property
    def ca(self) -> str | None: ...


def value_texts(given: Iterable[Mapping[str, _Called]]) -> ValueTexts:
    """Gives what option values are called, without what says nothing."""
    said = [
        {
            value: Text3(en=each.en, es=each.es, ca=each.ca)
            for value, each in one.items()
            if each.en or each.es or each.ca
        }
        for one in given
    ]
    while said and not said[-1]:
        said.pop()
    return tuple(said)


def require_value_texts(given: Sequence[Mapping[str, _Called]], options: int) -> ValueTexts:
    """Gives `value_texts`; refuses with InvalidInput those of more options than there are."""
    texts = value_texts(given)
    if len(texts) > options:
        raise invalid("/option_value_texts", f"The product has {options} options: there is no option {len(texts)}.")
    return texts
