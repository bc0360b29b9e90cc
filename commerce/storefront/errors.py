"""What the storefront refuses."""

from commerce.kernel.errors import AlreadyExists, FieldError, Refusal


class NoProductUrl(Refusal):
    """The channel does not say where its website shows a product."""

    code = "no_product_url"
    es = "El canal no dice en qué dirección de su web se ve un producto."
    ca = "El canal no diu a quina adreça del seu web es veu un producte."


class FeedBusy(Refusal):
    """Other feeds are being written."""

    code = "feed_busy"
    status = 503
    es = "Se están generando otros feeds."
    ca = "S'estan generant altres feeds."


def prefix_taken() -> AlreadyExists:
    """Makes the refusal of a second rule for one prefix."""
    return AlreadyExists(
        "There is a rule for this prefix, country and location already: take it away first.",
        errors=[FieldError("/prefix", "another rule has it")],
    )
