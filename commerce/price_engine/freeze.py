"""A basket priced on what was recorded before: its prices alone, or all that was agreed on. What each means is said on `Frozen`."""

from collections.abc import Mapping

from msgspec.structs import replace

from commerce.price_engine.book import Assembled, Frozen
from commerce.price_engine.facts import Agreed, Basket, BasketLine, Circumstances


def keeps_supplies(frozen: Frozen, sent_to: str) -> bool:
    """Says whether deliveries and taxes stay as they were recorded: when all does, and goods go to the same zone of tax."""
    return frozen.what == "all" and frozen.recorded.basket.sent_to in {None, sent_to}


def freeze(assembled: Assembled, frozen: Frozen) -> Assembled:
    """Gives a basket as it was assembled of today's facts on the recorded ones."""
    return _on_prices(assembled, frozen.recorded) if frozen.what == "prices" else _on_all(assembled, frozen)


def _on_prices(assembled: Assembled, then: Assembled) -> Assembled:
    """What was asked first then is asked first now, and today's prices last."""
    facts = then.facts
    own = Agreed(circumstances=then.basket.circumstances, lists=facts.lists, prices=facts.prices)
    agreed = (
        *(each for each in facts.agreed if each.first),
        own,
        *(replace(each, first=True) for each in facts.agreed if not each.first),
    )
    return replace(assembled, facts=replace(assembled.facts, agreed=agreed))


def _on_all(assembled: Assembled, frozen: Frozen) -> Assembled:
    now, then, was = assembled.basket, frozen.recorded.basket, frozen.recorded.facts
    today = Agreed(
        circumstances=now.circumstances, lists=assembled.facts.lists, prices=assembled.facts.prices, first=False
    )
    facts = replace(
        was,
        articles={**assembled.facts.articles, **was.articles},
        taxes=assembled.facts.taxes,
        profile=assembled.facts.profile,
        given_taxes=None,
        agreed=(*was.agreed, today),
    )
    basket = replace(now, circumstances=_without(then.circumstances, now.circumstances))
    same = _same_lines(now, then)
    if same is not None:
        lines = tuple(replace(line, override=line.override or same[line.key].override) for line in now.lines)
        basket = replace(basket, lines=lines)
    if now.sent_to is not None and keeps_supplies(frozen, now.sent_to):
        basket = _supplied_as_then(basket, then)
        given = None if same is None or was.given_taxes is None else _renamed(was.given_taxes, same)
        facts = replace(facts, profile=was.profile, given_taxes=given)
    return replace(assembled, basket=basket, facts=facts)


def _without(then: Circumstances, now: Circumstances) -> Circumstances:
    """The circumstances of then, less what cannot be had now."""
    return replace(then, without=tuple(sorted({*then.without, *now.without})))


def _same_lines(now: Basket, then: Basket) -> dict[str, BasketLine] | None:
    """The recorded line of each line by its key, when both baskets have the same units in the same groups; keys may differ."""
    ours, theirs = sorted(now.lines, key=_what), sorted(then.lines, key=_what)
    if [_what(line)[:3] for line in ours] != [_what(line)[:3] for line in theirs]:
        return None
    return {one.key: other for one, other in zip(ours, theirs, strict=True)}


def _what(line: BasketLine) -> tuple[int, str, int, str]:
    return line.variant_id.int, line.group, line.quantity, line.key


def _supplied_as_then(basket: Basket, then: Basket) -> Basket:
    supplied = {(line.group, line.variant_id): line for line in then.lines}
    groups = {line.group for line in then.lines}
    new = tuple(charge for charge in basket.deliveries if charge.group not in groups)
    there = {line.group for line in basket.lines}
    return replace(
        basket,
        lines=tuple(
            line
            if (was := supplied.get((line.group, line.variant_id))) is None
            else replace(line, tax_country=was.tax_country, relief=was.relief, inside_fees=was.inside_fees)
            for line in basket.lines
        ),
        deliveries=(*(charge for charge in then.deliveries if charge.group in there), *new),
    )


def _renamed(given: Mapping[str, int], same: Mapping[str, BasketLine]) -> dict[str, int]:
    """Taxes of then under the keys of now, those of fees (`<line>+<fee code>`) too."""
    names = {was.key: key for key, was in same.items()}
    renamed: dict[str, int] = {}
    for key, tax in given.items():
        line, plus, fee = key.partition("+")
        renamed[f"{names.get(line, line)}{plus}{fee}"] = tax
    return renamed
