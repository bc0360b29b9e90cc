"""Why a checkout says no."""

from commerce.kernel.errors import Refusal


class PriceChanged(Refusal):
    """The cart costs something else than the buyer agreed to."""

    code = "price_changed"
    status = 409
    es = "El carrito cuesta otra cantidad que la aceptada."
    ca = "La cistella costa una altra quantitat que l'acceptada."


class WaitNeeded(Refusal):
    """Part of the order is not there yet, and is expected later than the buyer agreed to."""

    code = "wait_needed"
    status = 409
    es = "Parte del pedido no está disponible todavía y se espera más tarde de lo aceptado."
    ca = "Part de la comanda encara no hi és i s'espera més tard del que s'ha acceptat."


class CollectionOnly(Refusal):
    """Only what is collected, all of it, can be paid on collection."""

    code = "collection_only"
    status = 422
    es = "Solo se puede pagar al recoger cuando se recoge todo."
    ca = "Només es pot pagar en recollir quan es recull tot."


class PaymentTimeOver(Refusal):
    """The time to pay for the order has ended; its goods are no longer kept."""

    code = "payment_time_over"
    status = 409
    es = "El plazo para pagar el pedido ha terminado; sus artículos ya no están reservados."
    ca = "El termini per pagar la comanda s'ha acabat; els articles ja no estan reservats."
