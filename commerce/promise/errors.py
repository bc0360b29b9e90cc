"""What promise refuses."""

from commerce.kernel.errors import Refusal


class CannotPromise(Refusal):
    """The location has no opening hours in which the order could be made ready."""

    code = "cannot_promise"
    es = "La tienda no tiene un horario en el que preparar el pedido."
    ca = "La botiga no té un horari en què preparar la comanda."
