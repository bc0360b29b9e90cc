"""What is refused about feeds."""

from commerce.kernel.errors import Refusal


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
