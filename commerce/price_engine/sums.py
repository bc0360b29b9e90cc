"""Tax on each part of a basket, and the sums of what is already rounded."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from uuid import UUID

from commerce.kernel.money import MAX_AMOUNT, added_tax, allocate, chargeable, included_tax
from commerce.price_engine.choose_price import unit_price
from commerce.price_engine.errors import CannotPrice, Malformed, Unpriced
from commerce.price_engine.facts import (
    Allocation,
    Basket,
    DeliveryCharge,
    FeeFact,
    Relief,
    TaxFact,
    delivery_key,
)
from commerce.price_engine.known import Facts
from commerce.price_engine.priced import (
    ENGINE_VERSION,
    Applied,
    CodeAnswer,
    GroupTotal,
    Priced,
    PricedDelivery,
    PricedLine,
    TaxTotal,
)
from commerce.price_engine.trace import DocumentTaxed, SteppedTotal, Taxed, TraceStep
from commerce.price_engine.work import ChargeWork, LineWork

NO_TAX_ID = UUID(int=0)
Kind = Literal["article", "eco_fee", "deposit", "gift"]


class Part:
    """A line, a fee, a gift or a delivery whose amount is settled and whose tax is to be found. `base` is what is taxed."""

    __slots__ = (
        "base",
        "category",
        "charge",
        "country",
        "discount",
        "discounts",
        "fee",
        "group",
        "includes_tax",
        "key",
        "kind",
        "rate",
        "relief",
        "subtotal",
        "tax",
        "unit",
        "work",
    )

    def __init__(
        self,
        *,
        key: str,
        group: str,
        category: str,
        country: str | None,
        relief: Relief | None,
        includes_tax: bool,
        unit: int,
        subtotal: int,
        discounts: Sequence[Allocation] = (),
        kind: Kind = "article",
        work: LineWork | None = None,
        fee: FeeFact | None = None,
        charge: DeliveryCharge | None = None,
    ) -> None:
        self.key, self.group, self.category, self.country = key, group, category, country
        self.relief, self.includes_tax, self.unit, self.subtotal = relief, includes_tax, unit, subtotal
        self.discounts = tuple(discounts)
        self.discount = sum(each.amount for each in discounts) if discounts else 0
        self.base = subtotal - self.discount
        self.kind, self.work, self.fee, self.charge = kind, work, fee, charge
        self.rate = Decimal(0)
        self.tax = 0

    @classmethod
    def of_line(cls, work: LineWork, *, gift: bool = False) -> "Part":
        """Makes the part of a line, or of a gift."""
        return cls(
            key=work.key,
            group=work.line.group,
            category=work.article.tax_category,
            country=work.line.tax_country,
            relief=work.line.relief,
            includes_tax=work.includes_tax,
            unit=work.unit,
            subtotal=work.subtotal,
            discounts=work.discounts,
            kind="gift" if gift else "article",
            work=work,
        )

    @classmethod
    def of_fee(cls, work: LineWork, fee: FeeFact, *, unit: int, includes_tax: bool) -> "Part":
        """Makes the part of a fee that comes with each unit of a line, `unit` in the terms that `includes_tax` says."""
        return cls(
            key=f"{work.key}+{fee.code}",
            group=work.line.group,
            category=fee.tax_category,
            country=work.line.tax_country,
            relief=work.line.relief,
            includes_tax=includes_tax,
            unit=unit,
            subtotal=unit * work.quantity,
            kind=fee.kind,
            work=work,
            fee=fee,
        )

    @classmethod
    def of_charge(cls, work: ChargeWork) -> "Part":
        """Makes the part of a delivery."""
        return cls(
            key=work.charge.group,
            group=work.charge.group,
            category=work.charge.tax_category,
            country=work.charge.tax_country,
            relief=work.charge.relief,
            includes_tax=work.includes_tax,
            unit=work.amount,
            subtotal=work.amount,
            discounts=work.discounts,
            charge=work.charge,
        )

    @property
    def total(self) -> int:
        """What is paid for it, with tax."""
        return self.base if self.includes_tax else self.base + self.tax


@lru_cache(maxsize=256)
def _plain(rate: Decimal) -> Decimal:
    """The rate with no zeros at its end, so that 0.21 and 0.2100 are signed as the same bytes."""
    text = format(rate, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) if rate else Decimal(0)


def taxed(parts: Sequence[Part], country: str, facts: Facts, problems: list[Unpriced], trace: list[TraceStep]) -> None:
    """Finds the tax of each part: rounded on each, or once for each rate and spread over its parts, as the profile says.

    Raises Malformed for taxes of an outside engine that lack a part, are negative, more than the price that contains
    them, or on a part that is relieved of tax.
    """
    found: list[tuple[Part, TaxFact]] = []
    given = facts.given_taxes
    for part in parts:
        part.country = zone = part.country or country
        tax = facts.taxes.get((part.category, zone)) if part.relief is None else _no_tax(part.category, zone)
        if tax is None:
            of: Literal["line", "delivery"] = "line" if part.charge is None else "delivery"
            problems.append(Unpriced(of, part.key, "no_tax_rate", f"{part.category} in {zone}"))
            continue
        part.rate = _plain(tax.rate)
        found.append((part, tax))
    if given is not None:
        for part, _ in found:
            part.tax = _given(part, given)
    elif facts.profile.rounding == "document":
        _round_documents([part for part, _ in found], trace)
    else:
        for part, tax in found:
            part.tax = included_tax(part.base, tax.rate) if part.includes_tax else added_tax(part.base, tax.rate)
    trace.extend(_step(part, tax, given=given is not None) for part, tax in found)


@lru_cache(maxsize=256)
def _no_tax(category: str, zone: str) -> TaxFact:
    return TaxFact(category=category, country=zone, rate=Decimal(0), id=NO_TAX_ID, version=0)


def _given(part: Part, given: Mapping[str, int]) -> int:
    tax = given.get(part.key if part.charge is None else delivery_key(part.key))
    most = 0 if part.relief is not None else part.base if part.includes_tax else MAX_AMOUNT
    if tax is None or not 0 <= tax <= most:
        raise Malformed(f"the tax given for {part.key} is {tax}, on {part.base}")
    return tax


def _round_documents(parts: Sequence[Part], trace: list[TraceStep]) -> None:
    """Rounds the tax of each rate once over all its parts and gives each its share by largest remainder, in the parts' order."""
    of_rate: dict[tuple[str, str, Decimal, bool], list[Part]] = {}
    for part in parts:
        of_rate.setdefault((part.country or "", part.category, part.rate, part.includes_tax), []).append(part)
    for (country, category, rate, included), members in sorted(of_rate.items(), key=lambda each: each[0]):
        base = sum(part.base for part in members)
        tax = included_tax(base, rate) if included else added_tax(base, rate)
        for part, share in zip(members, allocate(tax, [part.base for part in members]), strict=True):
            part.tax = share
        trace.append(
            DocumentTaxed(country=country, category=category, rate=rate, included=included, base=base, tax=tax)
        )


