"""Why aftersale says no."""

from commerce.kernel.errors import FieldError, Refusal


class WorkHasBegun(Refusal):
    """A location is already working on the order; ask the shop to cancel it."""

    code = "work_has_begun"
    status = 409
    es = "Una tienda ya está preparando el pedido; pida a la tienda que lo cancele."
    ca = "Una botiga ja prepara la comanda; demaneu a la botiga que la cancel·li."


class TooLate(Refusal):
    """The time in which these goods can be given back is over."""

    code = "return_window_over"
    status = 409
    es = "El plazo para devolver estos artículos ha terminado."
    ca = "El termini per retornar aquests articles s'ha acabat."


class WrongCount(Refusal):
    """The units of a line do not add up to what the return has."""

    code = "wrong_return_count"
    status = 422
    es = "Las unidades de una línea no suman lo que tiene la devolución."
    ca = "Les unitats d'una línia no sumen el que té la devolució."

    @classmethod
    def at(cls, position: int, detail: str) -> "WrongCount":
        """Makes the refusal for one line of the request."""
        pointer = f"/lines/{position}"
        return cls(f"{pointer}: {detail}.", errors=[FieldError(pointer, detail)])
