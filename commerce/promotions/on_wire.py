"""Rules between the wire and the engine: amounts lose and regain their currency, shares are exact decimals."""

from decimal import Decimal

from msgspec import UNSET
from msgspec.structs import asdict

from commerce.kernel.money import Money
from commerce.price_engine import (
    AmountOff,
    BundlePrice,
    BuyGet,
    Conditions,
    DeliveryOff,
    Effect,
    FixedPrice,
    Gift,
    Hours,
    Needs,
    Part,
    PercentOff,
    Points,
    Targets,
    Tier,
    Tiered,
    Window,
)
from commerce.promotions import schemas as wire
from commerce.promotions.facts import Limits, Rule

MINUTES = 60
SIDES = ("variants", "products", "categories", "not_variants", "not_products", "not_categories")


class Reader:
    """Reads one rule off the wire. Amounts of another currency than the rule's are noted, each with its field."""

    def __init__(self, currency: str | None) -> None:
        self.currency = currency
        self.flaws: list[tuple[str, str]] = []

    def rule(self, data: wire.PromotionIn | wire.RuleOut) -> Rule:
        """Gives the rule that fields stand for."""
        return Rule(
            priority=data.priority,
            currency=data.currency,
            targets=targets(data.targets),
            conditions=self._conditions(data.conditions),
            effect=self._effect(data.effect),
            exclusion=data.exclusion,
            alone=data.alone,
            window=Window(**asdict(data.window)),
            limits=Limits(
                uses_most=data.limits.uses_most,
                amount_most=self._maybe(data.limits.amount_most, "/limits/amount_most"),
                per_customer_most=data.limits.per_customer_most,
            ),
        )

    def _amount(self, money: Money, pointer: str) -> int:
        if self.currency is None:
            self.flaws.append((pointer, "An amount needs the promotion's `currency`."))
        elif money.currency != self.currency:
            self.flaws.append((f"{pointer}/currency", f"Must be {self.currency}, the promotion's own."))
        return money.amount

    def _maybe(self, money: Money | None, pointer: str) -> int | None:
        return None if money is None else self._amount(money, pointer)

    def _conditions(self, data: wire.ConditionsFields) -> Conditions:
        return Conditions(
            channels=data.channels,
            stores=data.stores,
            groups=data.groups,
            customers=data.customers,
            first_order=data.first_order,
            hours=tuple(_hours(each) for each in data.hours),
            tenders=tuple(sorted(set(data.tenders))),
            fulfilment=tuple(sorted(set(data.fulfilment))),
            needs=tuple(
                Needs(
                    targets=targets(each.targets),
                    quantity=each.quantity,
                    amount=self._maybe(each.amount, f"/conditions/needs/{nth}/amount") or 0,
                )
                for nth, each in enumerate(data.needs)
            ),
            code=data.code,
        )

    def _effect(self, data: wire.EffectFields) -> Effect:
        match data:
            case wire.PercentOffFields():
                return PercentOff(rate=Decimal(data.rate), of=data.of)
            case wire.AmountOffFields():
                return AmountOff(amount=self._amount(data.amount, "/effect/amount"), of=data.of)
            case wire.FixedPriceFields():
                return FixedPrice(amount=self._amount(data.amount, "/effect/amount"))
            case wire.BuyGetFields():
                return BuyGet(
                    buy=data.buy,
                    get=data.get,
                    rate=Decimal(data.rate),
                    get_targets=None if data.get_targets is None else targets(data.get_targets),
                    times_most=data.times_most,
                )
            case wire.BundlePriceFields():
                return BundlePrice(
                    parts=tuple(Part(targets=targets(each.targets), quantity=each.quantity) for each in data.parts),
                    amount=self._amount(data.amount, "/effect/amount"),
                    times_most=data.times_most,
                )
            case wire.TieredFields():
                return Tiered(by=data.by, tiers=tuple(self._tier(data, nth) for nth in range(len(data.tiers))))
            case wire.GiftFields():
                return Gift(variant_id=data.variant_id, quantity=data.quantity)
            case wire.DeliveryOffFields():
                return DeliveryOff(
                    rate=None if data.rate is None else Decimal(data.rate),
                    amount=self._maybe(data.amount, "/effect/amount"),
                    price=self._maybe(data.price, "/effect/price"),
                    methods=data.methods,
                )
            case wire.PointsFields():
                return Points(times=Decimal(data.times))

    def _tier(self, data: wire.TieredFields, nth: int) -> Tier:
        tier, pointer = data.tiers[nth], f"/effect/tiers/{nth}"
        by_quantity = data.by == "quantity"
        at_least = tier.from_quantity if by_quantity else self._maybe(tier.from_amount, f"{pointer}/from_amount")
        if at_least is None or (tier.from_amount if by_quantity else tier.from_quantity) is not None:
            self.flaws.append((pointer, f"A tier by {data.by} says `from_{data.by}`, and nothing else of the kind."))
        return Tier(
            at_least=at_least or 0,
            rate=None if tier.rate is None else Decimal(tier.rate),
            amount=self._maybe(tier.amount, f"{pointer}/amount"),
        )


