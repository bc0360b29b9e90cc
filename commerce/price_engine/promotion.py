"""A promotion as data: for whom and on what, under which conditions, with what effect. How they apply: docs/decisions/0062-how-promotions-apply.md."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.kernel.currencies import Currency
from commerce.price_engine.window import ALWAYS, Window

Fulfilment = Literal["pickup", "ship", "none"]


class Targets(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which articles: any that is one of these variants or products, in one of these categories, or of one of these brands.

    With none of the four named: every article. What `not_*` names is left out again. Brands are in small letters.
    """

    variants: tuple[UUID, ...] = ()
    products: tuple[UUID, ...] = ()
    categories: tuple[UUID, ...] = ()
    brands: tuple[str, ...] = ()
    not_variants: tuple[UUID, ...] = ()
    not_products: tuple[UUID, ...] = ()
    not_categories: tuple[UUID, ...] = ()


EVERYTHING = Targets()


class Hours(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Hours of the day in the store's zone, half-open, in minutes since midnight; `until` before `since` runs over midnight.

    `weekdays` are ISO numbers (1 is Monday) of the day on which the hours begin; none named: every day.
    """

    since: int = 0
    until: int = 1440
    weekdays: tuple[int, ...] = ()


class Needs(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the basket must hold: so many units of these articles, worth so much, before any discount.

    `amount` is in the promotion's currency, in the prices' own terms, after overrides by hand.
    """

    targets: Targets = EVERYTHING
    quantity: int = 0
    amount: int = 0


class Conditions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a promotion may apply; everything that is named must hold, and of a list any one.

    `groups` are customer groups and segments. `fulfilment` counts line by line: only lines bound that way take part.
    `needs` are judged over all lines that are bound that way. `code` demands that one of its codes was offered.
    """

    channels: tuple[UUID, ...] = ()
    stores: tuple[UUID, ...] = ()
    groups: tuple[UUID, ...] = ()
    customers: tuple[UUID, ...] = ()
    first_order: bool = False
    hours: tuple[Hours, ...] = ()
    tenders: tuple[str, ...] = ()
    fulfilment: tuple[Fulfilment, ...] = ()
    needs: tuple[Needs, ...] = ()
    code: bool = False


NO_CONDITIONS = Conditions()


class PercentOff(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="percent_off"):
    """A share off each matching line, or off what the matching lines come to together; 20 % is `Decimal("0.2")`."""

    rate: Decimal
    of: Literal["line", "order"] = "line"


class AmountOff(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="amount_off"):
    """An amount off each matching unit, or once off what the matching lines come to together."""

    amount: int
    of: Literal["unit", "order"] = "unit"


class FixedPrice(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="fixed_price"):
    """Each matching unit costs this much; one that is cheaper already stays."""

    amount: int


class BuyGet(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="buy_get"):
    """For each `buy` units, `get` more are reduced by `rate` (1: free), the cheapest ones.

    Without `get_targets` they come from the same articles, so that 3 for 2 is `buy=2, get=1` and needs 3 in the basket.
    With them, a line that matches `get_targets` is no line that is bought, and need not match the promotion's targets.
    """

    buy: int
    get: int
    rate: Decimal = Decimal(1)
    get_targets: Targets | None = None
    times_most: int | None = None


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some units for a bundle."""

    targets: Targets
    quantity: int


class BundlePrice(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="bundle_price"):
    """These parts together cost this much, the dearest units first; a line belongs to the first part that it matches.

    The promotion's targets narrow the parts; mostly they are left at everything.
    """

    parts: tuple[Part, ...]
    amount: int
    times_most: int | None = None


class Tier(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """From this quantity or amount on: a share off, or an amount off (one of the two)."""

    at_least: int
    rate: Decimal | None = None
    amount: int | None = None


class Tiered(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="tiered"):
    """The more, the cheaper: the highest tier that is reached holds.

    By `quantity`, each matching line gets the tier's share, or its amount off each unit; by `amount`, what the matching
    lines come to is reduced by the tier's share or amount, once. Reached counts what matches, before any discount.
    """

    by: Literal["quantity", "amount"]
    tiers: tuple[Tier, ...]


class Gift(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="gift"):
    """Some units of an article for nothing, as a line of its own in the group of the first matching line."""

    variant_id: UUID
    quantity: int = 1


class DeliveryOff(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="delivery_off"):
    """A delivery charge for less: by a share (1: free), by an amount, or at a price; of these methods, or of any."""

    rate: Decimal | None = None
    amount: int | None = None
    price: int | None = None
    methods: tuple[UUID, ...] = ()


class Points(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="points"):
    """Matching lines earn this many times the usual loyalty points. Of several, the highest holds."""

    times: Decimal


Effect = PercentOff | AmountOff | FixedPrice | BuyGet | BundlePrice | Tiered | Gift | DeliveryOff | Points


class Promotion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of one promotion.

    `currency` is that of every amount in it; none where it has no amounts: then it holds in any. `exclusion`: of the
    promotions that share the word, one line takes one. `alone`: on a line that takes it nothing else applies.
    `limited` says that its uses or its budget are counted, so that it can be used up.
    """

    id: UUID
    version: int
    code: str
    priority: int = 0
    currency: Currency | None = None
    targets: Targets = EVERYTHING
    conditions: Conditions = NO_CONDITIONS
    effect: Effect
    exclusion: str | None = None
    alone: bool = False
    limited: bool = False
    window: Window = ALWAYS
