"""One article comes back, to another store than the one it was bought from."""

from commerce.demo.shop import Place
from commerce.demo.shopper import Bought
from commerce.demo.story import Story, money


def bring_back(story: Story, bought: Bought, other: Place) -> None:
    """The other store takes one unit back, puts it on its own shelf, and what was paid for it goes back to the card."""
    terminal = other.terminal
    line = next(each for each in bought.order["lines"] if each["quantity"] > 1)
    body = {
        "order_id": bought.order["id"],
        "reason": "changed_mind",
        "location_id": other.id,
        "lines": [{"order_line_id": line["id"], "quantity": 1}],
    }
    came = terminal.post("/v1/returns", body)
    story.say(
        f"{other.name}, {other.city}, takes one “{line['title']}” back: return {came['number']}, worth {money(came['amount'])}.",
        strong=came["number"],
    )
    found = {"lines": [{"line_id": came["lines"][0]["id"], "restock": 1}]}
    terminal.post(f"/v1/returns/{came['id']}/inspect", found)
    story.say(f"That is {money(line['unit'])} less the unit's own share of the discount, to the cent.")
    story.say(f"Looked at, and put on {other.name}'s own shelf.")
    terminal.post(f"/v1/returns/{came['id']}/refund")
    done = terminal.until(f"/v1/returns/{came['id']}", lambda each: each["state"] == "refunded")
    story.say(f"{money(done['refunded'])} went back to the card.")
    again = {**body, "lines": [{**body["lines"][0], "quantity": line["quantity"]}]}
    problem = terminal.refused("/v1/returns", again)
    story.say(f"Two more of it cannot come back: {problem['status']}, “{problem['title']}”")
    bought.order = bought.shopper.get(f"/v1/orders/{bought.order['id']}")
