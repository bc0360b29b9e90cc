"""What a rule would have cost: exact, each order once, against the rules that were there."""

from fractions import Fraction

from commerce.kernel.clock import HeldClock
from tests.given import pricing, promotions
from tests.reporting.conftest import Past
from tests.served import Json


def half_up(value: Fraction) -> int:
    """The nearest whole, halves upwards."""
    return int((value * 2 + 1) // 2)


def net(gross: int) -> int:
    """What is left of an amount with tax of 21 % inside."""
    return gross - half_up(Fraction(gross) * 21 / 121)


def off(amount: int, percent: int) -> int:
    """What a percentage takes off, the price that remains being rounded."""
    return amount - half_up(Fraction(amount) * (100 - percent) / 100)


def money(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


async def test_the_figures_are_those_of_a_naive_recount(past: Past, clock: HeldClock) -> None:
    """Ten off everything was live; 25 off cups shuts it out on cups. Each line is counted again by hand."""
    live = await promotions.published(past.db, {"kind": "percent_off", "rate": "0.1"}, exclusion="sale")
    await pricing.costs(past.db, {past.shop.cup: 700})
    for cups, plates in ((1, 0), (3, 1), (0, 2), (2, 5), (7, 3)):
        wanted = {past.shop.cup: cups, past.shop.plate: plates}
        await past.order({variant: units for variant, units in wanted.items() if units})
        clock.move(hours=7)
    clock.move(days=30)
    rule = await promotions.draft(
        past.db,
        {"kind": "percent_off", "rate": "0.25"},
        exclusion="sale",
        priority=5,
        targets={"variants": [str(past.shop.cup)]},
    )
    found = await past.simulated(rule)
    expected = {"db": 0, "da": 0, "nb": 0, "na": 0, "cb": 0, "lost": 0, "won": 0, "kept": 0, "uncosted": 0, "cups": 0}
    for order in past.orders:
        for line in order["lines"]:
            subtotal = line["subtotal"]["amount"]
            tenth, quarter = off(subtotal, 10), off(subtotal, 25)
            assert line["discount"]["amount"] == tenth
            expected["db"] += tenth
            expected["nb"] += net(subtotal - tenth)
            if line["variant_id"] == str(past.shop.cup):
                expected["da"] += quarter
                expected["na"] += net(subtotal - quarter)
                expected["cb"] += 700 * line["quantity"]
                expected["lost"] += tenth
                expected["won"] += quarter
                expected["cups"] += 1
            else:
                expected["da"] += tenth
                expected["na"] += net(subtotal - tenth)
                expected["kept"] += tenth
                expected["uncosted"] += 1
    assert (found["state"], found["progress"], found["left_out"]) == ("done", {"done": 5, "total": 5}, 0)
    (figures,) = found["figures"]
    assert (figures["orders"], figures["changed"], figures["uses"]) == (5, expected["cups"], expected["cups"])
    assert figures["discount_before"] == money(expected["db"])
    assert figures["discount_after"] == money(expected["da"])
    assert figures["discount_given"] == money(expected["da"] - expected["db"])
    assert figures["net_before"] == money(expected["nb"])
    assert figures["net_after"] == money(expected["na"])
    assert (figures["cost_before"], figures["cost_after"]) == (money(expected["cb"]), money(expected["cb"]))
    assert figures["uncosted_lines"] == expected["uncosted"]
    cup_net = [sum(net(o) for o in sold) for sold in cups_sold(past)]
    assert figures["margin_before"] == money(cup_net[0] - expected["cb"])
    assert figures["margin_after"] == money(cup_net[1] - expected["cb"])
    displaced = {each["promotion_id"]: each for each in found["promotions"]}
    assert displaced[str(live)]["saved_before"] == money(expected["db"])
    assert displaced[str(live)]["saved_after"] == money(expected["kept"])
    assert (displaced[str(rule)]["saved_before"], displaced[str(rule)]["saved_after"]) == (
        money(0),
        money(expected["won"]),
    )
    (article,) = found["articles"]
    assert (article["sku"], article["title"], article["units"]) == ("CUP", "Cup", 13)
    assert article["discount_after"] == money(expected["won"])


def cups_sold(past: Past) -> list[list[int]]:
    """What each line of cups was sold for, with 10 off and with 25 off."""
    subtotals = [
        line["subtotal"]["amount"]
        for order in past.orders
        for line in order["lines"]
        if line["variant_id"] == str(past.shop.cup)
    ]
    return [[each - off(each, percent) for each in subtotals] for percent in (10, 25)]
