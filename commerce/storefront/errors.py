"""What the storefront refuses."""

from commerce.kernel.errors import AlreadyExists, FieldError, Refusal
from commerce.platform.database import refuse_on


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


def _prefix_taken() -> AlreadyExists:
    return AlreadyExists(
        "There is a rule for this prefix, country and location already: take it away first.",
        errors=[FieldError("/prefix", "another rule has it")],
    )


refuse_on("uq_embedded_codes_prefix", _prefix_taken)