def _step(part: Part, tax: TaxFact, *, given: bool) -> Taxed:
    return Taxed(
        of="line" if part.charge is None else "delivery",
        key=part.key,
        tax_id=tax.id,
        tax_version=tax.version,
        category=tax.category,
        country=tax.country,
        rate=part.rate,
        base=part.base,
        included=part.includes_tax,
        tax=part.tax,
        given=given,
    )


def _line(part: Part, work: LineWork) -> PricedLine:
    own = part.fee is None
    measure = work.article.measure if own else None
    return PricedLine(
        key=part.key,
        variant_id=work.line.variant_id,
        quantity=work.quantity,
        group=part.group,
        unit=part.unit,
        compare_at=work.compare_at if own else None,
        includes_tax=part.includes_tax,
        subtotal=part.subtotal,
        discounts=part.discounts,
        discount=part.discount,
        net=part.total - part.tax,
        tax=part.tax,
        total=part.total,
        tax_category=part.category,
        tax_country=part.country or "",
        tax_rate=part.rate,
        kind=part.kind,
        of=None if own else work.key,
        list_unit=work.list_unit if own else None,
        prior=work.prior if own else None,
        unit_price=unit_price(part.unit, measure),
        measure=None if measure is None else measure.unit,
        points=work.points if own else None,
        relief=None if part.relief is None else part.relief.kind,
    )


