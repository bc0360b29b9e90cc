"""What promise refuses."""

from commerce.kernel.errors import Refusal


class CannotPromise(Refusal):
    """The location has no opening hours in which the order could be made ready."""

    code = "cannot_promise"
    es = "La tienda no tiene un horario en el que preparar el pedido."
    ca = "La botiga no té un horari en què preparar la comanda."


class SlotNotOffered(Refusal):
    """The location offers no such pickup slot."""

    code = "slot_not_offered"
    es = "La tienda no ofrece esa franja de recogida."
    ca = "La botiga no ofereix aquesta franja de recollida."


class SlotFull(Refusal):
    """The pickup slot takes no more orders."""

    code = "slot_full"
    es = "La franja de recogida está completa."
    ca = "La franja de recollida està completa."


class DayFull(Refusal):
    """The location takes no more orders on that day."""

    code = "day_full"
    es = "La tienda no acepta más pedidos ese día."
    ca = "La botiga no accepta més comandes aquell dia."


class BookingExpired(Refusal):
    """The place that was kept in a pickup slot or a day is kept no longer."""

    code = "booking_expired"
    es = "La plaza reservada en la franja o en el día ha caducado."
    ca = "La plaça reservada en la franja o en el dia ha caducat."
