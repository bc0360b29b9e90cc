"""The delivery methods as others ask for them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.kernel.wire import Text3

Kind = Literal["pickup", "ship"]


class Method(Struct, frozen=True, kw_only=True):
    """One way for goods to reach the shopper. `amount` is charged once for each group, in minor units of `currency`.

    `countries` are where it goes to (none named: anywhere); `min_days` to `max_days` is how long it takes once the
    goods have left.
    """

    id: UUID
    code: str
    name: Text3
    kind: Kind
    amount: int
    currency: str
    includes_tax: bool
    tax_category: str
    countries: tuple[str, ...]
    min_days: int
    max_days: int
    active: bool
    version: int

    def goes_to(self, country: str) -> bool:
        """Says whether it serves a country."""
        return not self.countries or country in self.countries


class Methods:
    """All delivery methods, as they were at most a second ago."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self.all: Sequence[Method] = tuple(methods)
        self.by_id: Mapping[UUID, Method] = {method.id: method for method in self.all}
        self._pickup = {method.currency: method for method in self.all if method.active and method.kind == "pickup"}
        self._ship = sorted(
            (method for method in self.all if method.active and method.kind == "ship"),
            key=lambda method: (method.amount, method.code),
        )

    def pickup(self, currency: str) -> Method | None:
        """Gives the method that all collections in a currency are charged by; None: they cost nothing."""
        return self._pickup.get(currency)

    def shipping(self, currency: str, country: str) -> list[Method]:
        """Gives the active methods that send to a country, the cheapest first."""
        return [method for method in self._ship if method.currency == currency and method.goes_to(country)]