def _delivery(part: Part, charge: DeliveryCharge) -> PricedDelivery:
    return PricedDelivery(
        group=charge.group,
        method_id=charge.method_id,
        amount=part.subtotal,
        discounts=part.discounts,
        discount=part.discount,
        includes_tax=part.includes_tax,
        net=part.total - part.tax,
        tax=part.tax,
        total=part.total,
        tax_category=part.category,
        tax_country=part.country or "",
        tax_rate=part.rate,
        relief=None if part.relief is None else part.relief.kind,
    )


def _group_totals(
    lines: Sequence[PricedLine], deliveries: Sequence[PricedDelivery], step: int, trace: list[TraceStep]
) -> tuple[GroupTotal, ...]:
    sums: dict[str, list[int]] = {}
    for line in lines:
        of_group = sums.setdefault(line.group, [0, 0, 0])
        of_group[0] += line.total
        of_group[2] += line.tax
    for delivery in deliveries:
        of_group = sums[delivery.group]
        of_group[1] += delivery.total
        of_group[2] += delivery.tax
    groups: list[GroupTotal] = []
    for group, (of_lines, of_delivery, tax) in sorted(sums.items()):
        exact = of_lines + of_delivery
        total = chargeable(exact, step)
        if total != exact:
            trace.append(SteppedTotal(group=group, smallest=step, exact=exact, rounding=total - exact))
        groups.append(
            GroupTotal(
                group=group,
                lines=of_lines,
                delivery=of_delivery,
                net=exact - tax,
                tax=tax,
                rounding=total - exact,
                total=total,
            )
        )
    return tuple(groups)


def _tax_totals(parts: Sequence[PricedLine | PricedDelivery]) -> tuple[TaxTotal, ...]:
    sums: dict[tuple[str, str, Decimal], list[int]] = {}
    for part in parts:
        of_rate = sums.setdefault((part.tax_country, part.tax_category, part.tax_rate), [0, 0])
        of_rate[0] += part.net
        of_rate[1] += part.tax
    return tuple(
        TaxTotal(country=country, category=category, rate=rate, net=net, tax=tax, gross=net + tax)
        for (country, category, rate), (net, tax) in sorted(sums.items())
    )


def summed(
    basket: Basket,
    parts: Sequence[Part],
    applied: tuple[Applied, ...],
    codes: tuple[CodeAnswer, ...],
    step: int,
    trace: list[TraceStep],
) -> Priced:
    """Sums what is already rounded. Raises CannotPrice for a basket that is too large for any provider."""
    lines = [_line(part, part.work) for part in parts if part.work is not None]
    deliveries = [_delivery(part, part.charge) for part in parts if part.charge is not None]
    groups = _group_totals(lines, deliveries, step, trace)
    taxes = _tax_totals([*lines, *deliveries])
    subtotal = sum(line.subtotal for line in lines)
    total = sum(group.total for group in groups)
    if max(subtotal, total) > MAX_AMOUNT:
        raise CannotPrice([Unpriced("basket", "", "too_large")])
    return Priced(
        currency=basket.currency,
        lines=_in_order_asked(basket, lines),
        deliveries=tuple(deliveries),
        groups=groups,
        taxes=taxes,
        subtotal=subtotal,
        discount_total=sum(line.discount for line in lines),
        tax_added=sum(line.tax for line in lines if not line.includes_tax),
        delivery_total=sum(delivery.total for delivery in deliveries),
        net_total=sum(tax.net for tax in taxes),
        tax_total=sum(tax.tax for tax in taxes),
        rounding=sum(group.rounding for group in groups),
        total=total,
        engine=ENGINE_VERSION,
        trace=tuple(trace),
        applied=applied,
        codes=codes,
    )


def _in_order_asked(basket: Basket, lines: Sequence[PricedLine]) -> tuple[PricedLine, ...]:
    """Lines as they were asked for, each with its fees behind it; then gifts."""
    place = {line.key: position for position, line in enumerate(basket.lines)}
    last = len(place)
    return tuple(sorted(lines, key=lambda line: (place.get(line.of or line.key, last), line.of is not None, line.key)))
