"""The article behind a code, as a till finds it in its bundle: what `GET /v1/variants/lookup` finds with a network."""

from collections.abc import Iterable
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from commerce.kernel.barcodes import barcode_key
from commerce.kernel.embedded_codes import Embedded, EmbeddedRule, read_embedded

Code = Literal["barcode", "sku", "short_code"]


class Coded(Protocol):
    """An article with what it is found by."""

    @property
    def sku(self) -> str:
        """Found in any case."""

    @property
    def short_code(self) -> str | None:
        """What is typed; found in any case."""

    @property
    def every_barcode(self) -> Iterable[str]:
        """All barcodes."""


class Meant(Struct, frozen=True, kw_only=True):
    """The variant that a code stands for, and what the code says beside it of the one piece that it stands on."""

    variant_id: UUID
    embedded: Embedded | None = None


class Codes:
    """The articles of a bundle by their codes: a SKU and a short code in any case, a GTIN with or without zeros before it."""

    __slots__ = ("_barcodes", "_short", "_skus")

    def __init__(self, articles: Iterable[tuple[UUID, Coded]]) -> None:
        self._skus: dict[str, UUID] = {}
        self._short: dict[str, UUID] = {}
        self._barcodes: dict[str, UUID] = {}
        for variant, each in articles:
            self._skus[each.sku.upper()] = variant
            if each.short_code is not None:
                self._short[each.short_code.upper()] = variant
            for barcode in each.every_barcode:
                self._barcodes[barcode_key(barcode)] = variant

    def meant(self, by: Code, code: str, rules: Iterable[EmbeddedRule]) -> Meant | None:
        """Gives the variant that a code stands for. A barcode that none has is read by the rules as one with a weight or a price in it: its
        article is the one that has the code without the value, else the one with its digits as short code.
        """
        typed = code.strip()
        if by == "sku":
            return _meant(self._skus.get(typed.upper()))
        if by == "short_code":
            return _meant(self._short.get(typed.upper()))
        whole = self._barcodes.get(barcode_key(typed))
        return self._by_value(read_embedded(typed, rules)) if whole is None else _meant(whole)

    def _by_value(self, read: Embedded | None) -> Meant | None:
        if read is None:
            return None
        keyed = self._barcodes.get(barcode_key(read.bare))
        if keyed is None:
            keyed = next((self._short[each] for each in read.codes if each in self._short), None)
        return _meant(keyed, read)


def _meant(variant: UUID | None, embedded: Embedded | None = None) -> Meant | None:
    return None if variant is None else Meant(variant_id=variant, embedded=embedded)