def targets(data: wire.TargetsFields) -> Targets:
    """Gives targets as the engine has them, in the order given: brands in small letters."""
    sides = {side: getattr(data, side) for side in SIDES}
    return Targets(brands=tuple(each.strip().lower() for each in data.brands), **sides)


def _hours(data: wire.HoursFields) -> Hours:
    return Hours(since=_minute(data.since), until=_minute(data.until), weekdays=tuple(sorted(set(data.weekdays))))


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * MINUTES + int(minute)


def rule_out(rule: Rule) -> wire.RuleOut:
    """Gives a rule as clients see it."""
    conditions, limits = rule.conditions, rule.limits
    return wire.RuleOut(
        priority=rule.priority,
        currency=rule.currency,
        targets=_targets_out(rule.targets),
        conditions=wire.ConditionsFields(
            channels=conditions.channels,
            stores=conditions.stores,
            groups=conditions.groups,
            customers=conditions.customers,
            first_order=conditions.first_order,
            hours=tuple(
                wire.HoursFields(since=_clock(each.since), until=_clock(each.until), weekdays=each.weekdays)
                for each in conditions.hours
            ),
            tenders=conditions.tenders,
            fulfilment=conditions.fulfilment,
            needs=tuple(
                wire.NeedsFields(
                    targets=_targets_out(each.targets),
                    quantity=each.quantity,
                    amount=_money(each.amount, rule) if each.amount else None,
                )
                for each in conditions.needs
            ),
            code=conditions.code,
        ),
        effect=_effect_out(rule.effect, rule),
        exclusion=rule.exclusion,
        alone=rule.alone,
        window=wire.WindowFields(**asdict(rule.window)),
        limits=wire.LimitsFields(
            uses_most=limits.uses_most,
            amount_most=_money(limits.amount_most, rule),
            per_customer_most=limits.per_customer_most,
        ),
    )


def patched(rule: wire.RuleOut, patch: wire.PromotionPatch) -> wire.RuleOut:
    """Gives the rule with what a patch names put in its place."""
    changes = {
        name: value
        for name, value in ((name, getattr(patch, name)) for name in wire.RuleOut.__struct_fields__)
        if value is not UNSET
    }
    fields = {name: getattr(rule, name) for name in wire.RuleOut.__struct_fields__}
    return wire.RuleOut(**{**fields, **changes})


def plain(share: Decimal) -> str:
    """Writes a decimal with no zeros at its end: 0.2, 1, 1.5."""
    text = format(share, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _clock(minute: int) -> str:
    return f"{minute // MINUTES:02}:{minute % MINUTES:02}"


def _targets_out(found: Targets) -> wire.TargetsFields:
    return wire.TargetsFields(brands=found.brands, **{side: getattr(found, side) for side in SIDES})


def _money(amount: int | None, rule: Rule) -> Money | None:
    return None if amount is None or rule.currency is None else Money(amount, rule.currency)


def _share(rate: Decimal | None) -> str | None:
    return None if rate is None else plain(rate)


def _effect_out(effect: Effect, rule: Rule) -> wire.EffectFields:
    def money(amount: int) -> Money:
        return Money(amount, rule.currency or "")

    match effect:
        case PercentOff():
            return wire.PercentOffFields(rate=plain(effect.rate), of=effect.of)
        case AmountOff():
            return wire.AmountOffFields(amount=money(effect.amount), of=effect.of)
        case FixedPrice():
            return wire.FixedPriceFields(amount=money(effect.amount))
        case BuyGet():
            return wire.BuyGetFields(
                buy=effect.buy,
                get=effect.get,
                rate=plain(effect.rate),
                get_targets=None if effect.get_targets is None else _targets_out(effect.get_targets),
                times_most=effect.times_most,
            )
        case BundlePrice():
            parts = tuple(
                wire.PartFields(targets=_targets_out(each.targets), quantity=each.quantity) for each in effect.parts
            )
            return wire.BundlePriceFields(parts=parts, amount=money(effect.amount), times_most=effect.times_most)
        case Tiered():
            return wire.TieredFields(by=effect.by, tiers=tuple(_tier_out(each, effect, rule) for each in effect.tiers))
        case Gift():
            return wire.GiftFields(variant_id=effect.variant_id, quantity=effect.quantity)
        case DeliveryOff():
            return wire.DeliveryOffFields(
                rate=_share(effect.rate),
                amount=_money(effect.amount, rule),
                price=_money(effect.price, rule),
                methods=effect.methods,
            )
        case Points():
            return wire.PointsFields(times=plain(effect.times))


def _tier_out(tier: Tier, effect: Tiered, rule: Rule) -> wire.TierFields:
    by_quantity = effect.by == "quantity"
    return wire.TierFields(
        from_quantity=tier.at_least if by_quantity else None,
        from_amount=None if by_quantity else _money(tier.at_least, rule),
        rate=_share(tier.rate),
        amount=_money(tier.amount, rule),
    )
