"""What quotes refuses."""

from collections.abc import Sequence

from commerce.catalog import SALE_RULES
from commerce.kernel.errors import FieldError, Refusal
from commerce.quotes.facts import LineProblem


class CannotPrice(Refusal):
    """Some of the basket has no price."""

    code = "cannot_price"
    status = 422
    es = "Parte de la cesta no tiene precio."
    ca = "Part de la cistella no té preu."

    def __init__(self, problems: Sequence[LineProblem], detail: str = "") -> None:
        super().__init__(
            detail or "Change or remove the lines named.",
            errors=[FieldError(f"/lines/{each.position}/{each.field}", each.detail) for each in problems],
            lines=[{"key": each.key, "variant_id": each.variant_id, "reason": each.reason} for each in problems],
        )
        self.problems = tuple(problems)


class NotSoldThisWay(CannotPrice):
    """A rule of sale forbids part of the basket: over the counter only, one way of delivery only, or once in an order."""

    code = "not_sold_this_way"
    status = 422
    es = "Una regla de venta no permite parte de la cesta: solo en tienda, solo de una forma de entrega o una unidad por pedido."
    ca = "Una regla de venda no permet part de la cistella: només a botiga, només d'una forma de lliurament o una unitat per comanda."


def refusal_of(problems: Sequence[LineProblem]) -> CannotPrice:
    """Gives the refusal for lines that are not sold: NotSoldThisWay where rules of sale are all that stands against them."""
    ruled = all(each.reason in SALE_RULES for each in problems)
    return NotSoldThisWay(problems) if problems and ruled else CannotPrice(problems)


class QuoteNotHonoured(Refusal):
    """The signed quote does not hold."""

    code = "quote_not_honoured"
    status = 409
    es = "Este presupuesto firmado no es válido."
    ca = "Aquest pressupost signat no és vàlid."

    @classmethod
    def because(cls, flaw: str) -> "QuoteNotHonoured":
        """Makes the refusal for a flaw: malformed, unknown_key, signature, expired, or unknown (it was not kept)."""
        return cls("Price the basket again and show the buyer the new total.", flaw=flaw)
