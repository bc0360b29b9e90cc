"""What the counter refuses."""

from commerce.kernel.errors import Refusal


class NobodyNamed(Refusal):
    """The buyer named nobody else to collect the order."""

    code = "nobody_named"
    es = "El comprador no ha nombrado a nadie más para recoger el pedido."
    ca = "El comprador no ha anomenat ningú més per recollir la comanda."


class AgeNotConfirmed(Refusal):
    """The goods are for people of an age; staff must confirm that whoever collects them has it."""

    code = "age_not_confirmed"
    es = "Los artículos exigen una edad mínima; el personal debe confirmar que quien los recoge la tiene."
    ca = "Els articles exigeixen una edat mínima; el personal ha de confirmar que qui els recull la té."


class TooManySearches(Refusal):
    """Too many searches found nothing."""

    code = "too_many_searches"
    status = 429
    es = "Demasiadas búsquedas sin resultado."
    ca = "Massa cerques sense resultat."
