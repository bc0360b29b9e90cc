"""How articles are said in a message."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from uuid import UUID

from commerce.care.letters import phrase
from commerce.orders import Order, OrderKit, OrderLine


def items_said(order: Order, language: str, units: Iterable[tuple[UUID, int]]) -> str:
    """Gives a line for each article of which there are units, by order line; fees are no articles.

    Parts of a kit stand below its name, each article once; how many kits is said where these are all of its units.
    """
    lines: dict[UUID, OrderLine] = {line.id: line for line in order.lines}
    named = [(lines[line_id], quantity) for line_id, quantity in units if quantity and not lines[line_id].is_fee]
    said: list[str] = []
    for kit, of in groupby(named, key=_kit):
        goods = list(of)
        said += [_goods(*each, language) for each in goods] if kit is None else _kit_said(order, kit, goods, language)
    return "\n".join(said)


def _kit(named: tuple[OrderLine, int]) -> OrderKit | None:
    return named[0].kit


def _kit_said(order: Order, kit: OrderKit, goods: Sequence[tuple[OrderLine, int]], language: str) -> list[str]:
    whole = sum(line.quantity for line in order.goods if line.kit == kit) == sum(units for _, units in goods)
    name = item_said(kit.units if whole else None, kit.title.said(language), kit.option_text)
    units, first = Counter[UUID](), dict[UUID, OrderLine]()
    for line, quantity in goods:
        units[line.variant_id] += quantity
        first.setdefault(line.variant_id, line)
    return [f"{name}:", *(f"  {_goods(first[each], count, language)}" for each, count in units.items())]


def _goods(line: OrderLine, quantity: int, language: str) -> str:
    item = item_said(quantity, line.title.said(language), line.option_text)
    return phrase("gift", language, item=item) if line.kind == "gift" else item


def item_said(quantity: int | None, title: str, option_text: str) -> str:
    """Gives the line of some units of an article; without a number, its name alone."""
    count = "" if quantity is None else f"{quantity} × "
    return f"  {count}{title}" + (f", {option_text}" if option_text else "")
