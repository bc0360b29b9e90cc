"""Why a cart says no."""

from commerce.carts.facts import LINES_MOST, QUANTITY_MOST
from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class CartClosed(Refusal):
    """The cart cannot be changed any more."""

    code = "cart_closed"
    status = 409
    es = "El carrito ya no se puede cambiar."
    ca = "La cistella ja no es pot canviar."


class TooManyLines(Refusal):
    """A cart holds a hundred lines at the most."""

    code = "too_many_cart_lines"
    status = 409
    es = "Un carrito admite cien líneas como máximo."
    ca = "Una cistella admet cent línies com a màxim."


class TooManyUnits(Refusal):
    """A line holds 9,999 units at the most."""

    code = "too_many_cart_units"
    status = 409
    es = "Una línea admite 9.999 unidades como máximo."
    ca = "Una línia admet 9.999 unitats com a màxim."


class TooManyCodes(Refusal):
    """A cart holds ten codes at the most."""

    code = "too_many_cart_codes"
    status = 409
    es = "Un carrito admite diez códigos como máximo."
    ca = "Una cistella admet deu codis com a màxim."


class CartNotReady(Refusal):
    """Something is missing before the cart can become an order."""

    code = "cart_not_ready"
    status = 409
    es = "Al carrito le falta algo antes de poder convertirse en pedido."
    ca = "A la cistella li falta alguna cosa abans de poder convertir-se en comanda."


class CartChanged(Refusal):
    """The cart was changed in the meantime."""

    code = "cart_changed"
    status = 409
    es = "El carrito ha cambiado entretanto."
    ca = "La cistella ha canviat mentrestant."


def closed() -> CartClosed:
    """Makes the refusal for a cart that became an order."""
    return CartClosed("It has been ordered already; begin a new one.")


def too_many_units() -> TooManyUnits:
    """Makes the refusal for a line that would become too long."""
    return TooManyUnits(f"Order more than {QUANTITY_MOST} units of one article in several orders.")


def too_many_lines() -> TooManyLines:
    """Makes the refusal for a cart that would have too many lines."""
    return TooManyLines(f"Remove a line first: {LINES_MOST} are the most.")


refuse_on("ck_cart_lines_quantity_bounded", too_many_units)
