"""Why an order says no."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class CartAlreadyOrdered(Refusal):
    """The cart has become an order already."""

    code = "cart_already_ordered"
    status = 409
    es = "El carrito ya se ha convertido en un pedido."
    ca = "La cistella ja s'ha convertit en una comanda."


class UnknownOrderLine(Refusal):
    """The order has no such line."""

    code = "unknown_order_line"
    status = 422
    es = "El pedido no tiene esa línea."
    ca = "La comanda no té aquesta línia."


class NotThatManyUnits(Refusal):
    """The line does not have that many units left for this."""

    code = "not_that_many_units"
    status = 409
    es = "A la línea no le quedan tantas unidades para esto."
    ca = "A la línia no li queden tantes unitats per a això."


class PartlyFulfilled(Refusal):
    """Part of the order was handed over or shipped already; only the rest can still be cancelled, by unit."""

    code = "partly_fulfilled"
    status = 409
    es = "Parte del pedido ya se entregó o envió; solo puede cancelarse el resto, por unidades."
    ca = "Una part de la comanda ja s'ha lliurat o enviat; només se'n pot cancel·lar la resta, per unitats."


class AccessExpired(Refusal):
    """The link to the order is no longer valid; ask for a new one."""

    code = "order_access_expired"
    status = 403
    es = "El enlace al pedido ya no es válido; pida uno nuevo."
    ca = "L'enllaç a la comanda ja no és vàlid; demaneu-ne un de nou."


refuse_on("uq_orders_cart_id", CartAlreadyOrdered)
